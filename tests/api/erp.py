"""What an ERP sends to the API and takes from it, in a few words."""

import csv
import io
from datetime import timedelta
from typing import Any, Final

from django.test import Client
from django.utils.timezone import now

from placet.actions.number_invoices import number_invoices
from placet.entrypoints.jobs import exchanging
from placet.storage import db
from tests.api.callers import Caller, Json, done
from tests.api.chains import Chain, chain
from tests.stories.worlds import key

CSV: Final = "text/csv"
HEADER: Final = "external_id,ref,name,kind,country,currency,payment_days"


def sent(caller: Caller, kind: str, text: str | bytes, role: str = "admin", **more: str) -> Any:  # noqa: ANN401
    """The bare answer to a file of lines; `query` is what the address asks with it."""
    client = Client(headers={"Authorization": f"Bearer {key(caller.ref, role)}"})
    body = text if isinstance(text, bytes) else text.encode()
    path = f"/api/v1/imports/{kind}{more.pop('query', '')}"
    content_type = more.pop("content_type", CSV)
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    return client.generic("POST", path, body, content_type, headers=headers)


def imported(caller: Caller, kind: str, *lines: str, query: str = "") -> Json:
    """An import that was carried out."""
    run = done(sent(caller, kind, "\n".join(lines), query=query))
    assert (run["status"], run["lines_done"]) == ("done", run["lines"]), run
    return run


def became(run: Json) -> list[str]:
    """What became of each line."""
    return [line["became"] for line in run["report"]["items"]]


def why(run: Json) -> list[tuple[str, str | None]]:
    """Code and field of what was refused."""
    return [(line["code"], line["field"]) for line in run["report"]["items"] if line["became"] == "refused"]


def exported(caller: Caller, kind: str, query: str = "", role: str = "admin") -> str:
    """All of a kind, as CSV."""
    client = Client(headers={"Authorization": f"Bearer {key(caller.ref, role)}"})
    answer: Any = client.get(f"/api/v1/exports/{kind}?format=csv{query}")
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"].startswith(CSV)
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def manual(**terms: object) -> tuple[Chain, Json]:
    """An order of two lines that its top seller executes by hand, at a vendor without a machine to ask."""
    made = chain({"credit_limit": "unlimited", **terms})
    db.fetch("UPDATE vendor SET connector = 'manual' WHERE ref = %(ref)s", {"ref": made.ref("bp-vendor")})
    lines = [{"product": made.ref("onsite"), "quantity": count} for count in (1, 2)]
    order = made.cust.post("/orders", {"lines": lines})
    assert order["status"] == "submitted"
    return made, order


def reference_of(subscription: str) -> str:
    row = db.fetch_one("SELECT vendor_reference FROM subscription WHERE id = %(id)s", {"id": subscription})
    assert row
    return str(row["vendor_reference"])


def numbered(made: Chain) -> None:
    """Every invoice has its number."""
    while number_invoices(most=100, at=now() + timedelta(minutes=1)):
        pass
    assert all(invoice["number"] for invoice in made.dist.items("/invoices"))


def exchanged() -> None:
    """What the worker does of it."""
    while exchanging.import_some(now()):
        pass
