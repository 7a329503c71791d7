"""What is around every page."""

from tests.api.chains import chain
from tests.portal.conftest import SignedIn


def test_everybody_comes_in(signed_in: SignedIn) -> None:
    """By kind: a customer begins at the catalog, everybody else at the dashboard."""
    here = chain()
    for name, first in (("cust", "/catalog"), ("res", "/dashboard"), ("dist", "/dashboard")):
        for role in ("admin", "viewer"):
            browser = signed_in(here.ref(name), role)
            assert browser.get("/").headers["Location"] == first
            page = browser.get(first)
            assert page.status_code == 200
            assert f"Org {here.ref(name)}" in page.content.decode()
