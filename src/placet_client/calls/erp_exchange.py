"""Calls: ERP exchange.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import (
    Done,
    ExportedInvoice,
    ExportedLimit,
    ExportedOrder,
    ExportedPayment,
    ImportRun,
    ImportSummary,
    Organization,
    ReportLine,
    Schedule,
)
from placet_client.words import Exchanged, ExchangeFormat, ExchangeWay, LineBecame


class ErpExchangeCalls(Asking):
    """Calls: ERP exchange."""

    def import_organizations(
        self,
        *,
        lines: Sequence[dict[str, Any]],
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> ImportRun:
        """Organizations that buy from the caller, made or changed, by `external_id` or `ref`: an
        admin's. CSV, or JSON of the same columns. A line that is refused stops no other; the same
        file again changes nothing. Up to 200 lines are done at once, more by and by: then it is
        `waiting`.

        `POST /imports/organizations`
        """
        return self.ask(
            ImportRun,
            "POST",
            "/imports/organizations",
            query=given(dry_run=dry_run),
            body=given(lines=lines),
            idempotency_key=idempotency_key,
        )

    def import_limits(
        self,
        *,
        lines: Sequence[dict[str, Any]],
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> ImportRun:
        """Credit limits of the caller's buyers: an amount, `unlimited` or `default`. CSV, or JSON of
        the same columns. A line that is refused stops no other; the same file again changes
        nothing. Up to 200 lines are done at once, more by and by: then it is `waiting`.

        `POST /imports/limits`
        """
        return self.ask(
            ImportRun,
            "POST",
            "/imports/limits",
            query=given(dry_run=dry_run),
            body=given(lines=lines),
            idempotency_key=idempotency_key,
        )

    def import_invoices(
        self,
        *,
        lines: Sequence[dict[str, Any]],
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> ImportRun:
        """The numbers that the caller's own books have invoices under (`external_number`). CSV, or
        JSON of the same columns. A line that is refused stops no other; the same file again changes
        nothing. Up to 200 lines are done at once, more by and by: then it is `waiting`.

        `POST /imports/invoices`
        """
        return self.ask(
            ImportRun,
            "POST",
            "/imports/invoices",
            query=given(dry_run=dry_run),
            body=given(lines=lines),
            idempotency_key=idempotency_key,
        )

    def import_payments(
        self,
        *,
        lines: Sequence[dict[str, Any]],
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> ImportRun:
        """Payments that the caller got; each `reference` is booked once. CSV, or JSON of the same
        columns. A line that is refused stops no other; the same file again changes nothing. Up to
        200 lines are done at once, more by and by: then it is `waiting`.

        `POST /imports/payments`
        """
        return self.ask(
            ImportRun,
            "POST",
            "/imports/payments",
            query=given(dry_run=dry_run),
            body=given(lines=lines),
            idempotency_key=idempotency_key,
        )

    def import_orders(
        self,
        *,
        lines: Sequence[dict[str, Any]],
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> ImportRun:
        """What was delivered of orders that the caller executes by hand (R45): a line, or all that
        wait, with the vendor's reference. CSV, or JSON of the same columns. A line that is refused
        stops no other; the same file again changes nothing. Up to 200 lines are done at once, more
        by and by: then it is `waiting`.

        `POST /imports/orders`
        """
        return self.ask(
            ImportRun,
            "POST",
            "/imports/orders",
            query=given(dry_run=dry_run),
            body=given(lines=lines),
            idempotency_key=idempotency_key,
        )

    def list_imports(self, *, limit: int | Unset = UNSET) -> Items[ImportSummary]:
        """The organization's imports, the newest first.

        `GET /imports`
        """
        return self.items(ImportSummary, "GET", "/imports", query=given(limit=limit))

    def read_import(self, run: str) -> ImportRun:
        """One of them, with the beginning of its report.

        `GET /imports/{run}`
        """
        return self.ask(ImportRun, "GET", ("/imports/{run}", run))

    def list_import_lines(
        self, run: str, *, limit: int | Unset = UNSET, became: LineBecame | Unset = UNSET
    ) -> Items[ReportLine]:
        """What became of its lines.

        `GET /imports/{run}/lines`
        """
        return self.items(
            ReportLine, "GET", ("/imports/{run}/lines", run), query=given(limit=limit, became=became)
        )

    def apply_import(self, run: str, *, idempotency_key: str | None = None) -> ImportRun:
        """Imports the very file of a dry run, once.

        `POST /imports/{run}/apply`
        """
        return self.ask(
            ImportRun, "POST", ("/imports/{run}/apply", run), body=given(), idempotency_key=idempotency_key
        )

    def list_schedules(self, *, limit: int | Unset = UNSET) -> Items[Schedule]:
        """The organization's regular exchanges, the oldest first: its admins'.

        `GET /exchange-schedules`
        """
        return self.items(Schedule, "GET", "/exchange-schedules", query=given(limit=limit))

    def add_schedule(
        self,
        *,
        way: ExchangeWay,
        kind: Exchanged,
        url: str,
        format: ExchangeFormat | Unset = UNSET,
        hour: int | Unset | None = UNSET,
        every_hours: int | Unset | None = UNSET,
        authorization: str | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Schedule:
        """Sets up a regular exchange with an address of the caller's own.

        `POST /exchange-schedules`
        """
        return self.ask(
            Schedule,
            "POST",
            "/exchange-schedules",
            body=given(
                way=way,
                kind=kind,
                format=format,
                url=url,
                hour=hour,
                every_hours=every_hours,
                authorization=authorization,
            ),
            idempotency_key=idempotency_key,
        )

    def change_schedule(self, schedule: str, *, status: Literal["active", "paused"]) -> Schedule:
        """Has it pause, or go on.

        `PATCH /exchange-schedules/{schedule}`
        """
        return self.ask(
            Schedule, "PATCH", ("/exchange-schedules/{schedule}", schedule), body=given(status=status)
        )

    def remove_schedule(self, schedule: str) -> Done:
        """Ends it; what it has done stays to be read.

        `DELETE /exchange-schedules/{schedule}`
        """
        return self.ask(Done, "DELETE", ("/exchange-schedules/{schedule}", schedule))

    def run_schedule(self, schedule: str, *, idempotency_key: str | None = None) -> Schedule:
        """Has it done now, too.

        `POST /exchange-schedules/{schedule}/run`
        """
        return self.ask(
            Schedule,
            "POST",
            ("/exchange-schedules/{schedule}/run", schedule),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def export_organizations(
        self, *, limit: int | Unset = UNSET, since: datetime | str | Unset = UNSET
    ) -> Items[Organization]:
        """Everyone below the caller, with the number in its seller's ERP, always whole.

        `GET /exports/organizations`
        """
        return self.items(
            Organization, "GET", "/exports/organizations", query=given(limit=limit, since=since)
        )

    def export_limits(
        self, *, limit: int | Unset = UNSET, since: datetime | str | Unset = UNSET
    ) -> Items[ExportedLimit]:
        """The credit accounts of the caller's own links, with what is reserved and available.

        `GET /exports/limits`
        """
        return self.items(ExportedLimit, "GET", "/exports/limits", query=given(limit=limit, since=since))

    def export_invoices(
        self, *, limit: int | Unset = UNSET, since: datetime | str | Unset = UNSET
    ) -> Items[ExportedInvoice]:
        """Invoices that the caller's organization wrote or got.

        `GET /exports/invoices`
        """
        return self.items(ExportedInvoice, "GET", "/exports/invoices", query=given(limit=limit, since=since))

    def export_payments(
        self, *, limit: int | Unset = UNSET, since: datetime | str | Unset = UNSET
    ) -> Items[ExportedPayment]:
        """Payments that the caller's organization took or made.

        `GET /exports/payments`
        """
        return self.items(ExportedPayment, "GET", "/exports/payments", query=given(limit=limit, since=since))

    def export_orders(
        self, *, limit: int | Unset = UNSET, since: datetime | str | Unset = UNSET
    ) -> Items[ExportedOrder]:
        """Orders that the caller's organization is a party of; in CSV a row for each line.

        `GET /exports/orders`
        """
        return self.items(ExportedOrder, "GET", "/exports/orders", query=given(limit=limit, since=since))
