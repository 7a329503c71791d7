"""What the product says to PostgreSQL: a socket in between that reads along.

So the recording holds whatever reaches the server, by whatever way the product sends it: statements,
parameters, what each answered, and the round trips: how often the product waited for an answer.
"""

import asyncio
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from uuid import UUID

SOCKET: Final = ".s.PGSQL.5432"
BYTEA: Final = 17
TEXT: Final = 25
DATE: Final = 1082
TIMESTAMPTZ: Final = 1184
INET: Final = 869
UUID_TYPE: Final = 2950
INTEGERS: Final = frozenset({20, 21, 23})
MILLENNIUM: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Statement:
    """One statement as the server got it. `types` are the parameters' type numbers, 0 for unknown.
    `rows` is how many rows it returned or changed; `trip` counts the connection's round trips."""

    connection: int
    text: str
    types: tuple[int, ...]
    parameters: tuple[str | None, ...]
    trip: int
    rows: int = 0


class Recorder:
    """Listens in `folder`, passes everything on to `server` (a socket's path), and reads along."""

    def __init__(self, folder: Path, server: Path) -> None:
        self._listens_at, self._server = folder / SOCKET, server
        self._statements: list[Statement] = []
        self._loop = asyncio.new_event_loop()
        self._connections = 0
        listening = threading.Event()
        threading.Thread(target=self._run, args=(listening,), daemon=True).start()
        listening.wait()

    def taken(self) -> list[Statement]:
        """Everything since the last time."""
        taken, self._statements = self._statements, []
        return taken

    def _keep(self, said: Statement) -> None:
        self._statements.append(said)

    def _run(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_unix_server(self._connected, self._listens_at))
        listening.set()
        self._loop.run_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        wire = Wire(self._connections, self._keep)
        server_reader, server_writer = await asyncio.open_unix_connection(self._server)
        await asyncio.gather(
            _pump(reader, server_writer, wire.asked), _pump(server_reader, writer, wire.answered)
        )


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, read_along: Callable[[bytes], None]
) -> None:
    while data := await reader.read(65536):
        read_along(data)
        writer.write(data)
        await writer.drain()
    writer.close()


@dataclass(slots=True)
class Wire:
    """One connection's protocol (version 3), as far as statements go."""

    number: int
    keep: Callable[[Statement], None]
    _prepared: dict[bytes, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    _portals: dict[bytes, tuple[bytes, tuple[str | None, ...]]] = field(default_factory=dict)
    _unanswered: deque[Statement] = field(default_factory=deque)
    _asking: bool = False
    _trip: int = 0
    _from_client: bytes = b""
    _from_server: bytes = b""
    _greeted: bool = False

    def asked(self, data: bytes) -> None:
        """What the product sent."""
        if not self._asking:
            self._asking, self._trip = True, self._trip + 1
        self._from_client += data
        if not self._greeted:  # the first message has no kind
            (length,) = struct.unpack_from("!i", self._from_client)
            self._from_client, self._greeted = self._from_client[length:], True
        messages, self._from_client = _messages(self._from_client)
        for kind, body in messages:
            self._understand(kind, body)

    def answered(self, data: bytes) -> None:
        """What the server sent."""
        self._asking = False
        messages, self._from_server = _messages(self._from_server + data)
        for kind, body in messages:
            if kind == b"C" and self._unanswered:  # CommandComplete: "SELECT 1"
                self._unanswered.popleft().rows = _count(body)
            elif kind == b"E":
                self._unanswered.clear()

    def _understand(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self._say(body.rstrip(b"\0").decode(), (), ())
        elif kind == b"P":
            name, text, rest = body.split(b"\0", 2)
            count = struct.unpack_from("!h", rest)[0]
            self._prepared[name] = (text.decode(), struct.unpack_from(f"!{count}I", rest, 2))
        elif kind == b"B":
            portal, name, rest = body.split(b"\0", 2)
            self._portals[portal] = (name, _parameters(rest, self._prepared[name][1]))
        elif kind == b"E":
            name, parameters = self._portals[body.split(b"\0", 1)[0]]
            self._say(*self._prepared[name], parameters)

    def _say(self, text: str, types: tuple[int, ...], parameters: tuple[str | None, ...]) -> None:
        said = Statement(self.number, text, types, parameters, self._trip)
        self._unanswered.append(said)
        self.keep(said)


def _messages(buffer: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Whole messages, by kind and body, and what is left of the buffer."""
    found, at = [], 0
    while len(buffer) >= at + 5:
        end = at + 1 + struct.unpack_from("!i", buffer, at + 1)[0]
        if len(buffer) < end:
            break
        found.append((buffer[at : at + 1], buffer[at + 5 : end]))
        at = end
    return found, buffer[at:]


def _parameters(bind: bytes, types: tuple[int, ...]) -> tuple[str | None, ...]:
    """The values of a Bind message, as text."""
    (formats_count,) = struct.unpack_from("!h", bind)
    formats = struct.unpack_from(f"!{formats_count}h", bind, 2)
    at = 2 + 2 * formats_count
    (count,) = struct.unpack_from("!h", bind, at)
    at += 2
    values: list[str | None] = []
    for n in range(count):
        (length,) = struct.unpack_from("!i", bind, at)
        raw = bind[at + 4 : at + 4 + max(length, 0)]
        at += 4 + len(raw)
        binary = formats[n if formats_count > 1 else 0] if formats_count else 0
        values.append(None if length < 0 else _binary(raw, types[n]) if binary else raw.decode())
    return tuple(values)


def _binary(raw: bytes, type_: int) -> str:
    if type_ == BYTEA:
        return f"\\x{raw.hex()}"
    if type_ == UUID_TYPE:
        return str(UUID(bytes=raw))
    if type_ == INET:  # family, bits, whether a network, length, address
        return str(ip_address(raw[4:]))
    if type_ in INTEGERS:
        return str(int.from_bytes(raw, signed=True))
    if type_ == DATE:
        return (MILLENNIUM + timedelta(days=int.from_bytes(raw, signed=True))).date().isoformat()
    if type_ == TIMESTAMPTZ:
        return (MILLENNIUM + timedelta(microseconds=int.from_bytes(raw, signed=True))).isoformat()
    assert type_ in {TEXT, 0}, f"no way to read a binary parameter of type {type_}"
    return raw.decode()


def _count(tag: bytes) -> int:
    last = tag.rstrip(b"\0").rsplit(b" ", 1)[-1]
    return int(last) if last.isdigit() else 0
