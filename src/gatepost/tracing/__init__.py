"""Tracing: the facts of the journal as OpenTelemetry spans, for a collector.

Owns    what a fact looks like as a span, the ids of traces, and the way to the collector.
Never   waits for the collector, sends a word of a message, or says to another host which trace a message belongs to.
Read    spans.py (from a fact to a span, pure), then traces.py (from a span to the collector).

Only `app` imports it, and only where `[tracing] endpoint` is set: OpenTelemetry's SDK is an extra (`gatepost[otel]`).
"""

from .spans import Span, span_of, trace_of
from .traces import Traces, TraceTerms

__all__ = ["Span", "TraceTerms", "Traces", "span_of", "trace_of"]
