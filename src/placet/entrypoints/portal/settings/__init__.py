"""An organization's settings: people, programs, endpoints, itself, and its credit limits."""
