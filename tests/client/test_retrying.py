"""What the client asks again, when, and how it says no."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest

from placet_client import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NoAnswerError,
    NotFoundError,
    Placet,
    PlacetError,
    RefusedError,
    ServerError,
    TooManyRequestsError,
    UnauthenticatedError,
    etag,
)
from tests.domain.tables import cases


class Wire:
    """What was asked over a wire that answers as it was told to, one answer after the other; the last one
    again and again. A word instead of a status is how the connection ends."""

    def __init__(self, *answers: httpx.Response | str) -> None:
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []
        self._answers = list(answers)

    def placet(self, **options: int) -> Placet:
        """A client at its end."""
        transport = httpx.MockTransport(self._answer)
        return Placet(
            "https://placet.example/", "k", transport=transport, sleep=self.waited.append, **options
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, str):
            raise BROKEN[answer](answer)
        return answer


BROKEN: dict[str, Callable[[str], Exception]] = {
    "refused": httpx.ConnectError,
    "unreachable": httpx.ConnectTimeout,
    "silent": httpx.ReadTimeout,
    "cut": httpx.RemoteProtocolError,
    "reset": httpx.ReadError,
}


def said(status: int, body: object = None, **headers: str) -> httpx.Response:
    """An answer; a header's name is written with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if body is None else body, headers=named)


def problem(status: int, code: str, **more: object) -> httpx.Response:
    return said(status, {"status": status, "code": code, "detail": "No.", **more})


ACTS: dict[str, Callable[[Placet], object]] = {
    "GET": lambda placet: placet.read_me(),
    "POST": lambda placet: placet.retry_order("1"),
    "PUT": lambda placet: placet.add_member("1", "res"),
    "PATCH": lambda placet: placet.change_contract("1", credit_limit="1.00"),
    "DELETE": lambda placet: placet.revoke_api_key("1"),
}

AGAIN = """
first        GET    POST   PUT    PATCH  DELETE
429          again  again  again  again  again
503          again  again  again  again  again
refused      again  again  again  again  again
unreachable  again  again  again  again  again
502          again  again  again  -      -
504          again  again  again  -      -
silent       again  again  again  -      -
cut          again  again  again  -      -
reset        again  again  again  -      -
500          -      -      -      -      -
404          -      -      -      -      -
409          -      -      -      -      -
"""


def rows() -> Iterator[tuple[str, str, bool]]:
    header, *lines = (line.split() for line in AGAIN.strip().splitlines())
    for first, *cells in lines:
        for method, cell in zip(header[1:], cells, strict=True):
            yield first, method, cell == "again"


@pytest.mark.parametrize(("first", "method", "again"), list(rows()))
def test_what_is_asked_again(first: str, method: str, again: bool) -> None:  # noqa: FBT001 - a case
    """What was not done, always; what may have been done, only where twice is as good as once."""
    wire = Wire(problem(int(first), "x") if first.isdecimal() else first, said(200))
    try:
        ACTS[method](wire.placet())
        went_well = True
    except PlacetError:
        went_well = False
    assert (went_well, len(wire.asked)) == (again, 1 + again)
    assert [each.method for each in wire.asked] == [method] * len(wire.asked)


def test_a_post_keeps_its_key_through_all_tries() -> None:
    """And the next one has another; whoever gives one, has that."""
    wire = Wire("reset", "silent", said(200))
    placet = wire.placet()
    for _ in range(2):
        placet.retry_order("1")
    placet.retry_order("1", idempotency_key="mine")
    keys = [each.headers["Idempotency-Key"] for each in wire.asked]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert keys[4:] == ["mine"]
    placet.read_me()
    assert "Idempotency-Key" not in wire.asked[-1].headers


def test_its_own_first_try_may_still_be_at_work() -> None:
    wire = Wire("silent", problem(409, "idempotency_in_progress"), said(200))
    wire.placet().retry_order("1")
    assert len(wire.asked) == 3
    another = Wire(problem(409, "idempotency_in_progress"))
    with pytest.raises(ConflictError):  # somebody else's, under the same key
        another.placet().retry_order("1", idempotency_key="theirs")
    assert len(another.asked) == 1


def test_it_waits_as_long_as_it_is_told_or_a_little_longer_each_time() -> None:
    wire = Wire(said(429, Retry_After="7"), said(200))
    wire.placet().read_me()
    assert wire.waited == [7.0]
    silent = Wire("refused")
    with pytest.raises(NoAnswerError):
        silent.placet(tries=4).read_me()
    assert (len(silent.asked), len(silent.waited)) == (4, 3)
    assert [0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(silent.waited)] == [True] * 3


def test_who_is_told_to_wait_long_is_refused_instead() -> None:
    wire = Wire(said(429, Retry_After="600"))
    with pytest.raises(TooManyRequestsError) as no:
        wire.placet().read_me()
    assert (no.value.retry_after, wire.waited, len(wire.asked)) == (600.0, [], 1)


def test_no_answer_says_under_which_key_it_may_be_sent_again() -> None:
    wire = Wire("silent")
    with pytest.raises(NoAnswerError) as no:
        wire.placet(tries=2).place_order(lines=[{"product": "bp", "quantity": 1}])
    assert no.value.idempotency_key == wire.asked[0].headers["Idempotency-Key"]


KINDS: dict[str, type[RefusedError]] = {
    "unauthenticated": UnauthenticatedError,
    "forbidden": ForbiddenError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "invalid": InvalidError,
    "refused": RefusedError,
    "server": ServerError,
}


@cases("""
status  code              kind
401     unauthenticated   unauthenticated
403     forbidden         forbidden
404     not_found         not_found
409     already_decided   conflict
409     stale_version     conflict
413     too_large         refused
422     not_for_sale      invalid
500     internal          server
""")
def test_each_no_is_an_error_of_its_own(status: str, code: str, kind: str) -> None:
    wire = Wire(problem(int(status), code, errors={"lines": "None."}, shortfall="1.00"))
    with pytest.raises(RefusedError) as no:
        wire.placet().retry_order("1")
    assert type(no.value) is KINDS[kind]
    assert (no.value.status, no.value.code, no.value.detail) == (int(status), code, "No.")
    assert (no.value.errors, no.value.problem["shortfall"]) == ({"lines": "None."}, "1.00")
    assert str(no.value) == f"{status} {code}: No.; lines: None."


def test_whoever_is_in_between_may_speak_no_json() -> None:
    wire = Wire(httpx.Response(500, text="<h1>Oops</h1>"))
    with pytest.raises(ServerError) as no:
        wire.placet().read_me()
    assert (no.value.code, no.value.detail) == ("", "<h1>Oops</h1>")


# What it sends, and what it reads -----------------------------------------------------------


def test_only_what_was_given_is_sent_and_null_is_something_given() -> None:
    wire = Wire(said(200))
    placet = wire.placet()
    placet.change_contract("a/b?c", credit_limit=None, reason="Trust.")
    assert wire.asked[0].url.raw_path == b"/api/v1/contracts/a%2Fb%3Fc"
    assert json.loads(wire.asked[0].content) == {"credit_limit": None, "reason": "Trust."}
    placet.retry_order("1")
    assert wire.asked[1].content == b"{}"
    assert wire.asked[1].headers["Content-Type"] == "application/json"
    assert wire.asked[1].headers["Authorization"] == "Bearer k"
    placet.add_member("1", "res")
    assert wire.asked[2].content == b""


def test_times_days_and_decimals_are_written_as_the_api_reads_them() -> None:
    wire = Wire(said(200))
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    record = {"key": "1", "subscription": "s", "used_on": date(2026, 11, 1), "quantity": Decimal("1.5")}
    wire.placet().import_usage(records=[record])  # type: ignore[list-item] # also as Python has them
    assert json.loads(wire.asked[0].content)["records"] == [
        {"key": "1", "subscription": "s", "used_on": "2026-11-01", "quantity": "1.5"}
    ]
    wire.placet().replay_webhook_deliveries("1", from_=at)
    assert json.loads(wire.asked[1].content) == {"from": "2026-11-22T10:00:00+00:00"}
    with pytest.raises(TypeError):
        wire.placet().place_order(lines=object())  # type: ignore[arg-type]


def test_a_list_is_read_page_by_page_as_it_is_gone_through() -> None:
    pages = [
        said(200, {"items": [{"id": "1"}, {"id": "2"}], "next_cursor": "a b"}),
        said(200, {"items": [], "next_cursor": "c"}),
        said(200, {"items": [{"id": "3"}], "next_cursor": None}),
    ]
    wire = Wire(*pages)
    found = wire.placet().list_events(type=["order.placed", "order.executed"], limit=2)
    assert wire.asked == []
    assert next(found)["id"] == "1"
    assert len(wire.asked) == 1
    assert [each["id"] for each in found] == ["2", "3"]
    assert next(found, None) is None
    first, second, third = (dict(each.url.params.multi_items()) for each in wire.asked)
    assert wire.asked[0].url.params.get_list("type") == ["order.placed", "order.executed"]
    assert ("cursor" in first, second["cursor"], third["cursor"]) == (False, "a b", "c")
    assert first["limit"] == second["limit"] == "2"


def test_what_was_read_is_changed_under_its_tag() -> None:
    wire = Wire(said(200, {"id": "1"}, ETag='"abc"'))
    placet = wire.placet()
    contract = placet.read_contract("1")
    assert etag(contract) == '"abc"'
    placet.change_contract("1", credit_limit="1.00", if_match=etag(contract))
    placet.approve_order("1", if_match=3)
    assert [each.headers.get("If-Match") for each in wire.asked] == [None, '"abc"', '"3"']


def test_papers_and_files_come_as_they_are() -> None:
    pdf = httpx.Response(200, content=b"%PDF-1.4", headers={"Content-Type": "application/pdf"})
    csv = httpx.Response(200, text="a,b", headers={"Content-Type": "text/csv; charset=utf-8"})
    assert Wire(pdf).placet().print_invoice("1") == b"%PDF-1.4"
    assert Wire(csv).placet().export_prices("1") == "a,b"
    wire = Wire(said(200))
    wire.placet().import_prices("1", csv="a,b", dry_run=True)
    assert (wire.asked[0].content, wire.asked[0].headers["Content-Type"]) == (b"a,b", "text/csv")
    assert wire.asked[0].url.params["dry_run"] == "true"
