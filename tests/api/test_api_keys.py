"""API keys: issued, shown once, revoked (contract §3)."""

import hashlib

import pytest
from django.db import connection
from pydantic_core import from_json, to_json

from placet.entrypoints.api.api_keys import NewApiKeyShape
from placet.storage import models
from tests.api.callers import Caller
from tests.api.chains import chain
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")

NEW = {"name": "ERP", "role": "finance"}


def test_the_key_is_shown_once_and_opens_what_its_role_may() -> None:
    made = chain()
    issued = made.res.post("/api-keys", NEW)
    NewApiKeyShape.model_validate(issued)
    key = issued.pop("key")
    assert len(key) >= 43
    assert issued["hint"] == key[-4:]
    assert issued in made.res.items("/api-keys?limit=2")
    program = Caller(made.ref("res"), secret=key)
    me = program.get("/me")
    assert (me["organization"]["ref"], me["role"]) == (made.ref("res"), "finance")
    assert key not in to_json(made.res.items("/api-keys")).decode()


def test_only_its_hash_is_kept() -> None:
    """Under an idempotency key too: a replay answers the same, without the key itself."""
    made = chain()
    first = made.res.post("/api-keys", NEW, Idempotency_Key="k")
    key = first.pop("key")
    assert made.res.post("/api-keys", NEW, Idempotency_Key="k") == first
    assert bytes(models.ApiKey.objects.get(pk=first["id"]).digest) == hashlib.sha256(key.encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM idempotency_key WHERE response LIKE %s", [f"%{key}%"])
        assert cursor.fetchone() == (0,)


def test_a_revoked_key_opens_nothing() -> None:
    made = chain()
    issued = made.res.post("/api-keys", NEW)
    program = Caller(made.ref("res"), secret=issued["key"])
    assert program.get("/me")
    assert made.res.delete(f"/api-keys/{issued['id']}") == {}
    program.refused("GET", "/me", "unauthenticated")
    assert issued["id"] not in {each["id"] for each in made.res.items("/api-keys")}
    made.res.refused("DELETE", f"/api-keys/{issued['id']}", "not_found")


@cases("""
role      code
approver  forbidden
buyer     forbidden
finance   forbidden
viewer    forbidden
""")
def test_admins_alone(role: str, code: str) -> None:
    made = chain()
    program, (key, *_) = Caller(made.ref("res"), role), made.res.items("/api-keys")
    program.refused("GET", "/api-keys", code)
    program.refused("POST", "/api-keys", code, {"nonsense": 1})
    program.refused("DELETE", f"/api-keys/{key['id']}", code)


def test_of_the_own_organization_alone() -> None:
    """R1: not even its seller's admin."""
    made = chain()
    (key, *_) = made.res.items("/api-keys")
    for stranger in ("dist", "cust", "far"):
        program = Caller(made.ref(stranger))
        program.refused("DELETE", f"/api-keys/{key['id']}", "not_found")
        assert key["id"] not in {each["id"] for each in program.items("/api-keys")}
    made.res.refused("DELETE", "/api-keys/nonsense", "not_found")


@cases("""
field   body
name    {"role": "admin"}
role    {"name": "x"}
role    {"name": "x", "role": "king"}
name    {"name": "", "role": "admin"}
colour  {"name": "x", "role": "admin", "colour": "red"}
""")
def test_keys_that_cannot_be(field: str, body: str) -> None:
    errors = chain().res.refused("POST", "/api-keys", "invalid", from_json(body))["errors"]
    assert list(errors) == [field]
