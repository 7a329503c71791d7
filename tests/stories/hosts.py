"""Web servers and workers as several hosts run them: processes of their own, on one database."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.processes import SOON, all_gone, family
from tests.stories.balancer import ready
from tests.stories.server import PLACET, answers, environment_of, free_port, own_database

OK: Final = 0
SLOWEST_START: Final = 60.0


@dataclass
class Host:
    """A `placet` command that runs. `port` is where a web server listens."""

    process: "subprocess.Popen[bytes]"
    port: int = 0

    def kill(self) -> None:
        """Ends it and all that it started, in the middle of whatever they do."""
        everything = family(self.process.pid)
        for pid in everything:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        assert all_gone(everything)

    def tell_to_stop(self) -> None:
        """As systemd, Docker and Kubernetes do."""
        self.process.send_signal(signal.SIGTERM)

    def ended(self, within: float = SOON) -> int:
        """Its exit status."""
        return self.process.wait(within)


@dataclass
class Hosts:
    """All of them, with the one database that they share; each writes its own log."""

    database: str
    folder: Path
    _open: ExitStack
    _all: list[Host] = field(default_factory=list)

    def migrate(self) -> None:
        """Brings the tables up to date, as one of them does before all others."""
        assert self.run("migrate").returncode == OK

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        return subprocess.run(  # noqa: S603
            [*PLACET, *arguments],
            env=self._environment(variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def web(self, port: int = 0, **variables: str) -> Host:
        """A web server, once it is ready."""
        host = self.web_not_ready(port, **variables)
        started(host, lambda: ready(host.port))
        return host

    def web_not_ready(self, port: int = 0, **variables: str) -> Host:
        """A web server, once it listens."""
        port = port or free_port()
        host = Host(self._started("web", f"--port={port}", variables=variables), port)
        self._all.append(host)
        started(host, lambda: answers(port))
        return host

    def worker(self, **variables: str) -> Host:
        """A worker."""
        host = Host(self._started("worker", variables=variables))
        self._all.append(host)
        return host

    def logs(self) -> str:
        """What all of them have said."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("log-*")))

    def end(self) -> None:
        """Nobody is left."""
        for host in self._all:
            if host.process.poll() is None:
                host.kill()

    def _started(self, *arguments: str, variables: dict[str, str]) -> "subprocess.Popen[bytes]":
        log = self._open.enter_context((self.folder / f"log-{len(self._all)}-{arguments[0]}").open("wb"))
        return subprocess.Popen([*PLACET, *arguments], env=self._environment(variables), stderr=log)  # noqa: S603

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        ours = {
            "PLACET_SECRET_KEY": "of all hosts",
            "PLACET_LOG_FORMAT": "json",
            "PLACET_PUBLIC_URL": "http://127.0.0.1",
        }
        return environment_of(self.database, self.folder) | ours | variables


def started(host: Host, there: Callable[[], bool]) -> None:
    """Waits until it is there; a start takes seconds, on a busy machine many."""
    give_up_at = time.monotonic() + SLOWEST_START
    while not there():
        assert host.process.poll() is None, "it ended instead; its log says why"
        assert time.monotonic() < give_up_at, "it takes too long to start"
        time.sleep(0.03)


@contextmanager
def several(postgres: str, folder: Path, name: str) -> Iterator[Hosts]:
    """Hosts on a database of their own at that PostgreSQL; in the end all are gone."""
    with ExitStack() as stack:
        hosts = Hosts(stack.enter_context(own_database(postgres, name)), folder, stack)
        stack.callback(hosts.end)
        yield hosts
