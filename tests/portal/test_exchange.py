"""ERP exchange on pages: files out, files in after a look, and what came of them (R1, R2)."""

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from placet.entrypoints.jobs import exchanging
from placet.storage.models import ExchangeSchedule
from tests.api.chains import Chain, chain
from tests.portal.conftest import SignedIn

HEADER = "external_id,ref,name,kind,country,currency\n"


def look(browser: Client, kind: str, text: str = "", file: bytes | None = None, name: str = "f.csv") -> Any:  # noqa: ANN401
    """What a file comes to: the page that follows."""
    sent: dict[str, object] = {"kind": kind, "text": text}
    if file is not None:
        sent["file"] = SimpleUploadedFile(name, file)
    return browser.post("/settings/exchange/import", sent, follow=True)


def test_a_file_is_looked_at_and_then_applied(signed_in: SignedIn) -> None:
    """Nothing is done before somebody says so; a second press is told kindly."""
    made = chain()
    browser = signed_in(made.ref("dist"))
    text = f"{HEADER}A-1,{made.ref('acme')},Acme & Co,reseller,LV,EUR\n,,Nameless,reseller,LV,EUR\n"
    page = look(browser, "organizations", text)
    shown = page.content.decode()
    assert page.status_code == 200
    assert "What it would come to" in shown
    assert "Is missing." in shown
    made.dist.refused("GET", f"/organizations/{made.ref('acme')}", "not_found")
    apply = f"{page.redirect_chain[-1][0]}/apply"
    applied: Any = browser.post(apply, follow=True)
    assert "The import is done." in applied.content.decode()
    assert made.organization("dist", "acme")["external_id"] == "A-1"
    again: Any = browser.post(apply, follow=True)
    assert "It was applied already" in again.content.decode()
    history = browser.get("/settings/exchange").content.decode()
    assert history.count("only looked at") == 1
    report: Any = browser.get(f"{applied.redirect_chain[-1][0]}/report.csv")
    assert b"".join(report.streaming_content).decode("utf-8-sig").splitlines()[1].startswith("2,created,A-1")


def test_an_uploaded_file_of_json(signed_in: SignedIn) -> None:
    made = chain()
    browser = signed_in(made.ref("dist"), "finance")
    file = f'[{{"organization": "{made.ref("res")}", "credit_limit": 5}}]'.encode()
    assert "Changed" in look(browser, "limits", file=file, name="limits.json").content.decode()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"kind": "limits"}, "Choose a file first, or paste its lines."),
        ({"kind": "limits", "text": "name\nx"}, "the header names none of the columns"),
        ({"kind": "limits", "text": 'organization\n"x'}, "is not CSV"),
        ({"kind": "nothing", "text": "organization\nx"}, "Select a valid choice"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(signed_in: SignedIn, sent: dict[str, str], words: str) -> None:
    browser = signed_in(chain().ref("dist"))
    page = browser.post("/settings/exchange/import", sent)
    shown = page.content.decode()
    assert page.status_code == 422
    assert words in shown
    if "text" in sent:
        assert sent["text"].splitlines()[0] in shown


def test_a_longer_file_goes_on_by_itself(signed_in: SignedIn) -> None:
    made = chain()
    browser = signed_in(made.ref("dist"))
    text = "organization,credit_limit\n" + "".join(f"no-{n},1\n" for n in range(201))
    page = look(browser, "limits", text)
    assert "0 of 201 lines" in page.content.decode()
    assert "The lines stand here when it is done" in page.content.decode()
    while exchanging.import_some(now()):
        pass
    address = page.redirect_chain[-1][0]
    answer = browser.get(address, headers={"HX-Request": "true", "HX-Target": "exchange-state"})
    assert answer.headers["HX-Refresh"] == "true"
    part = answer.content.decode()
    assert "every 2s" not in part
    assert "<h1" not in part
    refused = browser.get(f"{address}?became=refused").content.decode()
    assert "There is no such organization." in refused


def test_what_each_role_is_offered(signed_in: SignedIn) -> None:
    """Finance may import limits, not organizations; a customer exports alone; schedules are an admin's."""
    made = chain()
    shown = {
        (ref, role): signed_in(made.ref(ref), role).get("/settings/exchange").content.decode()
        for ref, role in (("dist", "admin"), ("dist", "finance"), ("dist", "viewer"), ("cust", "admin"))
    }
    taking, planning = 'action="/settings/exchange/import"', 'id="new-schedule"'
    assert [taking in shown[who] for who in shown] == [True, True, False, False]
    assert [planning in shown[who] for who in shown] == [True, False, False, True]
    assert 'value="organizations"' not in shown["dist", "finance"].partition(planning)[0]
    forbidden = signed_in(made.ref("dist"), "finance").post(
        "/settings/exchange/import", {"kind": "organizations", "text": f"{HEADER}A,b,c,reseller,LV,EUR"}
    )
    assert forbidden.status_code == 403


def test_files_out(signed_in: SignedIn) -> None:
    """What changed since a day; a day that is none, and a kind that is none."""
    made = chain()
    made.ordered()
    browser = signed_in(made.ref("dist"), "viewer")

    def lines(address: str) -> list[str]:
        answer: Any = browser.get(address)
        assert answer.status_code == 200, address
        return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    assert len(lines("/settings/exchange/export/orders")) == 2
    assert len(lines("/settings/exchange/export/orders?since=2199-01-01")) == 1
    assert len(lines("/settings/exchange/export/orders?since=junk")) == 2
    assert lines("/settings/exchange/export/limits?format=json")[0].startswith('{"items":[{')
    assert browser.get("/settings/exchange/export/nothing").status_code == 404
    page = browser.get("/settings/exchange?since=2026-11-01").content.decode()
    assert "/settings/exchange/export/orders?format=csv&amp;since=2026-11-01" in page
    assert "/settings/exchange/export/organizations?format=csv&amp;since" not in page
    assert browser.get("/settings/exchange?since=junk").status_code == 200


PLAN = {
    "way": "export",
    "kind": "orders",
    "format": "csv",
    "when": "daily 6",
    "authorization": "Bearer s3cret",
}


def test_a_regular_exchange(signed_in: SignedIn) -> None:
    """Set up, paused, going on, done now, removed; what it signs in with is sealed and never shown."""
    made = chain()
    browser = signed_in(made.ref("dist"))
    bad: Any = browser.post("/settings/exchange/schedules/new", PLAN | {"url": "http://10.0.0.1/x"})
    assert bad.status_code == 422
    assert "It must be a public address that begins with https://." in bad.content.decode()
    assert "open-now" in bad.content.decode()
    good: Any = browser.post(
        "/settings/exchange/schedules/new", PLAN | {"url": "https://erp.example/{time}.csv"}, follow=True
    )
    assert "The exchange is set up." in good.content.decode()
    assert "https://erp.example/{time}.csv" in good.content.decode()
    assert "s3cret" not in good.content.decode()
    id_ = own(made).id
    assert "s3cret" not in own(made).sealed
    for act, status, due in (("pause", "paused", False), ("resume", "active", True), ("run", "active", True)):
        assert browser.post(f"/settings/exchange/schedules/{id_}/{act}").status_code == 303
        assert (own(made).status, own(made).due_at is not None) == (status, due)
    stranger = signed_in(made.ref("far"))
    assert stranger.post(f"/settings/exchange/schedules/{id_}/remove").status_code == 404
    assert browser.post(f"/settings/exchange/schedules/{id_}/remove").status_code == 303
    assert not ExchangeSchedule.objects.filter(id=id_).exists()


def own(made: Chain) -> ExchangeSchedule:
    organization = UUID(made.dist.get("/me")["organization"]["id"])
    return ExchangeSchedule.objects.get(organization_id=organization)
