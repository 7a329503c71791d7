"""Receivers of webhooks for the bench: `python -m bench.receivers COUNT SILENT` prints the ports they have,
the silent ones last, and answers 200 until its stdin ends; the silent ones never answer."""

import asyncio
import sys
from typing import Final

ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, one request after the other."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, until its sender gives up."""
    while await reader.read(65536):
        pass
    writer.close()


async def main(count: int, silent: int) -> None:
    """Listens until nobody writes any more."""
    kinds = [answers] * (count - silent) + [is_silent] * silent
    servers = [await asyncio.start_server(kind, "127.0.0.1", 0) for kind in kinds]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
