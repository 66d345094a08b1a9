"""Mail by MX through a name server of our own: what the DNS says becomes a report, or a wait with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dnslib import MX, QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSServer
from ledger import Ledger, Letter, Sink, send_one
from relay_process import HOST, devices, domain, in_a_loop, relay_in, smart_host
from test_relay_routes import status_of

pytestmark = pytest.mark.crash

ZONE: dict[tuple[str, str], list[object]] = {
    ("null.test", "MX"): [MX(".", 0)],
    ("ours.test", "MX"): [MX("relay.contoso.test", 10), MX("mail.loopback.test", 20)],
    ("loopback.test", "MX"): [MX("mail.loopback.test", 10)],
    ("mail.loopback.test", "A"): [A("127.0.0.1")],
    ("private.test", "A"): [A("10.0.0.1")],  # no MX: its own address counts
}
SICK = "sick.test"


class Zone(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Answers from ZONE; SICK fails, and what is not there does not exist."""

    def resolve(self, request: DNSRecord, _handler: object) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        if name == SICK:
            reply.header.rcode = RCODE.SERVFAIL
        elif all(name != known for known, _ in ZONE):
            reply.header.rcode = RCODE.NXDOMAIN
        for data in ZONE.get((name, kind), []):
            reply.add_answer(RR(name, getattr(QTYPE, kind), rdata=data, ttl=60))
        return reply


@contextmanager
def name_server() -> Iterator[int]:
    server = DNSServer(Zone(), address=HOST, port=0)
    server.start_thread()
    try:
        yield server.server.server_address[1]
    finally:
        server.stop()
        server.server.server_close()


RETURNED = {  # domain: status in the report, and words in it
    "null.test": ("5.1.10", "takes no mail"),
    "gone.test": ("5.1.2", "does not exist"),
    "ours.test": ("5.4.6", "this relay itself"),
}
WAITING = {  # domain: words in the queue
    SICK: "DNS could not say",
    "loopback.test": "no MX may lead to (loopback)",
    "private.test": "no MX may lead to (private)",
}


@in_a_loop
async def test_what_the_dns_says_of_a_domain_becomes_a_report_or_a_wait_with_its_reason(tmp_path: Path) -> None:
    ledger = Ledger()
    with name_server() as port:
        async with Sink(ledger).running() as sink:
            world = domain("contoso.test", "InternalRelay"), devices(), smart_host("Home", "contoso.test", sink.port)
            with relay_in(tmp_path / "relay", *world, settings=f'resolvers = ["{HOST}:{port}"]') as relay:
                await relay.start()
                for name in RETURNED | WAITING:
                    letter = Letter(id=name, octets=1_000, to=(f"anna@{name}",))
                    assert (await send_one(ledger, relay.port, letter)).startswith("250")
                await ledger.until(lambda: len(ledger.reports) == len(RETURNED))
                await relay.until_counts(waiting=len(WAITING), sending=0)
                rows = {row["recipient"].partition("@")[2]: row for row in await relay.ask("queue.list")}
    reports = {}
    for to, report in ledger.reports:
        fields = status_of(report)
        assert (to, fields["action"]) == ("device@contoso.test", "failed")
        reports[fields["final-recipient"].partition("@")[2]] = fields["status"], report.decode()
    assert {name: status for name, (status, _) in reports.items()} == {name: it[0] for name, it in RETURNED.items()}
    for name, (_, words) in RETURNED.items():
        assert words in " ".join(reports[name][1].split()), reports[name]
    assert {name for name, row in rows.items() if row["state"] == "waiting"} == set(WAITING)
    for name, words in WAITING.items():
        assert words in rows[name]["last_reply"], rows[name]
    assert not ledger.taken
