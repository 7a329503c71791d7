"""No mail says more than its reader may know: all mails of a chain of five (R2, R31, spec §13)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from placet.domain.words import Role
from placet.entrypoints.jobs import composing
from placet.storage import models
from tests import databases
from tests.portal import five_lives
from tests.portal.test_crawl import leaks, rows, written
from tests.portal.walking import figures
from tests.stories.five import TOP, figures_of


@pytest.fixture(scope="module")
def five(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[dict[str, str]]]:  # noqa: ARG001
    """All mails of a chain of five, by place: which, and all that it says."""
    with django_db_blocker.unblock():
        databases.emptied()
        five_lives.live()
        for place in range(TOP + 1):
            organization = models.Organization.objects.get(ref=f"five-{place}")
            for role in Role:
                email, name = f"{role}@five-{place}.example", f"{role} of five-{place}"
                user = models.User.objects.create(id=uuid4(), email=email, name=name)
                models.Membership.objects.create(user=user, organization=organization, role=role)
        while composing.compose(datetime.now(UTC)):
            pass
        found: list[dict[str, str]] = [{} for _ in range(TOP + 1)]
        for mail in models.Mail.objects.select_related("organization"):
            place = int(mail.organization.ref.removeprefix("five-"))  # type: ignore[union-attr]
            said = f"{mail.subject} {mail.text} {re.sub('<style.*?</style>', '', mail.html, flags=re.DOTALL)}"
            found[place][f"{mail.kind} {mail.to} {mail.pk}"] = figures(said)
        yield found
        databases.emptied()
        connection.close()


def test_everybody_of_the_chain_is_written_to(five: list[dict[str, str]]) -> None:
    kinds = {name.partition(" ")[0] for told in five for name in told}
    assert kinds >= {
        "order_received",
        "order_confirmation",
        "approval_requested",
        "order_rejected",
        "insufficient_credit",
        "order_executed",
        "provisioning_failed",
    }
    assert all(five)


@pytest.mark.parametrize("place", range(TOP + 1))
def test_no_mail_has_another_links_money(five: list[dict[str, str]], place: int) -> None:
    """R2: no figure of a link that is not its reader's."""
    of_tier = {tier: figures_of(rows, tier) for tier in range(1, TOP + 1)}
    foreign = set().union(*(of_tier[tier] for tier in of_tier if tier not in {place, place + 1}))
    own = set().union(*(of_tier.get(tier, set()) for tier in (place, place + 1)))
    assert any(written(own).search(said) for said in five[place].values())
    assert leaks(five[place], written(foreign)) == {}


@pytest.mark.parametrize("place", range(TOP + 1))
def test_no_mail_has_what_others_say_among_themselves(five: list[dict[str, str]], place: int) -> None:
    """R31, spec §13: notes, comments, names of people and groups; who stands further than one's neighbour."""
    others = [other for other in range(TOP + 1) if other != place]
    private = [words.format(other) for words in (five_lives.COMMENT, five_lives.NOTE) for other in others]
    private += [five_lives.decider(other) for other in others] + [f"CR-five-{other}" for other in others]
    private += [f"{role} of five-{other}" for role in Role for other in others]
    distant = [other for other in others if abs(other - place) > 1 and other != 0]
    private += [f"Org five-{other}" for other in distant]
    private += [] if place == TOP else ["Out of keys at the vendor."]
    assert leaks(five[place], re.compile("|".join(rf"\b{re.escape(words)}" for words in private))) == {}
