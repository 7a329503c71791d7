"""What tests of gateways stand on."""

from collections.abc import Iterator

import pytest

from tests.doubles import Stripe, stripe_double


@pytest.fixture(scope="session")
def stripes() -> Iterator[Stripe]:
    """The double of Stripe, once for all tests."""
    with stripe_double() as double:
        yield double


@pytest.fixture
def double(stripes: Stripe) -> Iterator[Stripe]:
    """The same, in working order."""
    yield stripes
    stripes.quiet()
