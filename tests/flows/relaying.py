"""A spool and an outbound room for the flows, with a resolver that answers from a table."""

import asyncio
import functools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec

import uvloop
from dns.rdata import from_text

from gatepost.mail import Envelope, Recipient, parse_mailbox
from gatepost.outbound import Letters, Outbound, OutboundSettings, RecordAnswer, Resolver, Timeouts
from gatepost.routing import (
    AddressAnswer,
    Answer,
    FingerprintAnswer,
    HostPort,
    MxAnswer,
    MxHost,
    Patience,
    RouteTable,
    Way,
    choose,
)
from gatepost.spool import Arrival, Content, Spool

MESSAGE = b"From: anna@contoso.com\r\nSubject: hello\r\n\r\nHello\r\n.a dot\r\n"
QUICK = Timeouts(connect=2.0, greeting=2.0, command=2.0, handshake=2.0, block=2.0, final=2.0, idle=0.3, goodbye=0.3)


P = ParamSpec("P")


def played(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an asynchronous test in a loop of its own, the kind that serves in production."""

    @functools.wraps(test)
    def play(*args: P.args, **kwargs: P.kwargs) -> None:
        async def whole() -> None:
            await test(*args, **kwargs)

        uvloop.run(whole())

    return play


class TableResolver:
    """Answers from tables; what is not in them does not exist. Passes the resolver contract."""

    trusted = True

    def __init__(
        self,
        mx: Mapping[str, MxAnswer] | None = None,
        addresses: Mapping[str, tuple[str, ...]] | None = None,
        *,
        tlsa: Mapping[str, FingerprintAnswer] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self._mx = mx or {}
        self._addresses = addresses or {}
        self._tlsa = tlsa or {}
        self.texts = dict(texts or {})  # TXT records by name
        self.asked: list[str] = []

    async def mx(self, domain: str) -> MxAnswer:
        return self._mx.get(domain, MxAnswer(answer=Answer.NO_NAME))

    async def addresses(self, host: str) -> AddressAnswer:
        if host.replace(".", "").isdigit() or ":" in host:
            return AddressAnswer(answer=Answer.FOUND, addresses=(host,))
        found = self._addresses.get(host)
        if found is None:
            return AddressAnswer(answer=Answer.NO_NAME)
        return AddressAnswer(answer=Answer.FOUND, addresses=found, proved=host in self._tlsa, canonical=host)

    async def tlsa(self, host: str, port: int) -> FingerprintAnswer:
        self.asked.append(f"_{port}._tcp.{host}")
        return self._tlsa.get(host, FingerprintAnswer(answer=Answer.EMPTY))

    async def records(self, name: str, kind: str) -> RecordAnswer:
        self.asked.append(name)
        text = self.texts.get(name) if kind == "TXT" else None
        if text is None:
            return RecordAnswer(answer=Answer.NO_NAME)
        if text == "SERVFAIL":
            return RecordAnswer(answer=Answer.TROUBLE, detail="the name servers answered with an error")
        return RecordAnswer(answer=Answer.FOUND, records=(from_text("IN", "TXT", f'"{text}"'),))


def mx_of(*hosts: str, proved: bool = False) -> MxAnswer:
    """An answer in which the hosts stand best first."""
    found = tuple(MxHost(preference=10 * n, host=h) for n, h in enumerate(hosts))
    return MxAnswer(answer=Answer.FOUND, hosts=found, proved=proved)


@dataclass
class Facts:
    """A journal that remembers."""

    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def fact(self, name: str, **facts: Any) -> None:
        self.told.append((name, facts))
        self.fresh.set()

    def quiet_fact(self, name: str, words: Callable[[], dict[str, Any]]) -> None:
        self.fact(name, **words())

    def all(self, name: str) -> list[dict[str, Any]]:
        return [facts for told, facts in self.told if told == name]

    async def wait_for(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Until a fact was told so many times."""
        async with asyncio.timeout(20):
            while len(self.all(name)) < count:
                self.fresh.clear()
                await self.fresh.wait()
        return self.all(name)


@dataclass
class Relay:
    """The rooms under test, and what they wrote down."""

    spool: Spool
    outbound: Outbound
    facts: Facts
    table: Callable[[], RouteTable]
    clock: Callable[[], float]

    async def accept(
        self, *to: str, sender: str | None = "anna@contoso.com", content: bytes = MESSAGE, **more: Any
    ) -> str:
        """Take a message in as the inbound side would."""
        draft = self.spool.draft()
        draft.write(content)
        return await self.accept_content(*to, sender=sender, content=await draft.finish(), **more)

    async def accept_content(
        self, *to: str, content: Content, sender: str | None = "anna@contoso.com", **more: Any
    ) -> str:
        id_ = self.spool.new_id()
        notify = more.pop("notify", ())
        recipients = tuple(Recipient(address=parse_mailbox(a), notify=notify) for a in to)
        table = more.pop("routed_by", None) or self.table()
        organization = more.pop("organization", "Default")
        envelope = Envelope(sender=None if sender is None else parse_mailbox(sender), recipients=recipients, **more)
        destinations = tuple(choose(r.address, organization, table).destination for r in recipients)
        arrival = Arrival(
            id=id_,
            envelope=envelope,
            content=content,
            destinations=destinations,
            received_at=self.clock(),
            client="127.0.0.1",
            organization=organization,
        )
        await self.spool.accept(arrival)
        return id_

    async def states(self, id_: str) -> dict[str, str]:
        """What the queue says of each recipient."""
        message = await self.spool.show(id_)
        assert message is not None
        return {str(one.address): str(one.state) for one in message.recipients}


def smart_host(name: str, port: int, **terms: Any) -> Way:
    return Way(connector=name, smart_hosts=(HostPort(host="127.0.0.1", port=port),), **terms)


def table_of(
    ways: Mapping[str, Way], mailboxes: Mapping[str, str] | None = None, *, further: tuple[Way, ...] = ()
) -> RouteTable:
    """Recipient domain patterns to ways, all of organization Default; `further` are the ways behind each of them.
    Domains to Maildirs or `lmtp:` servers."""
    return RouteTable.build(
        (
            *(_Connector(pattern, way, further) for pattern, way in ways.items()),
            *(_Connector("", way) for way in further if way not in ways.values()),
        ),
        tuple(_Domain(name, folder) for name, folder in (mailboxes or {}).items()),
    )


_SETTINGS = {
    "none": "None",
    "opportunistic": "Opportunistic",
    "EncryptionOnly": "EncryptionOnly",
    "CertificateValidation": "CertificateValidation",
    "DomainValidation": "DomainValidation",
}


class _Connector:
    """An outbound connector as the route table reads it."""

    def __init__(self, pattern: str, way: Way, further: tuple[Way, ...] = ()) -> None:
        self.name = way.connector
        self.organization = "Default"
        self.enabled = True
        self.test_mode = self.all_accepted_domains = False
        self.is_transport_rule_scoped = not pattern
        self.use_mx_record = way.by_mx
        self.recipient_domains = (pattern,) if pattern else ()
        self.sender_domains: tuple[str, ...] = ()
        self.inbound_connectors: tuple[str, ...] = ()
        self.fallback_connectors = tuple(one.connector for one in further if one != way)
        self.smart_host_order = "Shuffled" if way.shuffled else "InOrder"
        self.source_ip_address = way.source
        self.limit_preset = "None"
        self.max_messages_per_minute = way.limits.messages_per_minute
        self.max_connections = way.limits.connections
        self.max_session_minutes = way.limits.session_minutes
        self.max_recipients_per_day = way.limits.recipients_per_day
        self.when_limited = "NextWay" if way.passes_on else "Wait"
        self.smart_hosts = tuple(map(str, way.smart_hosts))
        self.tls_settings = _SETTINGS[way.tls]
        self.tls_domain = way.tls_domain
        self.client_certificate_pfx = way.client_certificate_pfx
        self.client_certificate_password_secret = way.client_certificate_password_secret
        self.user_name = way.user_name
        self.password_secret = way.password_secret
        self.certificate_authorities = way.certificate_authorities
        application = way.application
        self.transport = "Smtp" if way.graph is None else "MicrosoftGraph"
        self.graph_endpoint = way.graph or ""
        self.protocol_logging_level = "Verbose" if way.logged else "None"
        self.uses_oauth = application is not None
        self.oauth_tenant = None if application is None else application.tenant
        self.oauth_client_id = None if application is None else application.client_id
        self.oauth_client_secret_secret = None if application is None else application.client_secret_secret
        self.oauth_certificate_pfx = None if application is None else application.certificate_pfx
        password = None if application is None else application.certificate_password_secret
        self.oauth_certificate_password_secret = password
        self.oauth_authority = "" if application is None else application.authority
        self.smtp_dane_mode = way.dane.value
        self.mta_sts_mode = "Opportunistic" if way.mta_sts else "None"


class _Domain:
    """An accepted domain with a mailbox, as the route table reads it."""

    def __init__(self, name: str, folder: str) -> None:
        self.organization = "Default"
        self.domain_name = name
        self.domain_type = "Authoritative"
        self.match_sub_domains = False
        lmtp = folder.startswith("lmtp:")
        self.maildir: str | None = None if lmtp else folder
        self.lmtp: str | None = folder.removeprefix("lmtp:") if lmtp else None
        self.plus_addressing = True


def letters_by(routes: Callable[[], RouteTable]) -> Letters:
    """Mail of a relay whose organizations have decided nothing."""
    return Letters(
        hostname="relay.contoso.com",
        destination=lambda address, organization: choose(address, organization, routes()).destination,
    )


@asynccontextmanager
async def relaying(
    folder: Path,
    table: RouteTable | Callable[[], RouteTable],
    *,
    resolver: Resolver | None = None,
    settings: OutboundSettings | None = None,
    patience: Patience | None = None,
    clock: Callable[[], float] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> AsyncIterator[Relay]:
    """A spool with its outbound room, running for the length of the block."""
    now = clock or time.time
    routes = (lambda: table) if isinstance(table, RouteTable) else table
    facts = Facts()
    async with Spool.open(folder, clock=now, hostname="relay.contoso.com") as spool:
        outbound = Outbound(
            spool=spool,
            routes=routes,
            resolver=resolver or TableResolver(),
            secrets=lambda name: (secrets or {})[name],
            journal=facts,
            hostname="relay.contoso.com",
            letters=letters_by(routes),
            clock=now,
            settings=settings or OutboundSettings(timeouts=QUICK),
            patience=patience,
            dice=random.Random(7),
        )
        spool.courier = outbound.scheduler
        task = asyncio.create_task(outbound.run())
        try:
            yield Relay(spool=spool, outbound=outbound, facts=facts, table=routes, clock=now)
        finally:
            outbound.stop()
            await task
