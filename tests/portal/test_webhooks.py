"""Settings: webhook endpoints and what was sent to them (R91)."""

import re
from uuid import UUID

import pytest
from django.utils.timezone import now

from placet.domain.words import Role
from placet.storage import db, models, sealing
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.test_api_keys import shown
from tests.portal.visitors import Visitor, person, text

pytestmark = pytest.mark.usefixtures("committed", "outbox")

HOOKS = "/settings/webhooks"
URL = "https://erp.example/hook"
NEW: dict[str, object] = {"url": URL, "events": ["order.placed", "order.executed"]}


@pytest.fixture
def here() -> Chain:
    return chain()


@pytest.fixture
def visitor(here: Chain) -> Visitor:
    """The reseller's admin."""
    made = Visitor()
    made.sign_in(person(here.ref("res")).email)
    return made


def added(here: Chain, visitor: Visitor) -> UUID:
    assert visitor.post(f"{HOOKS}/new", NEW, of=HOOKS).status_code == 303
    found: UUID = models.WebhookEndpoint.objects.get(owner__ref=here.ref("res")).pk
    return found


def answered(endpoint: UUID, status_code: int | None, answer: str) -> None:
    """What its receiver said of what was sent there, the last time that it was tried."""
    sent = models.Delivery.objects.filter(endpoint_id=endpoint)
    for delivery in sent:
        models.DeliveryAttempt.objects.create(
            id=db.new_id(),
            delivery=delivery,
            at=now(),
            milliseconds=7,
            status_code=status_code,
            answer=answer,
        )
    sent.update(status="failed", due_at=None)


def test_an_endpoints_secret_is_shown_once(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    secret = shown(visitor.get(HOOKS).content.decode())
    assert secret == sealing.opened(models.WebhookSecret.objects.get(endpoint=endpoint).sealed)
    assert secret
    assert secret.startswith("whsec_")
    assert shown(visitor.get(HOOKS).content.decode()) is None
    assert secret not in visitor.get(f"{HOOKS}/{endpoint}").content.decode()
    assert URL in text(visitor.get(HOOKS))
    assert "2 events" in text(visitor.get(HOOKS))


WRONG = """
url                            ->  says
http://erp.example/hook            public address
https://127.0.0.1/hook             public address
https://localhost/hook             public address
ftp://erp.example                  begin with https
nonsense                           begin with https
-                                  required
"""


@cases(WRONG)
def test_an_address_that_cannot_be_is_refused_beside_its_field(
    here: Chain, visitor: Visitor, url: str, says: str
) -> None:
    answer = visitor.post(f"{HOOKS}/new", NEW | {"url": url}, of=HOOKS)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert 'value="order.placed" checked' in re.sub(r' (id|class|aria-\w+)="[^"]*"', "", page)
    assert not models.WebhookEndpoint.objects.filter(owner__ref=here.ref("res")).exists()


def test_without_an_event_there_is_nothing_to_tell(visitor: Visitor) -> None:
    answer = visitor.post(f"{HOOKS}/new", {"url": URL}, of=HOOKS)
    assert "Choose at least one" in text(answer)


def test_it_is_changed_paused_and_removed(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    page, row = f"{HOOKS}/{endpoint}", models.WebhookEndpoint.objects.filter(pk=endpoint)
    changed = {"url": "https://new.example/x", "events": ["invoice.created"]}
    assert visitor.post(f"{page}/change", changed, of=page).status_code == 303
    assert (row.get().url, row.get().events) == ("https://new.example/x", ["invoice.created"])
    for act, status in (("pause", "paused"), ("resume", "active"), ("remove", "removed")):
        assert visitor.post(f"{page}/{act}", of=page).status_code == 303
        assert row.get().status == status
    assert visitor.get(page).status_code == 404


def test_deliveries_are_read_with_every_answer_and_sent_again(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    here.ordered()
    page = f"{HOOKS}/{endpoint}"
    assert "Waiting" in text(visitor.get(page))
    answered(endpoint, 500, "<b>broken</b>")
    told = visitor.get(page)
    assert "Given up" in text(told)
    assert "500" in text(told)
    assert "&lt;b&gt;broken&lt;/b&gt;" in told.content.decode(), "what a stranger answered is text"
    assert "order.placed" in text(visitor.get(f"{page}?status=failed"))
    assert "Nothing was sent" in text(visitor.get(f"{page}?status=delivered"))
    sent = models.Delivery.objects.get(endpoint_id=endpoint)
    again = f"{page}/deliveries/{sent.pk}/replay"
    assert visitor.post(again, of=page).status_code == 303
    sent.refresh_from_db()
    assert (sent.status, sent.due_at is not None) == ("pending", True)
    visitor.post(f"{page}/pause", of=page)
    visitor.post(again, of=page)
    assert "The endpoint is not active" in text(visitor.get(page))


def test_a_secret_is_changed_at_leisure_or_at_once(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    page, secrets = f"{HOOKS}/{endpoint}", models.WebhookSecret.objects.filter(endpoint=endpoint)
    first = shown(visitor.get(HOOKS).content.decode())
    for hours, in_force in (("24", 2), ("0", 1)):
        assert visitor.post(f"{page}/rotate", {"keep_hours": hours}, of=page).status_code == 303
        fresh = shown(visitor.get(page).content.decode())
        assert fresh not in {first, None}
        assert fresh == sealing.opened(secrets.get(ends_at=None).sealed)
        signing = [each for each in secrets.all() if each.ends_at is None or each.ends_at > now()]
        assert len(signing) == in_force, hours
        assert shown(visitor.get(page).content.decode()) is None


def test_a_test_is_sent(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    page = f"{HOOKS}/{endpoint}"
    assert visitor.post(f"{page}/ping", of=page).status_code == 303
    assert "ping" in text(visitor.get(page))
    assert 'value="ping"' not in visitor.get(HOOKS).content.decode(), "nobody subscribes to it"


def test_others_look_and_only_admins_act(here: Chain, visitor: Visitor, signed_in: SignedIn) -> None:
    """As in the API."""
    endpoint = added(here, visitor)
    for role in Role:
        if role is Role.ADMIN:
            continue
        browser = signed_in(here.ref("res"), role)
        page = browser.get(f"{HOOKS}/{endpoint}")
        assert page.status_code == 200, role
        assert "/remove" not in page.content.decode()
        assert "Add endpoint" not in browser.get(HOOKS).content.decode()
        for act in (
            "new",
            *(f"{endpoint}/{each}" for each in ("change", "pause", "rotate", "ping", "remove")),
        ):
            assert browser.post(f"{HOOKS}/{act}", NEW).status_code == 403, (role, act)
    assert models.WebhookEndpoint.objects.get(pk=endpoint).status == "active"


def test_a_strangers_endpoint_is_not_there(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    stranger = Visitor()
    stranger.sign_in(person(here.ref("rival")).email)
    assert stranger.get(f"{HOOKS}/{endpoint}").status_code == 404
    for act in ("change", "pause", "resume", "rotate", "ping", "remove"):
        said = NEW | {"keep_hours": "0"}
        assert stranger.post(f"{HOOKS}/{endpoint}/{act}", said, of=HOOKS).status_code == 404
    assert URL not in text(stranger.get(HOOKS))


def test_an_address_of_no_page_shows_the_first(here: Chain, visitor: Visitor) -> None:
    endpoint = added(here, visitor)
    for cursor in ("nonsense", "W10", "WyJ4IiwieSJd"):
        assert visitor.get(f"{HOOKS}/{endpoint}?cursor={cursor}").status_code == 200
        assert visitor.get(f"{HOOKS}?cursor={cursor}").status_code == 200
