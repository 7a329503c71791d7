"""Calls: Billing.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from datetime import date, datetime

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import BookedPayment, CreditedLine, Invoice, Refund
from placet_client.words import InvoiceKind, InvoiceStatus


class BillingCalls(Asking):
    """Calls: Billing."""

    def list_invoices(
        self,
        *,
        limit: int | Unset = UNSET,
        status: InvoiceStatus | Unset = UNSET,
        kind: InvoiceKind | Unset = UNSET,
        order: str | Unset = UNSET,
        contract: str | Unset = UNSET,
        issued_from: date | str | Unset = UNSET,
        issued_to: date | str | Unset = UNSET,
    ) -> Items[Invoice]:
        """Invoices that the caller's organization wrote or got, the newest first.

        `GET /invoices`
        """
        return self.items(
            Invoice,
            "GET",
            "/invoices",
            query=given(
                limit=limit,
                status=status,
                kind=kind,
                order=order,
                contract=contract,
                issued_from=issued_from,
                issued_to=issued_to,
            ),
        )

    def read_invoice(self, invoice: str) -> Invoice:
        """An invoice that the caller's organization wrote or got.

        `GET /invoices/{invoice}`
        """
        return self.ask(Invoice, "GET", ("/invoices/{invoice}", invoice))

    def print_invoice(self, invoice: str) -> bytes:
        """The same on paper, as a PDF.

        `GET /invoices/{invoice}/pdf`
        """
        return self.ask(bytes, "GET", ("/invoices/{invoice}/pdf", invoice))

    def credit_invoice(
        self,
        invoice: str,
        *,
        reason: str,
        lines: Sequence[str | CreditedLine] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Invoice:
        """Takes a debit invoice back, or a part of it, by a credit invoice: the seller's. It settles
        that invoice first; what is over settles others, or stays as credit.

        `POST /invoices/{invoice}/credit`
        """
        return self.ask(
            Invoice,
            "POST",
            ("/invoices/{invoice}/credit", invoice),
            body=given(lines=lines, reason=reason),
            idempotency_key=idempotency_key,
        )

    def cancel_invoice(self, invoice: str, *, reason: str, idempotency_key: str | None = None) -> Invoice:
        """Cancels an invoice that ought never to have been: the seller's. It keeps its number; what
        had settled it settles others.

        `POST /invoices/{invoice}/cancel`
        """
        return self.ask(
            Invoice,
            "POST",
            ("/invoices/{invoice}/cancel", invoice),
            body=given(reason=reason),
            idempotency_key=idempotency_key,
        )

    def list_payments(
        self,
        *,
        limit: int | Unset = UNSET,
        contract: str | Unset = UNSET,
        since: datetime | str | Unset = UNSET,
        until: datetime | str | Unset = UNSET,
    ) -> Items[BookedPayment]:
        """Payments that the caller's organization took or made, by card too, the newest first.

        `GET /payments`
        """
        return self.items(
            BookedPayment,
            "GET",
            "/payments",
            query=given(limit=limit, contract=contract, since=since, until=until),
        )

    def record_payment(
        self,
        *,
        contract: str,
        amount: str,
        invoice: str | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        reference: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> BookedPayment:
        """Records money that the caller got as the seller: it lowers the buyer's balance at once, and
        settles the invoice that it names, then the oldest ones; the rest stays as credit.

        `POST /payments`
        """
        return self.ask(
            BookedPayment,
            "POST",
            "/payments",
            body=given(contract=contract, amount=amount, invoice=invoice, note=note, reference=reference),
            idempotency_key=idempotency_key,
        )

    def list_refunds(
        self,
        *,
        limit: int | Unset = UNSET,
        contract: str | Unset = UNSET,
        since: datetime | str | Unset = UNSET,
        until: datetime | str | Unset = UNSET,
    ) -> Items[Refund]:
        """Refunds that the caller's organization gave or got, to cards too, the newest first.

        `GET /refunds`
        """
        return self.items(
            Refund, "GET", "/refunds", query=given(limit=limit, contract=contract, since=since, until=until)
        )

    def refund_payment(
        self,
        *,
        contract: str,
        amount: str,
        reason: str,
        payment: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Refund:
        """Gives money back to the caller's buyer: credit that is not used, or else what had settled
        the newest invoices, which are open again then. Of a card's payment it goes back to the
        card, by its gateway.

        `POST /refunds`
        """
        return self.ask(
            Refund,
            "POST",
            "/refunds",
            body=given(contract=contract, amount=amount, payment=payment, reason=reason),
            idempotency_key=idempotency_key,
        )
