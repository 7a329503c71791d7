"""The product under measurement: a database of its own, and web and worker as people run them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import ProxyHandler, build_opener

import psycopg

from bench.world import document
from placet.project import postgres, supervision

PATIENCE = 60.0
"""Seconds that web may take to answer."""

QUIET = {"PLACET_LOG_LEVEL": "warning"}


@dataclass(frozen=True, slots=True)
class Web:
    """A web server: where it listens, and its first process."""

    port: int
    pid: int


class House:
    """A fresh Placet in `folder`, with the bench world in it: its PostgreSQL runs between `with` and
    its end, with the product's own settings (fsync on)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with self._open:
            server = self._open.enter_context(postgres.Server(self.folder))
            self.address = server.address
            self._load_world()
            self._sql = self._open.enter_context(psycopg.connect(self.address, autocommit=True))
            self.settle()
            self._open = self._open.pop_all()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def postmaster(self) -> int:
        """The database server's first process."""
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def web(self, *, address: str = "", **environment: str) -> Iterator[Web]:
        """The web server."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with self._running(["web", f"--port={port}"], address, environment) as web:
            give_up_at = time.monotonic() + PATIENCE
            while not _answers(port):
                assert time.monotonic() < give_up_at, "web did not start in time"
                assert not web.has_died(), "web ended"
                time.sleep(0.05)
            yield Web(port, web.process.pid)

    @contextmanager
    def worker(self, *, address: str = "", **environment: str) -> Iterator[int]:
        """The worker; gives its process."""
        with self._running(["worker"], address, environment) as worker:
            yield worker.process.pid

    @contextmanager
    def _running(
        self, command: Sequence[str], address: str, environment: dict[str, str]
    ) -> Iterator[supervision.Part]:
        before = dict(os.environ)
        os.environ.update(QUIET | environment)
        try:
            with supervision.running([*command, *self._where(address)]) as (part,):
                yield part
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _where(self, address: str) -> list[str]:
        folder = [f"--data-dir={self.folder}"]
        return [*folder, f"--database-url={address}"] if address else folder

    def _load_world(self) -> None:
        world = self.folder / "world.json"
        world.write_bytes(document())
        for command in (["migrate"], ["load", str(world)]):
            subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-P", "-m", "placet", *command, *self._where("")],
                check=True,
                capture_output=True,
            )

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement of the bench's own."""
        cursor = self._sql.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, parameters: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - whatever it is
        """The one value of a statement of the bench's own."""
        return self.rows(statement, parameters)[0][0]

    def wait_until_executed(self) -> None:
        """Until the worker has nothing left to do on any order."""
        while self.value("SELECT EXISTS (SELECT FROM orders WHERE status = 'submitted')"):
            time.sleep(0.01)

    def settle(self) -> None:
        """Lets the database finish what earlier work left behind, so that the next one does not pay."""
        self.rows("VACUUM ANALYZE")
        self.rows("CHECKPOINT")


def _answers(port: int) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own
    except (OSError, HTTPException):
        return False
