"""From spans to the collector: OpenTelemetry's SDK batches them in a thread of its own and posts them as OTLP.

A collector that is gone holds nothing up: 2,048 spans wait, and further ones push out the oldest. That it is gone is
told once, and once that it is back.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from gatepost.journal import Journal

from .spans import Span, span_of

_PATIENCE = 5.0  # seconds for a post, its repetitions included
_GOODBYE = 2.0  # seconds for what is left when we stop
_WAITING = 2_048  # spans
_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}

# The SDK's complaints, of every batch anew; what they say is told as a fact, once.
logging.getLogger("opentelemetry").propagate = False
logging.getLogger("opentelemetry").addHandler(logging.NullHandler())

News = Callable[[str | None, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceTerms:
    """Where spans go and what they say. `headers` often hold a key; `ratio` is the share of messages, 0 to 1."""

    endpoint: str
    hostname: str
    service: str
    version: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ratio: float = 1.0
    addresses: bool = False
    refusals: bool = False


class Traces:
    """Listens to a journal. Made in the running loop, in which it tells what becomes of the collector, too."""

    def __init__(self, terms: TraceTerms, journal: Journal) -> None:
        self._terms = terms
        self._journal = journal
        self._loop = asyncio.get_running_loop()
        self._ids = _Ids()
        self._sampler = TraceIdRatioBased(terms.ratio)
        self._exporter = _Exporter(terms, self._news)
        resource = Resource.create(
            {"service.name": terms.service, "service.version": terms.version, "service.instance.id": terms.hostname}
        )
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # `_take` has asked its own, before it makes anything
            resource=resource,
            id_generator=self._ids,
            shutdown_on_exit=False,  # `close` does, and waits no longer than it may
        )
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, max_queue_size=_WAITING))
        self._tracer = self._provider.get_tracer("gatepost", terms.version)

    def hear(self, name: str, facts: Mapping[str, Any]) -> None:
        """Take a fact of the journal. Never raises, never waits."""
        try:
            span = span_of(
                name,
                facts,
                at=time.time(),
                relay=self._terms.hostname,
                addresses=self._terms.addresses,
                refusals=self._terms.refusals,
            )
            if span is not None:
                self._take(span)
        except Exception as trouble:  # the fact was told after a commit: nothing of that may fail for a span
            self._journal.fact("trouble", where="tracing", what=repr(trouble))

    async def close(self) -> None:
        """Send what is left, as far as that is quickly done."""
        await asyncio.to_thread(self._finish)

    # --- within ---------------------------------------------------------------------------------------

    def _take(self, span: Span) -> None:
        if self._sampler.should_sample(None, span.trace_id, span.name).decision is Decision.DROP:
            return
        self._ids.trace_id, self._ids.span_id = span.trace_id, span.span_id
        made = self._tracer.start_span(
            span.name,
            context=Context() if span.parent is None else _within(span.trace_id, span.parent),
            kind=_KINDS[span.kind],
            attributes=span.attributes,
            links=() if span.about is None else (Link(_context(*span.about)),),
            start_time=_nanoseconds(span.start),
        )
        if span.trouble is not None:
            made.set_status(Status(StatusCode.ERROR, span.trouble))
        made.end(_nanoseconds(span.end))

    def _news(self, trouble: str | None, lost: int) -> None:
        """What the exporter's thread found out is told where everything is told."""
        server = self._terms.endpoint

        def tell() -> None:
            if trouble is not None:
                self._journal.fact("traces_unreachable", server=server, what=trouble)
            else:
                self._journal.fact("traces_recovered", server=server, lost=lost)

        try:
            self._loop.call_soon_threadsafe(tell)
        except RuntimeError:
            pass  # the loop is closed, and nobody listens any more

    def _finish(self) -> None:
        if self._exporter.troubled:
            self._exporter.shutdown()
        ending = threading.Thread(target=self._provider.shutdown, name="traces end", daemon=True)
        ending.start()
        ending.join(_GOODBYE)
        self._exporter.shutdown()  # whoever still waits to try again does so no longer


class _Ids(IdGenerator):
    """Gives the ids of the span that is about to be made."""

    trace_id = 0
    span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


class _Exporter(SpanExporter):
    """Posts batches, and tells when that begins to fail and when it works again."""

    def __init__(self, terms: TraceTerms, news: News) -> None:
        self.troubled = False
        self._news = news
        self._lost = 0
        self._over = False
        self._session = _Session()
        self._posting = OTLPSpanExporter(
            endpoint=terms.endpoint, headers=terms.headers, timeout=_PATIENCE, session=self._session
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._posting.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        self._lost += len(spans) if failed else 0
        if failed is not self.troubled:
            self.troubled = failed
            self._news(self._session.trouble if failed else None, self._lost)
            self._lost = self._lost if failed else 0
        return result

    def shutdown(self) -> None:
        if not self._over:
            self._over = True
            self._posting.shutdown()  # type: ignore[no-untyped-call]


class _Session(requests.Session):
    """Remembers why the last post came to nothing, which the SDK only writes to a log.

    An answer that leads elsewhere is a trouble, too: the SDK does not go there, but counts it as success.
    """

    trouble = "no reason was given"

    def request(self, *args: Any, **more: Any) -> requests.Response:
        try:
            response = super().request(*args, **more)
            if response.is_redirect:
                raise requests.TooManyRedirects("the collector says that it is elsewhere")
        except requests.RequestException as trouble:
            self.trouble = _root(trouble)
            raise
        if not response.ok:
            self.trouble = f"{response.status_code} {response.reason}"
        return response


def _root(trouble: BaseException) -> str:
    """What is at the bottom of an error, in the system's words where it has some."""
    while trouble.__context__ is not None:
        trouble = trouble.__context__
    return (trouble.strerror if isinstance(trouble, OSError) else None) or str(trouble)


def _context(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _within(trace_id: int, parent: int) -> Context:
    return set_span_in_context(NonRecordingSpan(_context(trace_id, parent)), Context())


def _nanoseconds(moment: float) -> int:
    return round(moment * 1e6) * 1000  # a float has no more of it than microseconds
