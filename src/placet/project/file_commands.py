"""The commands about files: usage, prices, and whatever an ERP hands over or takes."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from placet.domain.words import Exchanged, ExchangeFormat
from placet.project import wiring
from placet.project.options import DatabaseUrl, DataDir, choose, notices, out

erp = typer.Typer()
usage = typer.Typer(help="What subscriptions used, out of a file.", no_args_is_help=True)


@usage.command("import")
def import_usage(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")],
    organization: Annotated[
        str, typer.Option(help="The top seller, by ref or id, whose subscriptions used it.")
    ],
    report: Annotated[Path | None, typer.Option(help="A file that gets a line for every row.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import usage: columns key, subscription, used_on, quantity; all of the file or nothing."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli import usage as said

        telling = said.Telling(out, report)
        taken = said.import_usage(file, organization=organization, telling=telling, now=datetime.now(UTC))
    raise typer.Exit(0 if taken else 1)


prices = typer.Typer(help="Prices of a list into a file, and out of one.", no_args_is_help=True)

PriceListName = Annotated[str, typer.Argument(metavar="LIST", help="A price list's ref or id.")]
PriceFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")]
ReportFile = Annotated[Path | None, typer.Option(help="A file that gets a line for every row.")]
Vendor = Annotated[str, typer.Option(help="The ref or id of the vendor whose offers they are.")]
Market = Annotated[
    str | None, typer.Option(help="The market whose rows are taken; without it, the only one.")
]


class NcePrice(StrEnum):
    """Which of a new-commerce price list's prices counts."""

    UNIT = "unit"
    ERP = "erp"


@prices.command("export")
def export_prices(
    price_list: PriceListName, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Write all prices of a list as CSV to the standard output."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli import prices as said

        found = said.export_prices(price_list, sys.stdout.buffer, console=notices)
    raise typer.Exit(0 if found else 1)


@prices.command("import")
def import_prices(  # noqa: PLR0913, PLR0917 - the command's options
    price_list: PriceListName,
    file: PriceFile,
    dry_run: DryRun = False,  # noqa: FBT002 - as typer reads an option
    report: ReportFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take prices out of a list's own CSV, all of it or nothing."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli import prices as said

        taken = said.import_prices(price_list, file, dry_run=dry_run, telling=said.Telling(out, report))
    raise typer.Exit(0 if taken else 1)


@prices.command("import-nce")
def import_nce(  # noqa: PLR0913, PLR0917 - the command's options
    price_list: PriceListName,
    file: PriceFile,
    vendor: Vendor,
    market: Market = None,
    column: Annotated[NcePrice, typer.Option(help="UnitPrice, or ERP Price.")] = NcePrice.UNIT,
    dry_run: DryRun = False,  # noqa: FBT002 - likewise
    report: ReportFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take offers and prices out of Microsoft's license-based new-commerce price list."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli import prices as said

        taken = said.import_nce(
            price_list,
            file,
            vendor=vendor,
            column=column.value,
            market=market,
            dry_run=dry_run,
            telling=said.Telling(out, report),
            now=datetime.now(UTC),
        )
    raise typer.Exit(0 if taken else 1)


Kind = Annotated[Exchanged, typer.Argument(help="What it is about.")]
As = Annotated[str, typer.Option("--as", metavar="REF", help="The organization, by ref or id, whose it is.")]


@erp.command("export")
def export_for_erp(  # noqa: PLR0913, PLR0917 - the command's options
    kind: Kind,
    organization: As,
    form: Annotated[ExchangeFormat, typer.Option("--format", help="How it is written.")] = ExchangeFormat.CSV,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only what changed since then; not of organizations.")
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="A file to write; without it, the standard output.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write what an organization sees of a kind, for its ERP."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli import exchange as said

        wanted = said.Wanted(kind, form, organization)
        if out_file:
            written = said.export_to(wanted, since, out_file, console=notices)
        else:
            written = said.export_file(wanted, since, sys.stdout.buffer, console=notices)
    raise typer.Exit(0 if written else 1)


@erp.command("import")
def import_from_erp(  # noqa: PLR0913, PLR0917 - the command's options
    kind: Kind,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV or JSON file.")
    ],
    organization: As,
    form: Annotated[
        ExchangeFormat | None, typer.Option("--format", help="How it is written; without it, by its name.")
    ] = None,
    dry_run: DryRun = False,  # noqa: FBT002 - as typer reads an option
    report: ReportFile = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take what an organization's ERP says, line by line; status 1 if a line was refused."""
    choose(data_dir, database_url)
    with wiring.wired(notices), wiring.plain_database_errors():
        from placet.entrypoints.cli import exchange as said

        by_name = ExchangeFormat.JSON if file.suffix.lower() == ".json" else ExchangeFormat.CSV
        wanted = said.Wanted(kind, form or by_name, organization)
        taken = said.import_file(wanted, file, dry_run=dry_run, report=report, console=out)
    raise typer.Exit(0 if taken else 1)
