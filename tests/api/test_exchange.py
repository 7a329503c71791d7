"""Lines of an ERP's files: what each asks for is done once, and what cannot be is said (R1, R45, R61)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from pydantic_core import from_json

from placet.storage.models import Organization, Payment
from tests.api.callers import Json
from tests.api.chains import chain
from tests.api.erp import HEADER, became, imported, manual, numbered, reference_of, sent, why
from tests.api.worker import provision

pytestmark = pytest.mark.usefixtures("committed")


# Organizations --------------------------------------------------------------------------------


def test_new_ones_are_made_and_the_same_file_again_changes_nothing() -> None:
    made = chain()
    lines = [HEADER, f"A-1,{made.ref('acme')},Acme,reseller,LV,EUR,14", "A-2,,Beta & Söhne,reseller,DE,EUR,"]
    assert became(imported(made.dist, "organizations", *lines)) == ["created", "created"]
    assert became(imported(made.dist, "organizations", *lines)) == ["unchanged", "unchanged"]
    acme = made.organization("dist", "acme")
    assert (acme["external_id"], acme["name"], acme["contract"]["payment_days"]) == ("A-1", "Acme", 14)
    beta = made.dist.get(f"/organizations/{made.ref('dist')}-A-2")
    assert (beta["external_id"], beta["name"], beta["country"]) == ("A-2", "Beta & Söhne", "DE")


def test_what_a_file_says_otherwise_is_changed() -> None:
    """By its number or by its ref; an empty cell says nothing."""
    made = chain()
    imported(made.dist, "organizations", HEADER, f"A-1,{made.ref('acme')},Acme,reseller,LV,EUR,")
    run = imported(
        made.dist,
        "organizations",
        "external_id,ref,status,payment_method,order_approval,price_list",
        f"A-1,,suspended,deposit,true,{made.ref('dist-list')}",
        f"R-9,{made.ref('res')},,,,",
    )
    assert became(run) == ["updated", "updated"]
    acme = made.organization("dist", "acme")
    assert (acme["status"], acme["contract"]["payment_method"]) == ("suspended", "deposit")
    assert acme["contract"]["price_list"]["ref"] == made.ref("dist-list")
    assert acme["order_approval"]["stored"] is True
    assert made.organization("dist", "res")["external_id"] == "R-9"


def test_what_an_organization_says_of_itself_is_its_own() -> None:
    """Its name is taken when it is made, and then left as it is; the report says so."""
    made = chain()
    imported(made.dist, "organizations", HEADER, f"A-1,{made.ref('acme')},Acme,reseller,LV,EUR,")
    run = imported(made.dist, "organizations", HEADER, f"A-1,{made.ref('acme')},Acme Ltd,reseller,EE,EUR,")
    (line,) = run["report"]["items"]
    assert (line["became"], line["code"]) == ("unchanged", None)
    assert line["words"] == "Left as it is, the organization's own: name, country."


REFUSED = """
external_id ref      name  kind      currency payment_method -> code            field
A-1         -        Acme  reseller  EUR      -                 invalid         external_id
X-1         -        -     reseller  EUR      -                 invalid         name
X-1         -        Acme  partner   EUR      -                 invalid         kind
X-1         -        Acme  reseller  EURO     -                 invalid         currency
X-1         far      Acme  reseller  EUR      -                 invalid         ref
X-1         -        Acme  reseller  EUR      credit_card       no_active_token -
-           res      -     customer  -        -                 invalid         kind
-           res      -     -         USD      -                 invalid         currency
A-1         res      -     -         -        -                 invalid         external_id
-           cust     -     -         -        deposit           forbidden       -
"""


@pytest.mark.parametrize("case", REFUSED.strip().splitlines()[1:])
def test_a_line_that_is_refused_says_why_and_stops_no_other(case: str) -> None:
    """`external_id` is unique per owner: 422 of the API, a refused line here (spec §1)."""
    made = chain()
    number, ref, name, kind, currency, method, code, field = (
        "" if cell == "-" else cell for cell in case.split()
    )
    imported(
        made.dist,
        "organizations",
        "external_id,ref,name,kind,currency",
        f"A-1,{made.ref('a')},A,reseller,EUR",
    )
    if (number, ref) == ("A-1", ""):
        ref = "other"  # the number of one organization, the ref of a new one
    line = [number, made.ref(ref) if ref else "", name, kind, currency, method]
    run = imported(
        made.dist,
        "organizations",
        "external_id,ref,name,kind,currency,payment_method",
        ",".join(line),
        f"Z-1,{made.ref('z')},Z,reseller,EUR,",
    )
    assert became(run) == ["refused", "created"]
    assert why(run) in ([(code, field or None)], [(code, "ref")])


def test_two_who_bring_the_same_one_make_one() -> None:
    """Real threads, at the same instant, again and again: created once, unchanged for the other."""
    made = chain()
    start = Barrier(2, timeout=30)

    def bring(number: int) -> str:
        start.wait()
        try:
            line = f"N-{number},{made.ref(f'n{number}')},New,reseller,LV,EUR,"
            return became(imported(made.dist, "organizations", HEADER, line))[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for number in range(8):
            assert sorted(pool.map(bring, [number] * 2)) == ["created", "unchanged"]
    assert Organization.objects.filter(ref__startswith=made.ref("n")).count() == 8


def test_two_who_want_the_same_number_for_two() -> None:
    """`external_id` is unique per owner: one has it, the other is told."""
    made = chain()
    lines = [f"X,{made.ref(name)},New,reseller,LV,EUR," for name in ("one", "two")]
    start = Barrier(2, timeout=30)

    def bring(line: str) -> str:
        start.wait()
        try:
            return became(imported(made.dist, "organizations", HEADER, line))[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(bring, lines)) == ["created", "refused"]


# Limits ---------------------------------------------------------------------------------------


def test_limits() -> None:
    """R61: an amount, `unlimited`, or what the group grants."""
    made = chain()
    run = imported(
        made.dist, "limits", "organization,credit_limit,reason", f"{made.ref('res')},2500,Rating A"
    )
    assert became(run) == ["updated"]
    path = made.contract("res")
    (change,) = made.dist.items(f"{path}/limits")
    assert (change["limit"]["amount"], change["reason"]) == ("2500.00", "Rating A")
    for word, limit in (("2500.00", "2500.00"), ("unlimited", None), ("default", "0.00")):
        imported(made.dist, "limits", "organization,credit_limit", f"{made.ref('res')},{word}")
        account = made.dist.get(path)["credit_account"]["limit"]
        assert (account if account == "unlimited" else account["amount"]) == (limit or "unlimited")
        again = imported(made.dist, "limits", "organization,credit_limit", f"{made.ref('res')},{word}")
        assert became(again) == ["unchanged"]


LIMITS = """
organization credit_limit currency -> code                  field
res          1,5          EUR         invalid               line
res          -5           EUR         invalid               credit_limit
res          5            USD         invalid               currency
res          -            EUR         invalid               credit_limit
cust         5            EUR         forbidden             -
far          5            EUR         unknown_organization  -
dist         5            EUR         forbidden             -
"""


@pytest.mark.parametrize("case", LIMITS.strip().splitlines()[2:])
def test_limits_that_are_refused(case: str) -> None:
    made = chain()
    name, limit, currency, code, field = case.split()
    cells = [made.ref(name), "" if limit == "-" else limit, currency]
    run = imported(made.dist, "limits", "organization,credit_limit,currency", ",".join(cells))
    assert why(run) == [(code, None if field == "-" else field)]


def test_a_limit_that_is_none_is_told_in_the_words_of_files() -> None:
    made = chain()
    run = imported(made.dist, "limits", "organization,credit_limit", f"{made.ref('res')},null")
    (line,) = run["report"]["items"]
    assert line["words"].startswith("Must be an amount, “unlimited” or “default” (")


# Payments -------------------------------------------------------------------------------------


def test_a_payment_is_booked_once_for_its_reference() -> None:
    made = chain({"opening_balance": "95.00"})
    lines = ["reference,organization,amount,note", f"P-1,{made.ref('res')},10.50,wire"]
    assert became(imported(made.dist, "payments", *lines)) == ["created"]
    assert became(imported(made.dist, "payments", *lines)) == ["unchanged"]
    assert made.dist.items("/credit-accounts")[0]["balance"]["amount"] == "84.50"
    (paid,) = made.dist.items("/payments")
    assert (paid["reference"], paid["note"]) == ("P-1", "wire")
    (seen,) = made.res.items("/payments")
    assert "reference" not in seen
    other = imported(made.dist, "payments", lines[0], f"P-1,{made.ref('res')},11.00,")
    assert why(other) == [("reference_taken", None)]


def test_a_reference_of_the_api_counts_too() -> None:
    """`POST /payments` and the import know each other's references."""
    made = chain({"opening_balance": "95.00"})
    contract = made.organization("res", "res")["contract"]["id"]
    body = {"contract": contract, "amount": "5.00", "reference": "P-7"}
    first, again = made.dist.post("/payments", body), made.dist.post("/payments", body)
    assert first["id"] == again["id"]
    run = imported(made.dist, "payments", "reference,organization,amount", f"P-7,{made.ref('res')},5")
    assert became(run) == ["unchanged"]
    made.dist.refused("POST", "/payments", "reference_taken", body | {"amount": "6.00"})


def test_two_who_book_the_same_reference_book_it_once() -> None:
    made = chain({"opening_balance": "95.00"})
    start = Barrier(2, timeout=30)

    def bring(number: int) -> str:
        start.wait()
        try:
            line = f"R-{number},{made.ref('res')},1.00"
            return became(imported(made.dist, "payments", "reference,organization,amount", line))[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for number in range(8):
            assert sorted(pool.map(bring, [number] * 2)) == ["created", "unchanged"]
    assert (
        Payment.objects.filter(
            reference__startswith="R-", seller_id=made.dist.get("/me")["organization"]["id"]
        ).count()
        == 8
    )


# Invoices and orders --------------------------------------------------------------------------


def test_an_erp_says_what_was_delivered() -> None:
    """R45: through the same act as by hand, with the vendor's reference; again changes nothing."""
    made, order = manual()
    first, second = (line["id"] for line in order["lines"])
    lines = ["order,line,delivery_status,vendor_reference", f"{order['id']},{first},delivered,V-1"]
    long = f"{order['id']},{first},delivered,{'V' * 201}"
    assert why(imported(made.dist, "orders", lines[0], long)) == [("invalid", "vendor_reference")]
    assert became(imported(made.dist, "orders", *lines)) == ["updated"]
    assert became(imported(made.dist, "orders", *lines)) == ["unchanged"]
    after = made.dist.get(f"/orders/{order['id']}")
    assert [line["delivery_status"] for line in after["lines"]] == ["delivered", "waiting"]
    assert reference_of(after["lines"][0]["subscription"]) == "V-1"
    rest = ["order,delivery_status", f"{order['id']},delivered"]
    assert became(imported(made.dist, "orders", *rest)) == ["updated"]
    assert became(imported(made.dist, "orders", *rest)) == ["unchanged"]  # under way
    provision()
    assert made.dist.get(f"/orders/{order['id']}")["status"] == "executed"
    run = imported(made.dist, "orders", lines[0], f"{order['id']},{second},delivered,V-2")
    assert became(run) == ["updated"]  # its reference, afterwards
    assert reference_of(made.dist.get(f"/orders/{order['id']}")["lines"][1]["subscription"]) == "V-2"


def test_orders_that_are_not_the_callers_to_execute() -> None:
    made, order = manual()
    line = ["order,delivery_status", f"{order['id']},delivered"]
    assert why(imported(made.res, "orders", *line)) == [("forbidden", None)]
    assert why(imported(made.far, "orders", *line)) == [("not_found", None)]
    assert sent(made.cust, "orders", "\n".join(line)).status_code == 403
    wrong = [f"{order['id']},cancelled"]
    assert why(imported(made.dist, "orders", line[0], *wrong)) == [("invalid", "delivery_status")]


def test_invoices_get_the_numbers_of_the_erp() -> None:
    made = chain({"credit_limit": "unlimited"})
    made.ordered()
    made.ordered()
    provision()
    numbered(made)
    one, two = (invoice["number"] for invoice in made.dist.items("/invoices"))
    lines = ["number,external_number", f"{one},RE-1"]
    assert became(imported(made.dist, "invoices", *lines)) == ["updated"]
    assert became(imported(made.dist, "invoices", *lines)) == ["unchanged"]
    assert why(imported(made.dist, "invoices", lines[0], f"{two},RE-1")) == [("invalid", "external_number")]
    assert made.res.items("/invoices?limit=200")[-1].keys() >= {"external_number"}
    assert {i["external_number"] for i in made.dist.items("/invoices")} == {"RE-1", None}
    bought = next(i for i in made.res.items("/invoices") if i["seller"]["ref"] == made.ref("dist"))
    run = imported(made.res, "invoices", "id,external_number", f"{bought['id']},MINE")
    assert why(run) == [("forbidden", None)]


def test_a_number_is_one_buyers_by_the_api_too() -> None:
    """`PATCH` for two at the same instant: one has it, the other is told which member is wrong (422)."""
    made = chain()
    imported(made.dist, "organizations", HEADER, f"A-1,{made.ref('one')},One,reseller,LV,EUR,")
    start = Barrier(2, timeout=30)

    def patch(name: str) -> tuple[int, Json]:
        start.wait()
        try:
            path = f"/organizations/{made.ref(name)}"
            answer = made.dist.call("PATCH", path, {"external_id": "SAME"})
            return answer.status_code, from_json(answer.content)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        (good, _), (bad, problem) = sorted(pool.map(patch, ["one", "res"]), key=lambda each: each[0])
    assert (good, bad, problem["code"]) == (200, 422, "invalid")
    assert set(problem["errors"]) == {"external_id"}
