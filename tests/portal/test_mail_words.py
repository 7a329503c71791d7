"""What mails say as text they say as HTML, in each language, whatever they are about; and without pictures,
scripts or anybody else's server (R93)."""

import html
import re
from dataclasses import replace

import pytest

from placet.domain.money import Money
from placet.domain.order import Order
from placet.entrypoints.portal.mails.examples import AT, examples
from placet.entrypoints.portal.mails.letters import MOST_ITEMS, letter
from placet.entrypoints.portal.mails.preview import OTHERS, made

NAMES = [*examples(), "digest", *OTHERS]


def words(page: str) -> str:
    """What one reads of it."""
    page = re.sub(r"<style.*?</style>|<title>.*?</title>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(page))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", NAMES)
def test_text_and_html_say_the_same(name: str, language: str) -> None:
    told = made(name, language)
    page, links = words(told.html), re.findall(r'href="([^"]+)"', told.html)
    for line in filter(None, re.split(r"\n|, |: |> |^- ", told.text, flags=re.MULTILINE)):
        said = re.sub(r"\s+", " ", line).strip(" -:")
        assert said in page or line.strip() in map(html.unescape, links), said
    assert told.subject


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_needs_nobody_else(name: str) -> None:
    """No picture that says when it was read, no script, no style from elsewhere."""
    page = made(name, "en").html
    assert not re.search(r"<(img|script|link|iframe|object|form)\b|\bsrc=|url\(|@import", page)
    assert '<meta name="color-scheme" content="light dark">' in page


def test_what_people_write_is_text() -> None:
    """Names and reasons are no markup, in HTML; and nothing is escaped in text."""
    each = examples()["order-rejected-customer"]
    order = each.notice.order
    assert isinstance(order, Order)
    assert order.rejection
    said = replace(order, rejection=replace(order.rejection, reason='<b>"No" & never</b>'))
    told = letter(replace(each.notice, order=said), each.message, AT)
    assert '> <b>"No" & never</b>' in told.text
    assert "<b>" not in told.html
    assert "&lt;b&gt;&quot;No&quot; &amp; never&lt;/b&gt;" in told.html


def test_a_long_order_is_not_told_whole() -> None:
    """Mail programs cut off what is long; the page has it all."""
    each = examples()["order-received-customer"]
    order = each.notice.order
    assert order
    told = letter(replace(each.notice, order=replace(order, lines=order.lines * 60)), each.message, AT)
    assert told.text.count("Office Suite") + told.text.count("Device Security") == MOST_ITEMS
    assert f"and {120 - MOST_ITEMS} more items" in told.text
    assert f"and {120 - MOST_ITEMS} more items" in told.html
    assert len(told.html) < 100_000


def test_amounts_are_those_of_the_readers_links() -> None:
    """R2, by hand once: what the reseller asks is no business of the distributor's."""
    asked = {to: made(f"approval-requested-{to}", "en").text for to in ("reseller", "distributor")}
    sold, bought = Money(57_934, "EUR").as_json()["amount"], Money(48_206, "EUR").as_json()["amount"]
    assert sold in asked["reseller"]
    assert bought in asked["distributor"]
    assert sold not in asked["distributor"]


@pytest.mark.parametrize("name", [name for name in NAMES if "credit" in name])
def test_german_says_once_by_how_much_credit_is_short(name: str) -> None:
    for sentence in made(name, "de").text.replace("\xa0", " ").split("\n"):
        assert sentence.count("fehl") <= 1, sentence
