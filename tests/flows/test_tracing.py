"""Traces, through a whole relay to a collector of the tests' own, which reads what comes as OTLP's protobuf."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from house import GUEST, PRINTER, by_address, domain, house
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from process import ENVIRONMENT, TOML
from sink import Sink

from gatepost.tracing import trace_of

UNKNOWN = f"550 5.1.1 {GUEST} is not known here"


class Collector:
    """What was posted to it. `status` is its answer to what comes next."""

    def __init__(self) -> None:
        self.status = 200
        self.requests: list[tuple[str, dict[str, str], ExportTraceServiceRequest]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                request = ExportTraceServiceRequest.FromString(body)
                headers = {key.lower(): value for key, value in self.headers.items()}
                if collector.status == 200:
                    collector.requests.append((self.path, headers, request))
                self.send_response(collector.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Span]:
        """Every span, in the order of their ends."""
        found = [
            span
            for _, _, request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda it: it.end_time_unix_nano)


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        thread.join()
        collector.server.server_close()


def attributes(of: Any) -> dict[str, Any]:
    return {it.key: getattr(it.value, it.value.WhichOneof("value")) for it in of.attributes}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own word for how long it lets spans gather."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")


def test_a_message_is_one_trace_from_its_acceptance_to_its_report(tmp_path: Path) -> None:
    (tmp_path / "headers").write_text("X-Api-Key: geheim\n")
    sink = Sink(rcpt=lambda line: UNKNOWN if GUEST in line else "250 2.1.5 ok")
    with collecting() as collector:
        settings = f'[tracing]\nendpoint = "{collector.endpoint}"\nheaders_file = "headers"\nservice_name = "edge"'
        with house(tmp_path, domain(), by_address(), settings=settings, sink=sink) as relay:
            with relay.connect() as client:
                client.say("EHLO printer.contoso.com")
                id_ = client.deliver(b"Subject: secret plans\r\n\r\nHush\r\n", GUEST, "anna@fabrikam.com")
            relay.facts.wait_for("attempted")
            [report] = relay.facts.wait_for("reported")
            relay.mail(2)
    trace_id, first = trace_of(id_, "relay.contoso.com")
    about = [it for it in collector.spans() if it.trace_id == trace_id.to_bytes(16)]
    accepted, attempt = about
    assert (accepted.name, accepted.kind, accepted.parent_span_id) == ("accept", Span.SPAN_KIND_SERVER, b"")
    assert (attempt.name, attempt.kind, attempt.parent_span_id) == ("deliver", Span.SPAN_KIND_CLIENT, first.to_bytes(8))
    assert accepted.span_id == first.to_bytes(8)
    assert accepted.start_time_unix_nano <= accepted.end_time_unix_nano <= attempt.end_time_unix_nano
    assert attempt.status.code == 2
    said = attributes(attempt)
    assert (said["gatepost.delivered"], said["gatepost.failed"], said["gatepost.reply"]) == (1, 1, "550 5.1.1")
    assert (said["gatepost.way"], said["server.address"], said["server.port"]) == ("Sink", "127.0.0.1", sink.port)

    [told] = [it for it in collector.spans() if it.name == "report"]
    assert told.trace_id == trace_of(report["id"], "relay.contoso.com")[0].to_bytes(16)
    assert (told.links[0].trace_id, told.links[0].span_id) == (accepted.trace_id, accepted.span_id)

    path, headers, request = collector.requests[0]
    assert (path, headers["x-api-key"]) == ("/v1/traces", "geheim")
    service = attributes(request.resource_spans[0].resource)
    assert (service["service.name"], service["service.instance.id"]) == ("edge", "relay.contoso.com")
    posted = b"".join(it.SerializeToString() for _, _, it in collector.requests)
    assert not any(word in posted for word in (b"@contoso", b"@fabrikam", b"secret plans", b"Hush", b"geheim"))
    assert b"traceparent" not in b"".join(it.content.lower() for it in sink.deliveries)


def test_a_message_that_is_not_in_the_sample_is_not_traced(tmp_path: Path) -> None:
    with collecting() as collector:
        settings = f'[tracing]\nendpoint = "{collector.endpoint}"\nsample_ratio = 0'
        with (
            house(tmp_path, domain(), by_address(), settings=settings) as relay,
            relay.connect() as client,
        ):
            client.say("EHLO printer.contoso.com")
            client.deliver()
            relay.facts.wait_for("attempted")
    assert collector.requests == []


@pytest.mark.parametrize("status", [401, 302], ids=["the key is wrong", "it is elsewhere"])
def test_a_collector_that_takes_nothing_is_told_once_and_mail_goes_on(tmp_path: Path, status: int) -> None:
    with collecting() as collector:
        collector.status = status
        settings = f'[tracing]\nendpoint = "{collector.endpoint}"\naddresses = true'
        with house(tmp_path, domain(), by_address(), settings=settings) as relay, relay.connect() as client:
            client.say("EHLO printer.contoso.com")
            client.deliver()
            [unreachable] = relay.facts.wait_for("traces_unreachable")
            client.deliver()
            relay.mail(2)
            collector.status = 200
            client.deliver()
            [recovered] = relay.facts.wait_for("traces_recovered")
            relay.mail(3)
            assert len(relay.facts.all("traces_unreachable")) == 1
    assert unreachable["server"] == recovered["server"] == f"{collector.endpoint}/v1/traces"
    assert ("401" if status == 401 else "elsewhere") in unreachable["what"]
    assert recovered["lost"] >= 1
    assert PRINTER in {attributes(it).get("gatepost.sender") for it in collector.spans()}


def run(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script, str(folder / "gatepost.toml")],
        capture_output=True,
        text=True,
        timeout=20,
        env=ENVIRONMENT,
        check=False,
    )


def test_a_relay_without_tracing_imports_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text(TOML)
    script = """
import asyncio, pathlib, sys
from gatepost.app import running
from gatepost.config import load_settings
from gatepost.journal import Journal

async def serve():
    async with running(load_settings(pathlib.Path(sys.argv[1]), {}), Journal.silent()):
        print([it for it in sys.modules if it.startswith(("opentelemetry", "gatepost.tracing"))])

asyncio.run(serve())
"""
    assert run(tmp_path, script).stdout == "[]\n"


def test_tracing_without_the_extra_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text(f'{TOML}[tracing]\nendpoint = "http://127.0.0.1:4318"\n')
    script = """
import sys
sys.modules["opentelemetry.exporter.otlp.proto.http"] = None  # as where it was never installed
from gatepost.__main__ import main
sys.argv[:] = ["gatepost", "--config", sys.argv[1], "serve"]
sys.exit(main())
"""
    done = run(tmp_path, script)
    assert done.returncode == 78, done.stderr
    words = " ".join(done.stderr.split())
    assert "needs the libraries of the extra 'otel'" in words
    assert "Remedy: pip install 'gatepost[otel]'" in words
