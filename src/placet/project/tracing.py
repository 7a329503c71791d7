"""Traces by OpenTelemetry, for who installed `placet[otel]` and names a place for them in the standard
`OTEL_…` variables (docs/metrics.md). Nobody else pays for it: nothing of it is imported.

Requests and calls of others are traced as the instrumentation of Django and requests does. Statements are
traced here: most of ours go past the cursors that psycopg's instrumentation knows.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from placet.project.config import ConfigError

if TYPE_CHECKING:
    from django.http import HttpRequest
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

PLACES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
OFF: Final = "OTEL_SDK_DISABLED"
SERVICE: Final = "OTEL_SERVICE_NAME"


def set_up(service: str) -> None:
    """Traces from now on, where it is wished. To be called once in each process that serves, after it was
    forked, and before Django's first request.

    Raises:
        ConfigError: it is wished, and the extra is not installed.
    """
    if not wished(os.environ):
        return
    os.environ.setdefault(SERVICE, service)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            f"OTEL_… names a place for traces, but {error.name} is missing: install placet[otel]."
        ) from None
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    instrument(provider)


def wished(environment: Mapping[str, str]) -> bool:
    """Whether traces have a place to go to."""
    off = environment.get(OFF, "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(environment.get(place) for place in PLACES)


def instrument(provider: "TracerProvider") -> None:
    """Requests, statements, errands, and what we ask of others, as spans of this provider."""
    from django.db.backends.signals import connection_created
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor

    from placet.entrypoints.jobs import loops

    DjangoInstrumentor().instrument(tracer_provider=provider, response_hook=_by_its_pattern)
    RequestsInstrumentor().instrument(tracer_provider=provider)
    tracer = provider.get_tracer("placet", version("placet"))
    statement, errand = _statements(tracer), _errands(tracer)
    connection_created.connect(_around(statement), weak=False, dispatch_uid="placet.tracing")
    loops.around_errands.append(errand)


ADDRESSES: Final = ("http.url", "http.target", "url.full", "url.path", "url.query")


def _by_its_pattern(span: Any, request: "HttpRequest", _answer: object) -> None:  # noqa: ANN401 - OpenTelemetry's
    """No address as it was asked for: some open something for whoever has them, as in our log."""
    from placet.project.access import route_of  # it counts: not before it is known where

    for name in set(ADDRESSES).intersection(getattr(span, "attributes", None) or ()):
        span.set_attribute(name, "" if name == "url.query" else f"/{route_of(request).lstrip('/')}")


def _around(wrapper: Callable[..., Any]) -> Callable[..., None]:
    def connected(connection: Any, **_: Any) -> None:  # noqa: ANN401 - whatever a signal brings
        if wrapper not in connection.execute_wrappers:  # it stays when the connection is made anew
            connection.execute_wrappers.append(wrapper)

    return connected


def _statements(tracer: "Tracer") -> Callable[..., Any]:
    from opentelemetry.trace import SpanKind

    def traced(execute: Callable[..., Any], statement: Any, *rest: Any) -> Any:  # noqa: ANN401 - as Django's
        text = str(statement)
        said = {"db.system.name": "postgresql", "db.query.text": text}  # never the values
        with tracer.start_as_current_span(text.split(maxsplit=1)[0], kind=SpanKind.CLIENT, attributes=said):
            return execute(statement, *rest)

    return traced


def _errands(tracer: "Tracer") -> Callable[[str, Mapping[str, str]], Any]:
    @contextmanager
    def traced(kind: str, about: Mapping[str, str]) -> Iterator[None]:
        with tracer.start_as_current_span(kind, attributes={f"placet.{k}": v for k, v in about.items()}):
            yield

    return traced
