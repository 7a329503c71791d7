"""Vendor connectors (R52, contract §2): what they answer, and that nothing is ever delivered twice."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from placet.domain.errands import Ask
from placet.domain.executing import Absent, Answer, Delivered, Failed, Unanswered
from placet.gateways.vendors.connectors import Connectors
from placet.gateways.vendors.manual import Manual
from placet.gateways.vendors.sandbox import FAILURE, Sandbox
from tests.gateways.crowd import CROWD, at_once

DELIVERED = Delivered("SBX-000001")
FAILED = Failed(FAILURE)
UNANSWERED = Unanswered()


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path)
    yield sandbox
    sandbox.close()


def ask(key: UUID | None = None, options: Mapping[str, Any] | None = None) -> Ask:
    return Ask(
        key=key or uuid4(),
        sku="CFQ7TTC0LCHC",
        product="Microsoft 365 Business Premium",
        quantity=3,
        customer="Customer B",
        options=options or {},
    )


@pytest.mark.parametrize(
    ("options", "answers", "found"),
    [
        ({}, [DELIVERED, DELIVERED], DELIVERED),
        ({"outcome": "ok"}, [DELIVERED, DELIVERED], DELIVERED),
        ({"outcome": "fail"}, [FAILED, FAILED, FAILED], Absent()),
        ({"outcome": "timeout"}, [UNANSWERED, DELIVERED, DELIVERED], DELIVERED),
        ({"succeed_after": 0}, [DELIVERED], DELIVERED),
        ({"succeed_after": 2}, [FAILED, FAILED, DELIVERED, DELIVERED], DELIVERED),
        ({"succeed_after": 3}, [FAILED, FAILED, FAILED], Absent()),
        ({"outcome": "fail", "succeed_after": 1}, [FAILED, DELIVERED], DELIVERED),
        ({"outcome": "timeout", "succeed_after": 1}, [FAILED, UNANSWERED, DELIVERED], DELIVERED),
        ({"outcome": "gold"}, [Failed("The sandbox vendor knows no outcome 'gold'.")], Absent()),
    ],
)
def test_sandbox_answers_as_it_is_told(
    vendor: Sandbox, options: dict[str, Any], answers: list[Answer], found: Answer
) -> None:
    line = ask(options=options)
    assert [vendor.provision(line) for _ in answers] == answers
    assert vendor.look_up(line.key) == found


def test_what_was_not_answered_is_found_with_the_reference_it_keeps(vendor: Sandbox) -> None:
    line = ask(options={"outcome": "timeout"})
    assert vendor.provision(line) == UNANSWERED
    assert vendor.look_up(line.key) == vendor.provision(line) == DELIVERED


def test_a_failed_line_is_delivered_once_its_product_is_mended(vendor: Sandbox) -> None:
    broken = ask(options={"outcome": "fail"})
    assert vendor.provision(broken) == FAILED
    assert vendor.provision(ask(broken.key)) == DELIVERED


def test_nobody_knows_a_key_that_was_never_asked(vendor: Sandbox) -> None:
    assert vendor.look_up(uuid4()) == Absent()


def test_each_key_is_work_of_its_own(vendor: Sandbox) -> None:
    lines = [ask(), ask(options={"outcome": "fail"}), ask()]
    answers = [vendor.provision(line) for line in lines]
    assert answers == [Delivered("SBX-000001"), FAILED, Delivered("SBX-000003")]
    assert [work.delivered for work in vendor.works().values()] == [1, 0, 1]
    assert list(vendor.works()) == [line.key for line in lines]


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        ({}, {DELIVERED: CROWD}),
        ({"outcome": "timeout"}, {UNANSWERED: 1, DELIVERED: CROWD - 1}),
        ({"succeed_after": 3}, {FAILED: 3, DELIVERED: CROWD - 3}),
    ],
)
def test_eight_at_once_get_one_delivery(
    vendor: Sandbox, options: dict[str, Any], answers: dict[Answer, int]
) -> None:
    line = ask(options=options)
    assert Counter(at_once(lambda: vendor.provision(line))) == answers
    assert vendor.works()[line.key].delivered == 1
    assert vendor.works()[line.key].asked == CROWD


def test_eight_first_openings_at_once_share_one_memory(tmp_path: Path) -> None:
    line = ask()

    def another_process() -> Answer:
        sandbox = Sandbox(tmp_path)
        answer = sandbox.provision(line)
        sandbox.close()
        return answer

    assert at_once(another_process) == [DELIVERED] * CROWD


def test_latency_is_what_it_waits_before_it_answers(tmp_path: Path) -> None:
    waits: list[float] = []
    sandbox = Sandbox(tmp_path, pause=waits.append)
    assert sandbox.provision(ask(options={"latency_ms": 250})) == DELIVERED
    assert sandbox.provision(ask(options={"latency_ms": 40, "outcome": "fail"})) == FAILED
    assert sandbox.provision(ask()) == Delivered("SBX-000003")
    assert waits == [0.25, 0.04]
    sandbox.close()


ASKER = """
import sys
from pathlib import Path
from uuid import UUID
from placet.domain.errands import Ask
from placet.gateways.vendors.sandbox import Sandbox
def never_ends(seconds):
    print("waiting", flush=True)
    sys.stdin.read()
options = {"latency_ms": 1}
Sandbox(Path(sys.argv[1]), pause=never_ends).provision(
    Ask(key=UUID(sys.argv[2]), sku="S", product="P", quantity=1, customer="C", options=options)
)
"""


def test_who_is_killed_while_waiting_finds_it_delivered_once(tmp_path: Path) -> None:
    line, pipe = ask(), subprocess.PIPE
    command = [sys.executable, "-c", ASKER, str(tmp_path), str(line.key)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as asker:  # noqa: S603 - ourselves
        assert asker.stdout
        assert asker.stdout.readline() == "waiting\n"
        asker.kill()
    after = Sandbox(tmp_path)
    assert after.look_up(line.key) == after.provision(line) == DELIVERED
    assert after.works()[line.key].delivered == 1
    after.close()


def test_by_hand_it_is_delivered_at_once_and_always_the_same() -> None:
    vendor, line = Manual(), ask()
    assert vendor.provision(line) == vendor.look_up(line.key) == Delivered(f"manual-{line.key}")
    assert vendor.provision(ask()) != vendor.provision(line)


def test_connectors_are_found_by_name(tmp_path: Path) -> None:
    connectors = Connectors(tmp_path)
    assert isinstance(connectors.connector("sandbox"), Sandbox)
    assert isinstance(connectors.connector("manual"), Manual)
    assert connectors.connector("sandbox") is connectors.connector("sandbox")
    with pytest.raises(LookupError, match="'teleport'"):
        connectors.connector("teleport")
    connectors.close()
