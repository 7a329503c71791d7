"""Placet for programs: every call of its API, typed. See `Placet`.

```python
from placet_client import ConflictError, Placet
```
"""

from placet_client.asking import UNSET, Items, etag
from placet_client.client import Placet
from placet_client.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NoAnswerError,
    NotFoundError,
    PlacetError,
    RefusedError,
    ServerError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from placet_client.shapes import Told

__all__ = [
    "UNSET",
    "ConflictError",
    "ForbiddenError",
    "InvalidError",
    "Items",
    "NoAnswerError",
    "NotFoundError",
    "Placet",
    "PlacetError",
    "RefusedError",
    "ServerError",
    "Told",
    "TooManyRequestsError",
    "UnauthenticatedError",
    "etag",
]
