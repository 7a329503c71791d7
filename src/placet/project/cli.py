"""The `placet` command: puts the parts together and hands over to them."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from http.client import HTTPException
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from urllib.request import ProxyHandler, build_opener
from uuid import UUID

import typer
from rich.console import Console

from placet.project import config, exposition, supervision, tracing, web, wiring
from placet.project.file_commands import erp, prices, usage
from placet.project.lifeline import die_with
from placet.project.options import DatabaseUrl, DataDir, choose, notices, out
from placet.project.postgres import PostgresError, Server

app = typer.Typer(name="placet", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Host = Annotated[str, typer.Option(help="The address to listen at.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A world file.")]
World = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, readable=True, help="A world file to load first."),
]


class Became(StrEnum):
    """What can become of a charge."""

    CAPTURED = "captured"
    DECLINED = "declined"


class RefusedError(Exception):
    """What was asked for cannot be done; the message says why, in plain words."""


def main() -> None:
    """Runs the command line. What is expected to go wrong is told in plain words, with status 1."""
    try:
        app()
    except (
        RefusedError,
        config.ConfigError,
        PostgresError,
        wiring.DatabaseError,
        supervision.PartError,
    ) as error:
        notices.print(str(error), style="red", markup=False)
        sys.exit(1)


@app.callback()
def common(parent: Annotated[int, typer.Option(hidden=True)] = 0) -> None:
    """Decides which orders of a cloud-marketplace contract chain go through."""
    if parent:
        die_with(parent, signal.SIGTERM)


@app.command()
def up(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    world: World = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Migrate, load the world if given, and run web and worker together."""
    choose(data_dir, database_url)
    _up(host, port, world, then=())


@app.command()
def demo(
    host: Host = "127.0.0.1", port: Port = 8000, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Do as `up`, with a demo world and its history of orders."""
    choose(data_dir, database_url)
    # who tries it out reads what we say, not a line for every request
    os.environ["PLACET_LOG_LEVEL"] = os.environ.get("PLACET_LOG_LEVEL") or "warning"
    world = Path(str(files("placet.entrypoints.cli").joinpath("demo_world.yaml")))
    _up(host, port, world, then=["demo-history"])


@app.command("web")
def serve(
    host: Host = "127.0.0.1", port: Port = 8000, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Run the web server alone."""
    choose(data_dir, database_url)
    _refuse_taken_port(host, port)
    with exposition.shown(config.read(os.environ)), wiring.wired(notices):
        web.serve(host, port, config.read(os.environ))


@app.command()
def worker(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Run the background worker alone."""
    choose(data_dir, database_url)
    stop = supervision.stop_on_signals()
    with exposition.shown(config.read(os.environ)), wiring.wired(notices):
        tracing.set_up("placet-worker")
        from placet.entrypoints.jobs.worker import run

        run(stop)


@app.command("migrate")
def bring_up_to_date(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the tables up to date."""
    choose(data_dir, database_url)
    with wiring.wired(notices):
        _migrate()


@app.command()
def load(file: File, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Load a world file; what stands already is left as it is."""
    choose(data_dir, database_url)
    with wiring.wired(notices):
        _load(file, out)


@app.command()
def verify(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Prove the books, a line for each invariant; status 1 if one is broken."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli.verify import prove

        proven = prove(out)
    raise typer.Exit(0 if proven else 1)


@app.command("settle-charge")
def settle(
    charge: Annotated[UUID, typer.Argument(help="The key that the card gateway knows the charge by.")],
    became: Annotated[Became, typer.Argument(help="What became of it at the gateway.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say what became of a card charge that its gateway never answered."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli.settle import settle_charge

        settled = settle_charge(charge, became.value, now=datetime.now(UTC), console=out)
    raise typer.Exit(0 if settled else 1)


@app.command("settle-refund")
def settle_back(
    refund: Annotated[UUID, typer.Argument(help="The refund, by the id that the order's payment shows.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say that a refund which the card gateway refused was given back in some other way."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli.settle import settle_refund

        settled = settle_refund(refund, now=datetime.now(UTC), console=out)
    raise typer.Exit(0 if settled else 1)


@app.command()
def reseal(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Seal stored card gateway keys anew, after PLACET_SECRET_KEY was changed."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli.reseal import reseal as reseal_all

        all_opened = reseal_all(out)
    raise typer.Exit(0 if all_opened else 1)


app.add_typer(usage, name="usage")
app.add_typer(prices, name="prices")
app.add_typer(erp)  # `export` and `import`, beside the others


@app.command()
def settings() -> None:
    """List the environment variables that Placet reads."""
    for name, default, meaning in config.table():
        out.print(f"{name}={default}\n    {meaning}", markup=False)


@app.command(hidden=True)
def demo_history(address: str) -> None:
    """Let the demo's orders happen, at a Placet that is up."""
    with wiring.wired(notices):
        from placet.entrypoints.cli.demo import after_ready

        after_ready(address)


def _up(host: str, port: int, world: Path | None, then: Sequence[str]) -> None:
    """Web and worker until SIGINT or SIGTERM; the commands `then` run once when both are there."""
    _refuse_taken_port(host, port)
    address = _address(host, port)
    os.environ["PLACET_PUBLIC_URL"] = os.environ.get("PLACET_PUBLIC_URL") or address
    stop = supervision.stop_on_signals()
    with exposition.shown(config.read(os.environ)), wiring.wired(notices) as server:
        _migrate()
        if world:
            _load(world, notices)
        patience = supervision.PATIENCE + config.read(os.environ).web_drain
        commands = ["web", f"--host={host}", f"--port={port}"], ["worker"]
        with supervision.running(*commands, patience=patience) as parts:
            if supervision.wait_until(lambda: _answers(address), parts, stop):
                out.print(f"Placet serves at [bold]{address}[/bold]; Ctrl-C stops it.")
                with supervision.running(*([name, address] for name in then)):
                    supervision.watch(parts, stop, also=_keep(server), tell=notices.print)
    out.print("Placet has stopped.")


def _migrate() -> None:
    with notices.status("Bringing the tables up to date …"), wiring.plain_database_errors():
        wiring.migrate()
    notices.print("The tables are up to date.")


def _load(world: Path, console: Console) -> None:
    from placet.entrypoints.cli.load import load as load_world

    with wiring.plain_database_errors():
        loaded = load_world(world, now=datetime.now(UTC), console=console)
    if not loaded:
        raise RefusedError("The world was not loaded; nothing was changed.")


def _keep(server: Server | None) -> Callable[[], None]:
    """What keeps the embedded server running while we watch the parts."""
    return server.start_if_gone if server else lambda: None


def _refuse_taken_port(host: str, port: int) -> None:
    """Asks before anything starts: the web server itself would share the port with another."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise RefusedError(
            f"Placet cannot listen at {host}, port {port}: {error.strerror}. Choose another --port."
        ) from None


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds what listens there."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def _answers(address: str) -> bool:
    """Whether `GET /healthz` answers 200."""
    try:
        with build_opener(ProxyHandler({})).open(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 (HTTP's own)
    except (OSError, HTTPException):
        return False
