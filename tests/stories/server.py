"""A real Placet for stories: `placet up` with web and worker, its database, its outside."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from placet.gateways.cards.sandbox import Sandbox as Cards
from placet.gateways.cards.sandbox import Taken
from placet.gateways.vendors.sandbox import Sandbox as Vendors
from placet.gateways.vendors.sandbox import Work
from tests.processes import SOON, all_gone, command, family, kill, parent
from tests.stories import worlds
from tests.stories.client import Client, until
from tests.stories.hooks import Hooks

Row = dict[str, Any]
PLACET: Final = [sys.executable, "-P", "-m", "placet"]

PASSING: Final = {"delivery", "delivery_attempt", "notice", "mail", "idempotency_key", "django_migrations"}
"""Tables in which the worker may still be busy with what earlier stories left."""


@dataclass
class Server:
    """A running `placet up` on a database of its own."""

    process: subprocess.Popen[str]
    address: str
    database: str
    folder: Path
    environment: dict[str, str]
    hooks: Hooks
    _clients: dict[str, Client] = field(default_factory=dict)

    def load(self, world: str) -> None:
        """A world file, by `placet load` beside the running server."""
        file = self.folder / "world.json"
        file.write_text(world.replace("{hooks}", self.hooks.address))
        loaded = self.run("load", str(file))
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        assert "left as it stands" not in loaded.stdout, loaded.stdout

    def client(self, ref: str, role: str = "admin") -> Client:
        """That organization's program, in that role."""
        return self.client_with(worlds.key(ref, role))

    def client_with(self, key: str) -> Client:
        """The program that has this key."""
        if key not in self._clients:
            self._clients[key] = Client(self.address, key)
        return self._clients[key]

    def hang_up(self) -> None:
        """Closes every program's connection."""
        for client in self._clients.values():
            client.close()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `placet` command beside the running server."""
        return subprocess.run(  # noqa: S603
            [*PLACET, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @contextmanager
    def another_web(self, **variables: str) -> Iterator[str]:
        """The address of one more `placet web`, with settings of its own."""
        port = free_port()
        command = [*PLACET, "web", f"--port={port}"]
        with (
            (self.folder / "log").open("a") as log,
            subprocess.Popen(command, env=self.environment | variables, stderr=log) as process,  # noqa: S603
        ):
            try:
                until(lambda: answers(port), "it answers")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(SOON)

    # The database ----------------------------------------------------------------------------

    def rows(self, statement: str, **parameters: object) -> list[Row]:
        """What a statement finds in its database."""
        with psycopg.connect(self.database, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def contents(self) -> dict[str, str]:
        """A digest of each table: the same again means that nothing was saved."""
        tables = [row["relname"] for row in self.rows(TABLES)]
        digests = sql.SQL(" UNION ALL ").join(
            sql.SQL(DIGEST).format(sql.Literal(table), sql.Identifier(table))
            for table in tables
            if table not in PASSING
        )
        with psycopg.connect(self.database) as connection:
            return dict(connection.execute(digests).fetchall())

    def settled(self) -> None:
        """Waits until every webhook that is due was sent, and every invoice has its number."""
        until(lambda: not self.rows(DUE), "every webhook is sent and every invoice numbered")

    # Its worker, and the outside that it talks to --------------------------------------------

    def worker(self) -> int:
        """The process of `placet worker`, once there is one."""

        def found() -> int:
            members = [pid for pid in family(self.process.pid) if parent(pid) == self.process.pid]
            return next((pid for pid in members if "worker" in command(pid)), 0)

        return until(found, "there is a worker")

    def kill_worker(self) -> None:
        """Ends it in the middle of whatever it does, and waits until another has taken its place. What
        the dead one had taken would fall due when its lease ends; here it ends now."""
        dead = self.worker()
        kill([dead])
        assert all_gone([dead])
        until(lambda: self.worker() != dead, "another worker is there")
        for table in ("sub_order", "charge_attempt", "charge_refund"):
            self.rows(f"UPDATE {table} SET due_at = now() WHERE due_at > now()")  # noqa: S608

    def works(self) -> Mapping[UUID, Work]:
        """What the sandbox vendor did, by line."""
        with closing(Vendors(self.folder)) as vendors:
            return vendors.works()

    def charges(self) -> Mapping[UUID, Taken]:
        """What the sandbox card gateway did, by charge attempt."""
        with closing(Cards(self.folder)) as cards:
            return cards.charges()


TABLES: Final = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
DIGEST: Final = "SELECT {}, md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} t"
DUE: Final = """
SELECT 1 FROM delivery d WHERE d.status = 'pending'
  AND NOT EXISTS (SELECT FROM delivery_attempt a WHERE a.delivery_id = d.id)
UNION ALL SELECT 1 FROM invoice i WHERE i.number IS NULL"""


@contextmanager
def serving(postgres: str, folder: Path, hooks: Hooks, name: str = "stories") -> Iterator[Server]:
    """A Placet on a database of its own at that PostgreSQL, of that name in this process. In the end its
    books are proven, and nothing in its log may have gone wrong."""
    with own_database(postgres, name) as database, _up(database, folder, hooks) as server:
        try:
            yield server
            _prove(server)
        finally:
            server.hang_up()


@contextmanager
def _up(database: str, folder: Path, hooks: Hooks) -> Iterator[Server]:
    environment, port = environment_of(database, folder), free_port()
    command = [*PLACET, "up", f"--port={port}"]
    pipe = subprocess.PIPE
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=pipe, stderr=log, text=True) as process,  # noqa: S603
    ):
        try:
            assert process.stdout
            assert "serves at" in process.stdout.readline(), (folder / "log").read_text()
            yield Server(process, f"http://127.0.0.1:{port}", database, folder, environment, hooks)
        finally:
            process.terminate()
            process.wait(2 * SOON)


def _prove(server: Server) -> None:
    """The books are true (`placet verify`), and nobody complained."""
    proof = server.run("verify")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    said = (server.folder / "log").read_text()
    assert not re.search(r"Traceback|\[(error|critical)", said), said[-10_000:]


def environment_of(database: str, folder: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PLACET_")}
    return ours | {
        "PLACET_DATABASE_URL": database,
        "PLACET_DATA_DIR": str(folder),
        "PLACET_WEBHOOK_ALLOW_PRIVATE": "1",
        "PLACET_STRIPE_API_BASE": "http://127.0.0.1:9",  # nobody answers there
    }


@contextmanager
def own_database(postgres: str, name: str) -> Iterator[str]:
    """An empty database, dropped in the end; `tests.databases` clears it away if we are killed."""
    name = f"placet_test_{os.getpid()}_{name}"
    create, drop = "CREATE DATABASE {} TEMPLATE template0", "DROP DATABASE IF EXISTS {} (FORCE)"
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(sql.SQL(create).format(sql.Identifier(name)))
        try:
            yield _address(postgres, name)
        finally:
            server.execute(sql.SQL(drop).format(sql.Identifier(name)))


def _address(postgres: str, database: str) -> str:
    at = urlsplit(postgres)
    return f"{at.scheme}://{at.netloc}/{database}?{at.query}"


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
