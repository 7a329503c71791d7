"""A market whose mails a real SMTP server gets, and how to read them."""

import html
import re
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from placet.domain.order import Order
from placet.entrypoints.jobs import composing
from placet.entrypoints.jobs.mailing import Mailer
from placet.gateways.mail import sender
from tests.gateways.offices import Office
from tests.stories import acts
from tests.stories.acts import NOW
from tests.stories.worlds import Json, card, customer, distributor, product, reseller, world

FROM = "Placet <placet@placet.example>"


def desk(ref: str, *roles: str, language: str = "en") -> Json:
    """People in these roles, and a contact for everything."""
    users = [{"email": f"{role}@{ref}.example", "name": f"{role} of {ref}", "role": role} for role in roles]
    contact = {"name": f"Desk of {ref}", "email": f"desk@{ref}.example", "roles": ["primary", "bill_to"]}
    zone = "Europe/Berlin" if language == "de" else "UTC"
    return {"users": users, "contacts": [contact], "language": language, "time_zone": zone}


def open_market() -> None:
    """Two customers of a reseller, one of which is German; one of another that pays by card."""
    acts.load(
        world(
            distributor(
                "dist", multi_tier_approval=True, card_gateway={"gateway": "sandbox"}, **desk("dist", "admin")
            ),
            reseller("res", "dist", {"credit_limit": "1000.00"}, **desk("res", "admin", "finance")),
            customer("cust", "res", {"order_approval": True, "tax_rate": "21"}, **desk("cust")),
            customer("deutsch", "res", {"order_approval": True}, **desk("deutsch", language="de")),
            reseller("payer", "dist", card("tok_ok"), **desk("payer", "approver")),
            customer("buys", "payer", **desk("buys")),
            prices={"bp": "100.00", "onsite": "100.00"},
            products=[product("onsite", "manual")],
        )
    )


class Post:
    """What the worker does about mails, at any time."""

    def __init__(self, office: Office, url: str) -> None:
        self.office, self.mailer = office, Mailer(sender(url, Path("/nowhere"), FROM))

    def sent(self, at: datetime = NOW) -> list[EmailMessage]:
        """Whatever arrives when everything that is due is done."""
        before = len(self.office.got)
        while composing.compose(at) + self.mailer.mail(at):
            pass
        return self.office.got[before:]


def by_subject(mails: list[EmailMessage], words: str, to: str) -> tuple[EmailMessage, str, str]:
    """The one mail to that address with this in its subject: its text and its HTML, as one reads them."""
    [mail] = [mail for mail in mails if words in plain(mail["Subject"]) and mail["To"] == to]
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    assert all(parts)
    said, page = (str(part.get_content()) for part in parts if part)
    return (
        mail,
        plain(said),
        plain(html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))),
    )


def plain(said: str) -> str:
    return re.sub(r"\s+", " ", said.replace("\N{NO-BREAK SPACE}", " "))


def ordered(by: str = "cust", lines: str = "2 bp") -> Order:
    return acts.place(acts.actor(by), lines)
