"""The commands of contract §1, run as people run them."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from placet.project.wiring import kept_secret_key
from tests.processes import SOON, alive, all_gone, command, family, kill, parent

OK = 200
PLACET = [sys.executable, "-P", "-m", "placet"]


def environment(**variables: str) -> dict[str, str]:
    """Ours, without what the tests themselves have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PLACET_")} | variables


def placet(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [*PLACET, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@dataclass
class Up:
    """A running `placet up`."""

    process: subprocess.Popen[str]
    port: int
    data_dir: Path

    def health(self) -> int:
        """What `GET /healthz` answers; 0: nothing."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
                return int(answer.status)
        except OSError:  # URLError is one
            return 0


@contextmanager
def up(data_dir: Path) -> Iterator[Up]:
    port = free_port()
    arguments = ["up", f"--port={port}", f"--data-dir={data_dir}"]
    pipe = subprocess.PIPE
    with subprocess.Popen([*PLACET, *arguments], env=environment(), stdout=pipe, text=True) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.readline() == f"Placet serves at http://127.0.0.1:{port}; Ctrl-C stops it.\n"
        try:
            yield Up(process, port, data_dir)
        finally:
            process.terminate()
            process.wait(SOON)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(placet_up: Up) -> None:
    give_up_at = time.monotonic() + SOON
    while placet_up.health() != OK:
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


def part(placet_up: Up, name: str) -> int:
    """The process of `placet web` or `placet worker`."""
    members = family(placet_up.process.pid)
    return next(pid for pid in members if name in command(pid) and parent(pid) == placet_up.process.pid)


def test_up_serves_and_shares_its_server_until_it_is_told_to_stop(data_dir: Path) -> None:
    with up(data_dir) as placet_up:
        assert placet_up.health() == OK
        everything = family(placet_up.process.pid)
        beside = placet("migrate", f"--data-dir={data_dir}")
        assert (beside.returncode, placet_up.health()) == (0, OK)
        placet_up.process.send_signal(signal.SIGINT)
        assert placet_up.process.wait(SOON) == 0
    assert not any(map(alive, everything))


def test_what_dies_under_up_is_started_again(data_dir: Path) -> None:
    with up(data_dir) as placet_up:
        old = [part(placet_up, "web"), part(placet_up, "worker")]
        kill(old)
        assert all_gone(old)
        wait_until_healthy(placet_up)
        keeper = part(placet_up, "placet.project.postgres.keeper")
        kill([keeper])
        assert all_gone([keeper])
        wait_until_healthy(placet_up)
        assert part(placet_up, "worker") not in old
        placet_up.process.terminate()
        assert placet_up.process.wait(SOON) == 0


def test_killed_up_leaves_nothing_behind(data_dir: Path) -> None:
    with up(data_dir) as placet_up:
        everything = family(placet_up.process.pid)
        placet_up.process.kill()
        assert all_gone(everything)
    assert len(everything) > len(["up", "web", "its worker", "worker", "keeper", "postgres"])


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = placet("up", f"--port={port}", f"--data-dir={tmp_path}")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"port {port}: Address already in use. Choose another --port." in answer.stderr
    assert not list(tmp_path.iterdir())


REFUSED = """
migrate | PLACET_DATABASE_URL=nonsense                          | is no PostgreSQL address
migrate | PLACET_DATABASE_URL=postgresql://u:hush@127.0.0.1:1/d | The database cannot be used: .*refused
migrate | PLACET_DATA_DIR=/proc/placet                          | The data folder /proc/placet cannot be used
web     | PLACET_ENV=production                                 | PLACET_SECRET_KEY is required
web     | PLACET_ENV=production PLACET_SECRET_KEY=x             | PLACET_DATABASE_URL is required
worker  | PLACET_WORKER_THREADS=none                            | PLACET_WORKER_THREADS cannot be read
load nowhere.yaml |                                             | 'nowhere.yaml' does not exist
"""


@pytest.mark.parametrize("case", REFUSED.strip().splitlines())
def test_what_is_expected_to_go_wrong_is_told_in_plain_words(case: str, tmp_path: Path) -> None:
    arguments, variables, words = (cell.strip() for cell in case.split("|"))
    given = dict(pair.split("=", 1) for pair in variables.split())
    answer = placet(*arguments.split(), **{"PLACET_DATA_DIR": str(tmp_path), **given})
    assert answer.returncode in {1, 2}
    assert re.search(words, answer.stderr)
    assert "Traceback" not in answer.stderr
    assert "hush" not in answer.stderr


def test_loading_a_world_says_what_came_of_it(data_dir: Path, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    answers = []
    for kind in ("distributor", "distributor", "wholesaler"):
        world.write_text(f"organizations:\n  - {{ref: a, name: A, kind: {kind}, country: LV}}\n")
        answers.append(placet("load", str(world), f"--data-dir={data_dir}"))
    created, unchanged, refused = answers
    assert (created.returncode, created.stdout) == (0, "World loaded: 1 created, 0 as they were.\n")
    assert (unchanged.returncode, unchanged.stdout) == (0, "World loaded: 0 created, 1 as they were.\n")
    assert (refused.returncode, refused.stdout.partition(" must ")[0]) == (
        1,
        f"{world}:2: organizations[0].kind:",
    )


def test_loading_before_there_are_tables_says_what_to_do(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text("organizations: []")
    answer = placet("load", str(world), f"--data-dir={tmp_path / 'placet'}")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "run `placet migrate` first" in answer.stderr


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = kept_secret_key(tmp_path / "placet")
    assert kept_secret_key(tmp_path / "placet") == key
    assert len(key) >= 50
    assert stat.S_IMODE((tmp_path / "placet" / "secret_key").stat().st_mode) == 0o600
