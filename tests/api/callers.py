"""The API as an organization's program calls it, in this process: real requests, real commits."""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now
from pydantic_core import from_json, to_json

from placet.actions.load_world import WorldErrors, load_world
from tests.stories.client import until
from tests.stories.worlds import key

Json = dict[str, Any]

_numbers: Final = count(1)


def unique(word: str = "w") -> str:
    """A word that no other test uses, for the refs of a test's own world."""
    return f"{word}{next(_numbers)}"


def load(world: str) -> None:
    """The world file, loaded."""
    report = load_world(world, source="test", now=now(), progress=lambda *_: None)
    assert not isinstance(report, WorldErrors), report
    assert not report.differences


class Caller:
    """One organization's program, in one role."""

    def __init__(self, ref: str, role: str = "admin", *, secret: str = "") -> None:
        self.ref = ref
        self._client = Client(headers={"Authorization": f"Bearer {secret or key(ref, role)}"})

    def call(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        """The bare answer. A header's name is written with `_` for `-`."""
        content = b"" if body is None else to_json(body)
        named: Mapping[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"/api/v1{path}"
        answer: HttpResponse = self._client.generic(method, path, content, "application/json", headers=named)  # type: ignore[assignment]
        return answer

    def get(self, path: str) -> Json:
        """What stands there."""
        return done(self.call("GET", path))

    def items(self, path: str) -> list[Json]:
        """All of a list, however many pages it has."""
        page = self.get(path)
        found: list[Json] = page["items"]
        while page["next_cursor"]:
            page = self.get(f"{path}{'&' if '?' in path else '?'}cursor={page['next_cursor']}")
            found += page["items"]
        return found

    def told(self, count_: int) -> list[Json]:
        """The facts that it may know of, once there are so many. They are read up to the oldest
        transaction under way, anywhere on the database server: other tests' may hold them up."""
        return until(lambda: _all_of(self.items("/events"), count_), f"{self.ref} is told {count_} facts")

    def post(self, path: str, body: object = None, **headers: str) -> Json:
        """Something made."""
        return done(self.call("POST", path, {} if body is None else body, **headers))

    def patch(self, path: str, body: object) -> Json:
        """Something changed."""
        return done(self.call("PATCH", path, body))

    def put(self, path: str) -> Json:
        """Something put in its place."""
        return done(self.call("PUT", path))

    def delete(self, path: str) -> Json:
        """Something removed."""
        return done(self.call("DELETE", path))

    def refused(self, method: str, path: str, code: str, body: object = None) -> Json:
        """A no with this code; its problem."""
        answer = self.call(method, path, body)
        problem: Json = from_json(answer.content)
        assert (problem.get("code"), problem.get("status")) == (code, answer.status_code), problem
        assert answer.headers["Content-Type"] == "application/problem+json"
        return problem


def _all_of(found: list[Json], count_: int) -> list[Json] | None:
    return found if len(found) >= count_ else None


def done(answer: HttpResponse) -> Json:
    """The JSON of an answer that is no problem."""
    assert answer.status_code in {200, 201}, answer.content
    found: Json = from_json(answer.content)
    return found
