"""Yesterday's TLS sessions, reported to the domain: by mail through the spool, by HTTPS, and a day once."""

import asyncio
import base64
import gzip
import json
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from relaying import QUICK, Relay, TableResolver, letters_by, mx_of, played, relaying
from sink import Sink, running

from gatepost.mail import Address
from gatepost.outbound import OutboundSettings, PostTerms, TlsReports
from gatepost.routing import RouteTable

pytestmark = pytest.mark.flow
BOB = "bob@fabrikam.com"
DAY = 86_400.0


def resolver(record: str) -> TableResolver:
    return TableResolver(
        {"fabrikam.com": mx_of("mx.fabrikam.com")},
        {"mx.fabrikam.com": ("127.0.0.1",)},
        texts={"_smtp._tls.fabrikam.com": record},
    )


def reports_of(
    relay: Relay, names: TableResolver, folder: Path | None, *, wanted: bool = True, terms: PostTerms | None = None
) -> TlsReports:
    """A relay's reports on the day before tomorrow's evening: on today."""
    return TlsReports(
        ledger=relay.spool,
        counts=relay.outbound.tls_counts,
        resolver=names,
        journal=relay.facts,
        letters=letters_by(RouteTable.build),
        folder=folder,
        reporter=lambda: ("Default", Address("post", "contoso.com")) if wanted else None,
        clock=lambda: relay.clock() // DAY * DAY + 1.9 * DAY,
        terms=terms,
    )


@played
async def test_a_domain_that_asks_for_it_gets_one_report_a_day_and_reports_are_not_counted(tmp_path: Path) -> None:
    names = resolver("v=TLSRPTv1; rua=mailto:tls@fabrikam.com,mailto:two@fabrikam.com")
    async with running(Sink()) as sink:
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True, folder=tmp_path)
        async with relaying(tmp_path / "spool", RouteTable.build(), resolver=names, settings=settings) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            before = relay.outbound.tls_counts.totals.copy()
            await reports_of(relay, names, tmp_path, wanted=False).look()
            names.texts["_smtp._tls.fabrikam.com"], record = "SERVFAIL", names.texts["_smtp._tls.fabrikam.com"]
            await reports_of(relay, names, tmp_path).look()
            assert relay.facts.all("tls_report_sent") == []  # nothing is known, so nothing is done with
            names.texts["_smtp._tls.fabrikam.com"] = record
            reports = reports_of(relay, names, tmp_path)
            await reports.look()
            await reports.look()
            await reports_of(relay, names, tmp_path).look()  # after a restart: what was kept is read
            (tmp_path / "tls-reports" / "sent.json").unlink()
            await reports_of(relay, names, tmp_path).look()  # killed before it was kept: the trace knows
            await relay.facts.wait_for("delivered", 3)
            (told,) = relay.facts.all("tls_report_sent")
            assert relay.outbound.tls_counts.totals == before
    assert told["to"] == ["tls@fabrikam.com", "two@fabrikam.com"]
    letter = sink.deliveries[1]
    assert len(sink.deliveries) == 2
    assert letter.mail.startswith("MAIL FROM:<>")
    message = message_from_bytes(letter.content, policy=policy.default)
    attached: Any = list(message.iter_parts())[1].get_payload(decode=True)
    report = json.loads(gzip.decompress(attached))
    (counted,) = report["policies"]
    assert counted["policy"] == {"policy-type": "no-policy-found", "policy-domain": "fabrikam.com"}
    assert counted["failure-details"][0]["result-type"] == "starttls-not-supported"


@contextmanager
def web(folder: Path, statuses: list[int]) -> Iterator[tuple[str, Path, "queue.Queue[tuple[dict[str, str], bytes]]"]]:
    """A web server that takes reports, or answers with these statuses first."""
    authority, got = trustme.CA(), queue.Queue[tuple[dict[str, str], bytes]]()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(statuses.pop(0) if statuses else 201)
            self.end_headers()
            got.put((dict(self.headers), body))

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}/v1", folder / "authority.pem", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@played
async def test_a_web_server_gets_its_report_by_post_and_is_asked_again_where_it_fails(tmp_path: Path) -> None:
    with web(tmp_path, [503]) as (url, authorities, got):
        names = resolver(f"v=TLSRPTv1; rua={url}")
        async with running(Sink()) as sink:
            settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True)
            async with relaying(tmp_path / "spool", RouteTable.build(), resolver=names, settings=settings) as relay:
                await relay.accept(BOB)
                await relay.facts.wait_for("delivered")
                await reports_of(relay, names, None).look()
                (failed,) = relay.facts.all("tls_report_failed")
                assert "not public" in failed["reason"]  # a record of the DNS leads nowhere into our network
                terms = PostTerms(authorities=authorities, allow_private=True)
                for _ in range(2):
                    await reports_of(relay, names, None, terms=terms).look()
                assert "503" in relay.facts.all("tls_report_failed")[-1]["reason"]
                assert len(relay.facts.all("tls_report_sent")) == 1
        head, body = [got.get(timeout=20) for _ in range(2)][1]
    assert head["Content-Type"] == "application/tlsrpt+gzip"
    assert json.loads(gzip.decompress(body))["contact-info"] == "post@contoso.com"


class Proxy:
    """A proxy that lets CONNECT through to one server, whatever name is asked for, or refuses."""

    def __init__(self, port: int, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self._port, self._answer, self.asked = port, answer, b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(self._answer)
        if b" 200 " not in self._answer:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(_carry(reader, back), _carry(there, writer))


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while octets := await source.read(4096):
            target.write(octets)
    except ConnectionError:
        pass
    target.close()


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", None), (b"HTTP/1.1 407 No\r\n\r\n", "407"), (b"what?", "answer with HTTP")],
)
@played
async def test_what_is_public_is_reached_through_the_systems_proxy(answer: bytes, trouble: str | None) -> None:
    from gatepost.outbound.tunnel import open_https

    authority = trustme.CA()
    secure, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.contoso.com").configure_cert(secure)
    authority.configure_trust(trusting)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        writer.close()

    web_server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=secure)
    proxy = Proxy(web_server.sockets[0].getsockname()[1], answer)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", f"http://relay:se%20cret@127.0.0.1:{port}")
        patch.setenv("NO_PROXY", "inside.contoso.com")
        if trouble is None:
            reader, writer = await open_https("hooks.contoso.com", "93.184.215.14", 443, context=trusting)
            assert await reader.readline() == b"hello\n"
            writer.transport.abort()
        else:
            with pytest.raises(ValueError, match=trouble):
                await open_https("hooks.contoso.com", "93.184.215.14", 443, context=trusting)
    assert proxy.asked.startswith(b"CONNECT hooks.contoso.com:443 HTTP/1.1\r\n")
    assert base64.b64encode(b"relay:se cret") in proxy.asked
    for one in (server, web_server):
        one.close()
