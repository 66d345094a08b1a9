"""A name server of the tests' own on loopback, that answers from a zone file and can be told to misbehave."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from dnslib import QTYPE, RCODE, RD, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class Zone(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Answers from the zone's text. A name that neither is there nor has names below it does not exist.

    `broken`: what stands in a name is answered SERVFAIL. `proven`: answers come as proved by DNSSEC. `invents`: the
    address given for names that do not exist. `fingerprints`: TLSA records as hexadecimal octets, by name.
    """

    def __init__(
        self,
        text: str,
        *,
        broken: str = "broken.",
        proven: bool = False,
        invents: str = "",
        fingerprints: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.records = RR.fromZone(text)
        self.records += [RR(it, QTYPE.TLSA, rdata=RD(bytes.fromhex(octets))) for it, octets in fingerprints.items()]
        self.broken, self.proven, self.invents = broken, proven, invents

    def resolve(self, request: DNSRecord, _handler: Any) -> DNSRecord:
        reply = request.reply()
        reply.header.ad = int(self.proven)
        name = str(request.q.qname).lower()
        if self.broken in name:
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        below = "." + name.lstrip(".")
        known = [it for it in self.records if str(it.rname).lower() == name]
        for record in known:
            if record.rtype == request.q.qtype:
                reply.add_answer(record)
        if not known and not any(str(it.rname).lower().endswith(below) for it in self.records):
            if self.invents and request.q.qtype == QTYPE.A:
                reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(self.invents), ttl=60))
            else:
                reply.header.rcode = RCODE.NXDOMAIN
        return reply


ROOT = ". 60 IN NS a.root-servers.example.\n"


@contextmanager
def naming(text: str, **how: Any) -> Iterator[str]:
    """Serve a zone; its `address:port`."""
    with serving(Zone(ROOT + text, **how)) as address:
        yield address


@contextmanager
def serving(zone: Zone) -> Iterator[str]:
    """Serve a zone that the test keeps in its hand, and whose `records` it may change; its `address:port`."""
    server = DNSServer(zone, address="127.0.0.1", port=0, logger=DNSLogger(logf=lambda _: None))
    thread = threading.Thread(target=server.server.serve_forever, args=(0.01,), name="name server")
    thread.start()
    try:
        yield f"127.0.0.1:{server.server.server_address[1]}"
    finally:
        server.server.shutdown()
        thread.join()
        server.server.server_close()
