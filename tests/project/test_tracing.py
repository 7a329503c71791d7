"""Traces, for who wishes them (the extra `placet[otel]`)."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from placet.entrypoints.jobs import loops
from placet.project import tracing
from placet.storage import tally
from tests.api.callers import Caller, load, unique
from tests.stories.worlds import customer, distributor, world

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is traced meanwhile."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing.instrument(provider)
    connection.close()  # the next one is traced
    try:
        yield kept
    finally:
        DjangoInstrumentor().uninstrument()
        RequestsInstrumentor().uninstrument()
        connection_created.disconnect(dispatch_uid="placet.tracing")
        connection.execute_wrappers[:] = [tally.counted]
        loops.around_errands.clear()


def test_a_request_and_its_statements_are_one_trace(spans: InMemorySpanExporter) -> None:
    top, buyer = unique("top"), unique("buyer")
    load(world(distributor(top), customer(buyer, top), prices={unique("seat"): "10.00"}))
    spans.clear()
    Caller(buyer).get("/me")
    request = named(spans, "GET api/v1/me")
    (statement,) = [span for span in spans.get_finished_spans() if "api_key" in text(span)]
    assert statement.parent is not None
    assert statement.parent.span_id == request.context.span_id
    assert "%(digest)s" in text(statement), "what is asked, never with which values"


SECRET_ADDRESSES = (
    "/status/AbC.s3cret-link?q=s3cret",
    "/account/password/reset/1-s3cret/",
    "/search?q=s3cret",
)


@pytest.mark.parametrize("address", SECRET_ADDRESSES)
def test_no_address_is_told_as_it_was_asked_for(spans: InMemorySpanExporter, address: str) -> None:
    """Some open something for whoever has them: traces say their pattern, as our log does."""
    Client().get(address)
    told = [str(dict(span.attributes or {})) for span in spans.get_finished_spans()]
    assert any("http.route" in attributes for attributes in told)
    assert not [attributes for attributes in told if "s3cret" in attributes]


def test_an_errand_is_a_span_that_says_what_it_is_about(spans: InMemorySpanExporter) -> None:
    loops.went_well(lambda: None, "sub_order", order="an order's id")
    assert dict(named(spans, "sub_order").attributes or {}) == {"placet.order": "an order's id"}


WISHED = """
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318                                  yes
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:4318/v1/traces                 yes
OTEL_SERVICE_NAME=placet                                                           no
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_SDK_DISABLED=true           no
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_TRACES_EXPORTER=none        no
"""


@pytest.mark.parametrize("case", WISHED.strip().splitlines())
def test_it_is_off_unless_there_is_a_place_for_traces(case: str) -> None:
    variables, wished = case.rsplit(maxsplit=1)
    assert tracing.wished(dict(pair.split("=", 1) for pair in variables.split())) == (wished == "yes")


def test_nobody_else_imports_it() -> None:
    """Who does not wish for traces needs nothing of it installed."""
    code = "import sys, django; django.setup(); import placet.project.wsgi, placet.project.tracing as t; "
    code += "t.set_up('x'); assert not [m for m in sys.modules if m.startswith('opentelemetry')]"
    subprocess.run([sys.executable, "-P", "-c", code], check=True)  # noqa: S603


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    found = [span for span in spans.get_finished_spans() if span.name == name]
    assert found, [span.name for span in spans.get_finished_spans()]
    return found[0]


def text(span: ReadableSpan) -> str:
    return str((span.attributes or {}).get("db.query.text", ""))
