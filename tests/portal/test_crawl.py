"""Nobody reads another link's money on any page, fragment, file or public address (R2, R31, R36, spec §13):
everybody of a chain of five walks through all that can be reached, and asks for all that others have."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

import pytest
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from placet.storage import db
from tests import databases
from tests.portal import five_lives
from tests.portal.pages import SIGNED_OUT, addresses, name_of
from tests.portal.people import reader, signed_in
from tests.portal.walking import Answer, figures, links, walk
from tests.stories import acts
from tests.stories.five import TOP, figures_of
from tests.stories.server import DIGEST, TABLES
from tests.stories.worlds import ROLES, customer, distributor, reseller, world

Read = dict[tuple[int, str], dict[str, Answer]]
"""What was answered, by place in the chain and role, by address."""

PLACES: Final = range(TOP + 1)
STRANGERS: Final = ("far", "rival", "shopper")

EVERYBODYS: Final = {"catalog-product", "product", "status", "developer-mail", "developer-mail-html"}
"""A status address opens to whoever has it (R10); what developers look at are examples."""

PASSING: Final = {"django_session", "cache_entry"}
"""Tables that a look may write to: whether one is signed in, how often one tries."""


@pytest.fixture(scope="module")
def market(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The chain, and strangers beside it."""
    with django_db_blocker.unblock():
        databases.emptied()
        five_lives.live()
        acts.load(
            world(
                distributor("far"),
                reseller("rival", "far"),
                customer("shopper", "rival"),
                prices={"far-seat": "1.00"},
            )
        )
        yield
        databases.emptied()
        connection.close()


@pytest.fixture(scope="module")
def read(market: None) -> Read:  # noqa: ARG001
    """All that anybody reads; nothing changes by it. Other roles see what the admin sees, or less of it, so
    one page of each sort is enough for them."""
    browsers = {(place, role): signed_in(f"five-{place}", role) for place, role in product(PLACES, ROLES)}
    before = contents()
    answers = {who: walk(reader(browsers[who]), enough=10 if who[1] == "admin" else 1) for who in browsers}
    guessed = things(answers)
    for place in PLACES:
        get, told = reader(browsers[place, "admin"]), answers[place, "admin"]
        told |= {path: get(path) for path in guessed if path not in told}
    assert {table for table, digest in contents().items() if before[table] != digest} == set()
    return answers


@pytest.fixture(scope="module")
def texts(read: Read) -> list[dict[str, str]]:
    """What is read at each place of the chain: role and address, and the text."""
    found: list[dict[str, str]] = [{} for _ in PLACES]
    for (place, role), told in read.items():
        found[place] |= {f"{role} {path}": figures(answer.text) for path, answer in told.items()}
    return found


def things(answers: Read) -> list[str]:
    """All addresses of things with an id that anybody came across."""
    paths = {path.partition("?")[0] for told in answers.values() for path in told}
    varying = {address.name for address in addresses() if "<" in address.route}
    return sorted(path for path in paths if name_of(path) in varying)


def contents() -> dict[str, str]:
    """A digest of each table that looking must leave alone."""
    tables = [row["relname"] for row in db.fetch(TABLES, {})]
    digests = (DIGEST.format(f"'{table}'", f'"{table}"') for table in tables if table not in PASSING)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(digests))
        return dict(cursor.fetchall())


def test_all_is_well(read: Read) -> None:
    """Whatever is linked is there, for everybody who is shown the link; and nothing breaks by a guess."""
    broken = {
        (who, path): answer.status
        for who, told in read.items()
        for path, answer in told.items()
        if answer.status not in {200, 302, 303, 403, 404}
    }
    assert broken == {}


def test_links_lead_somewhere(read: Read) -> None:
    """No page offers a link that its reader may not follow."""
    for who, told in read.items():
        offered = {found for path, answer in told.items() for found in links(answer, path)}
        dead = {path: told[path].status for path in offered & told.keys() if told[path].status >= 400}
        assert dead == {}, who


@pytest.mark.parametrize("place", PLACES)
def test_nobody_reads_another_links_money(texts: list[dict[str, str]], place: int) -> None:
    """No figure of a link that is not the viewer's, on nothing that any role there can read."""
    of_tier = {tier: figures_of(rows, tier) for tier in range(1, TOP + 1)}
    own = set().union(*(of_tier.get(tier, set()) for tier in (place, place + 1)))
    foreign = set().union(*(of_tier[tier] for tier in of_tier if tier not in {place, place + 1}))
    assert not foreign & own, "figures must say which link they are from"
    assert any(written(own).search(text) for text in texts[place].values())
    assert leaks(texts[place], written(foreign)) == {}


@pytest.mark.parametrize("place", PLACES)
def test_nobody_reads_what_others_say_among_themselves(texts: list[dict[str, str]], place: int) -> None:
    """Notes on rejections, comments on approvals, names of who decides, names of groups: whole to their
    owner, absent elsewhere."""
    others = [other for other in PLACES if other != place]
    inside = (five_lives.COMMENT, five_lives.NOTE, five_lives.REFERENCE)
    private = [words.format(other) for words in inside for other in others]
    private += [five_lives.decider(other) for other in others]
    private += [f"CR-five-{other}" for other in others] + ([] if place == TOP else ["Near", "Far"])
    assert leaks(texts[place], re.compile("|".join(rf"\b{re.escape(words)}\b" for words in private))) == {}
    if place in {1, 4}:
        own = (five_lives.COMMENT.format(place), five_lives.NOTE.format(place), five_lives.decider(place))
        assert [words for words in own if not any(words in text for text in texts[place].values())] == []


@pytest.mark.parametrize("place", PLACES)
def test_nobody_reads_who_is_above_its_own_seller(texts: list[dict[str, str]], place: int) -> None:
    above = [f"Org five-{other}" for other in range(place + 2, TOP + 1)]
    if above:
        assert leaks(texts[place], re.compile("|".join(above))) == {}


def test_strangers_find_nothing(read: Read) -> None:
    """Spec §13, R32: whoever has no part in it is told that it is not there. What products there are is
    everybody's."""
    others = [path for path in things(read) if name_of(path) not in EVERYBODYS]
    for ref in STRANGERS:
        get = reader(signed_in(ref))
        found = {path: status for path in others if (status := get(path).status) != 404}
        assert found == {}, ref


def test_the_public_find_nothing_but_the_status(read: Read) -> None:
    """R10: of all addresses that anybody came across, who is not signed in reads no figure anywhere."""
    every = set().union(*(figures_of(rows, tier) for tier in range(1, TOP + 1)))
    paths = {path for told in read.values() for path in told if name_of(path) not in SIGNED_OUT}
    get = reader(Client())
    assert leaks({path: get(path).text for path in sorted(paths)}, written(every)) == {}


def rows(statement: str, **parameters: object) -> list[db.Row]:
    """As the running server's."""
    return db.fetch(statement, parameters)


def written(amounts: set[str]) -> re.Pattern[str]:
    """These figures as people or programs write them: `1009.37`, `="100937"`."""
    plain = "|".join(re.escape(amount) for amount in sorted(amounts))
    minor = "|".join(re.escape(amount.replace(".", "")) for amount in sorted(amounts))
    return re.compile(rf"(?<![\d.])(?:{plain})(?![\d])|=\"-?(?:{minor})\"")


def leaks(texts: dict[str, str], pattern: re.Pattern[str]) -> dict[str, str]:
    """Where something is found, and what."""
    return {where: found[0] for where, text in texts.items() if (found := pattern.search(text))}
