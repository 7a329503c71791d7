"""Stripe: cards are stored with a setup intent, charged off-session with payment intents of manual capture.

**Never a second charge.** One payment intent is created, and confirmed in the same request, under the
idempotency key of our charge attempt, with that id in its metadata. Without an answer the charge is
`unknown`, and looked up before anything else is asked. The look-up *lists* the customer's payment intents:
a list shows what was written before it, while Stripe's search may lag by a minute and so could say "never
heard of it" of a charge that is there. What the list does not show can only be a request that has not
arrived, or that Stripe is at work on just now. Then the same request goes out again under the same key:
Stripe answers with what the first one came to, or that the first one is still running (409, `unknown`), and
creates at most one. It keeps keys for at least a day; we give up asking after twelve hours (R48).

If Stripe itself failed (5xx), it keeps that answer under the key: nothing is charged, a look-up shows none,
and each further try hears of the same failure until a person decides. That is slow, and never wrong.

Capture and void carry no key: Stripe takes an intent's money once, and refuses what its state does not
allow; then the state itself is read. A refund is looked for before it is asked for, so that one that was
tried again by hand, long after the key is forgotten, is not given twice.

The SDK's own retries are off (they would ask again without looking first), as is its telemetry. The secret
key stands in the client alone: no word, reason or log line here is made of it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import stripe
from stripe import PaymentIntent, PaymentMethod, Refund, SetupIntent, StripeError

from placet.domain import money
from placet.domain.charging import GatewayWord
from placet.domain.errands import (
    AccountWord,
    CardCharge,
    CardRefund,
    RefundWord,
    SetupAsk,
    SetupBegun,
    SetupWord,
)

stripe.enable_telemetry = False

CONNECT: Final = 5.0
PATIENCE: Final = 15.0
"""Seconds to wait for a connection, and for an answer: a bank may take several to say yes."""

CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""How much earlier than we asked Stripe's clock may say that a charge was made."""

OURS: Final = "placet_charge"
"""The member of a payment intent's metadata that holds the charge attempt's id."""
OUR_REFUND: Final = "placet_refund"
OUR_ATTEMPT: Final = "placet_attempt"

KEY_REFUSED: Final = "The card gateway does not accept the seller's key."
NOT_STORED: Final = "The gateway does not know this card."
NEEDS_OWNER: Final = "The bank wants the card's owner to confirm this payment in person."
UNEXPLAINED: Final = "The card was declined."
AMOUNT_REFUSED: Final = "Stripe cannot charge this amount in this currency."
NOT_FINISHED: Final = "Stripe has taken this refund on, and not finished it."
NOT_CAPTURED: Final = "This charge was not captured."


class Stripe:
    """One account at Stripe, by its secret key. `base` is where Stripe answers; `patience` how many
    seconds it may take to."""

    def __init__(self, secret: str, base: str, patience: float = PATIENCE) -> None:
        self._http = stripe.RequestsClient(timeout=(CONNECT, patience))
        self._stripe = stripe.StripeClient(
            secret,
            base_addresses={"api": base},
            max_network_retries=0,
            http_client=self._http,
        ).v1

    # Charges ----------------------------------------------------------------------------------

    def authorise(self, charge: CardCharge) -> GatewayWord:
        """Holds the amount on the stored card, at most once for the charge's key.

        Raises:
            ValueError: the key was used for another charge, which is our own mistake.
        """
        amount = amount_at_stripe(charge.amount, charge.currency)
        customer, slash, method = charge.token.partition("/")
        if amount is None or not slash:
            return GatewayWord("declined", reason=NOT_STORED if amount else AMOUNT_REFUSED)
        try:
            made = self._stripe.payment_intents.create(
                {
                    "amount": amount,
                    "currency": charge.currency.lower(),
                    "customer": customer,
                    "payment_method": method,
                    "allowed_payment_method_types": ["card"],
                    "capture_method": "manual",
                    "confirm": True,
                    "off_session": True,
                    "metadata": {OURS: str(charge.key)},
                },
                {"idempotency_key": str(charge.key)},
            )
        except stripe.IdempotencyError as error:
            if error.http_status == CONFLICT:
                return GatewayWord("unknown")
            raise ValueError(f"the key {charge.key} was used for another charge") from None
        except StripeError as error:
            return GatewayWord("declined", reason=_words(error)) if _definite(error) else UNKNOWN
        return _word_of(made)

    def capture(self, charge: CardCharge) -> GatewayWord:
        """Takes what is held, once."""
        return self._settled(charge, self._stripe.payment_intents.capture)

    def void(self, charge: CardCharge) -> GatewayWord:
        """Lets go of what is held; what was captured stays so."""
        return self._settled(charge, self._stripe.payment_intents.cancel)

    def look_up(self, charge: CardCharge) -> GatewayWord:
        """What became of it."""
        try:
            found = self._found(charge)
        except StripeError:
            return UNKNOWN
        return _word_of(found) if found else GatewayWord("absent")

    def _settled(self, charge: CardCharge, act: Callable[[str], PaymentIntent]) -> GatewayWord:
        """The word after an act that Stripe carries out once at most. Where it refuses, the charge is in
        another state than we thought, and that state is the word; or the act has to be tried again."""
        try:
            found = self._found(charge)
            if found is None:
                return GatewayWord("absent")
            if found.status != HELD:
                return _word_of(found)
            return _moved(act(found.id))
        except StripeError as error:
            if not _definite(error):
                return UNKNOWN
        word = self.look_up(charge)
        return UNKNOWN if word.state == "authorised" else word

    def _found(self, charge: CardCharge) -> PaymentIntent | None:
        """The payment intent of this charge: by its own name, once we know it, else among its customer's."""
        if charge.reference:
            return self._stripe.payment_intents.retrieve(charge.reference)
        customer, slash, _ = charge.token.partition("/")
        if not slash:
            return None
        wanted: dict[str, Any] = {"customer": customer, "limit": 100}
        if charge.asked_at:
            wanted["created"] = {"gte": int((charge.asked_at - CLOCKS_DIFFER).timestamp())}
        try:
            listed = self._stripe.payment_intents.list(wanted)  # type: ignore[arg-type]
            every = listed.auto_paging_iter()
            return next((each for each in every if _metadata(each, OURS) == str(charge.key)), None)
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None  # there is no such customer, so nobody's card was charged
            raise

    # Refunds ----------------------------------------------------------------------------------

    def refund(self, refund: CardRefund) -> RefundWord:
        """Gives back, at most once for the refund's key."""
        amount = amount_at_stripe(refund.amount, refund.charge.currency)
        if amount is None:
            return RefundWord("declined", reason=AMOUNT_REFUSED)
        try:
            charged = self._found(refund.charge)
            if charged is None or charged.status != TAKEN:
                return RefundWord("declined", reason=NOT_CAPTURED)
            return _refund_word(
                self._refund_of(charged.id, refund) or self._asked(charged.id, refund, amount)
            )
        except StripeError as error:
            return RefundWord("declined", reason=_words(error)) if _definite(error) else RefundWord("unknown")

    def _refund_of(self, intent: str, refund: CardRefund) -> Refund | None:
        """What Stripe has of it: given, or on its way; or what became of this very attempt."""
        listed = self._stripe.refunds.list({"payment_intent": intent, "limit": 100}).auto_paging_iter()
        ours = [each for each in listed if _metadata(each, OUR_REFUND) == str(refund.key)]
        going = (each for each in ours if getattr(each, "status", None) not in GONE_WRONG)
        same = (each for each in ours if _metadata(each, OUR_ATTEMPT) == str(refund.attempt))
        return next(going, None) or next(same, None)

    def _asked(self, intent: str, refund: CardRefund, amount: int) -> Refund:
        return self._stripe.refunds.create(
            {
                "payment_intent": intent,
                "amount": amount,
                "metadata": {OUR_REFUND: str(refund.key), OUR_ATTEMPT: str(refund.attempt)},
            },
            {"idempotency_key": f"{refund.key}-{refund.attempt}"},
        )

    # Storing cards ----------------------------------------------------------------------------

    def begin_setup(self, ask: SetupAsk) -> SetupBegun:
        """A setup intent of the buyer, who is made a customer if it is none yet."""
        try:
            made = self._stripe.setup_intents.create(
                {
                    "customer": ask.customer or self._customer(ask),
                    "usage": "off_session",
                    "allowed_payment_method_types": ["card"],
                    "metadata": {"placet_contract": str(ask.contract)},
                },
                {"idempotency_key": f"{ask.key}-setup"},
            )
        except StripeError as error:
            return SetupBegun("declined", reason=_words(error)) if _definite(error) else SetupBegun("unknown")
        return SetupBegun("begun", made.id, made.client_secret or "")

    def _customer(self, ask: SetupAsk) -> str:
        made = self._stripe.customers.create(
            {"name": ask.buyer, "metadata": {"placet_contract": str(ask.contract)}},
            {"idempotency_key": f"{ask.key}-customer"},
        )
        return made.id

    def look_up_setup(self, reference: str) -> SetupWord:
        """The stored card, with the month that Stripe says it is good to."""
        try:
            found = self._stripe.setup_intents.retrieve(reference, {"expand": ["payment_method"]})
        except StripeError as error:
            return SetupWord("declined", reason=_words(error)) if _definite(error) else SetupWord("unknown")
        method = found.payment_method
        if found.status != "succeeded" or not isinstance(method, PaymentMethod) or method.card is None:
            return _unfinished(found)
        expires = f"{method.card.exp_year:04d}-{method.card.exp_month:02d}"
        return SetupWord("stored", f"{found.customer}/{method.id}", expires)

    def account(self) -> AccountWord:
        """Whose the key is; also a proof that Stripe takes it."""
        try:
            return AccountWord("known", self._stripe.accounts.retrieve_current().id)
        except StripeError as error:
            if _definite(error):
                return AccountWord("declined", reason=_words(error))
            return AccountWord("unknown")

    def close(self) -> None:
        """Lets go of its connections."""
        self._http.close()  # type: ignore[no-untyped-call]


# What Stripe says, in our words ---------------------------------------------------------------

CONFLICT: Final = 409
HELD: Final = "requires_capture"
TAKEN: Final = "succeeded"
GONE_WRONG: Final = ("failed", "canceled")
UNKNOWN: Final = GatewayWord("unknown")

DEFINITE: Final = (
    stripe.CardError,
    stripe.InvalidRequestError,
    stripe.AuthenticationError,
    stripe.PermissionError,
)
"""Stripe's own no: nothing of what was asked was done. Everything else (no connection, no answer in time,
5xx, 409, too many requests) leaves it open."""


def _definite(error: StripeError) -> bool:
    return isinstance(error, DEFINITE)


def _words(error: StripeError) -> str:
    """Why not, for the card's owner and its seller; what is about keys is said without them."""
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return KEY_REFUSED
    if error.code == "authentication_required":
        return NEEDS_OWNER
    return error.user_message or UNEXPLAINED


def _word_of(intent: PaymentIntent) -> GatewayWord:
    """What the state of a payment intent means. We confirm one once and never again, so one that waits
    for another card, or for its owner, was declined."""
    match intent.status:
        case "requires_capture":
            return GatewayWord("authorised", intent.id)
        case "succeeded":
            return GatewayWord("captured", intent.id)
        case "canceled":
            return GatewayWord("voided", intent.id)
        case "requires_payment_method":
            error = intent.last_payment_error
            return GatewayWord("declined", intent.id, (error and error.message) or UNEXPLAINED)
        case "requires_action":
            return GatewayWord("declined", intent.id, NEEDS_OWNER)
        case _:  # "processing", "requires_confirmation": Stripe is still at it
            return GatewayWord("unknown", intent.id)


def _moved(intent: PaymentIntent) -> GatewayWord:
    """After a capture or a cancellation that Stripe has accepted."""
    word = _word_of(intent)
    return UNKNOWN if word.state == "authorised" else word


def _refund_word(refund: Refund) -> RefundWord:
    status = getattr(refund, "status", None)
    if status == "succeeded":
        return RefundWord("done", refund.id)
    if status in GONE_WRONG:
        return RefundWord("declined", refund.id, f"Stripe says: {getattr(refund, 'failure_reason', status)}.")
    return RefundWord("unknown", refund.id, NOT_FINISHED)


def _unfinished(setup: SetupIntent) -> SetupWord:
    error = getattr(setup, "last_setup_error", None)
    if setup.status == "canceled" or error:
        return SetupWord("declined", reason=(error and error.message) or "The setup was cancelled.")
    return SetupWord("waiting")


def _metadata(thing: PaymentIntent | Refund, name: str) -> str | None:
    held = thing.metadata
    return str(held[name]) if held and name in held else None


# Amounts --------------------------------------------------------------------------------------

WHOLE: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
"""Without decimals, here and at Stripe."""
HUNDREDFOLD: Final = frozenset(["ISK"])
"""Without decimals, which Stripe nevertheless wants as two of them, `00`."""
HUNDREDTH: Final = frozenset(["MGA"])
"""With two decimals by ISO 4217, without any at Stripe."""
THOUSANDTHS: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
"""With three decimals, the last of which must be 0 at Stripe."""


def amount_at_stripe(minor: int, currency: str) -> int | None:
    """Our minor units (ISO 4217) in Stripe's; `None` where it cannot be said. UGX is not charged: Stripe
    lists it as without decimals and asks for two of them, and we do not guess at a factor of a hundred."""
    decimals = money.exponent(currency)
    if currency in HUNDREDTH:
        return minor // 100 if minor % 100 == 0 else None
    if currency in HUNDREDFOLD:
        return minor * 100
    if currency in THOUSANDTHS:
        return minor if minor % 10 == 0 else None
    return minor if decimals == 2 or currency in WHOLE else None  # noqa: PLR2004 - the usual
