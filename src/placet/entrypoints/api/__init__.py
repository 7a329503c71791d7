"""The HTTP API `/api/v1` (contract §3): translate a request, call one action, translate its answer."""
