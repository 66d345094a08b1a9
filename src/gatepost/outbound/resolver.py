"""DNS for delivery: who takes mail for a domain, at which addresses, and how its hosts are proved."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.nameserver
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TLSA import TLSA
from dns.rdtypes.ANY.TXT import TXT

from gatepost.mail import BadAddress, canonical_domain
from gatepost.routing import AddressAnswer, Answer, Fingerprint, FingerprintAnswer, MxAnswer, MxHost

LIFETIME = 10.0  # seconds for one question, all retries and servers included
MOST_RECORDS = 100  # a larger MX set is cut: nobody means it
CACHE = 4_096  # answers kept
LARGEST_KEPT = 16_384  # octets of TXT records that are kept: strangers choose what we ask for them, and fill it
SHORTEST, LONGEST, FOR_TROUBLE = 5.0, 3_600.0, 5.0  # seconds an answer is believed: floor, ceiling, failures
WITHOUT = 300.0  # seconds for which it is believed that a host has no TLSA records


class Resolver(Protocol):
    """The questions that delivery asks. Never raises: trouble is an answer.

    `trusted`: what an answer says of DNSSEC may be believed.
    """

    @property
    def trusted(self) -> bool: ...

    async def mx(self, domain: str) -> MxAnswer: ...

    async def addresses(self, host: str) -> AddressAnswer: ...

    async def tlsa(self, host: str, port: int) -> FingerprintAnswer: ...

    async def records(self, name: str, kind: str) -> "RecordAnswer": ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """Records of any kind. `authenticated`: the name server says that DNSSEC proves them."""

    answer: Answer
    records: tuple[Rdata, ...] = ()
    authenticated: bool = False
    detail: str = ""


class _Said(NamedTuple):
    """One answer: its kind, the records, their seconds to live (or what went wrong), and whether DNSSEC proves them."""

    answer: Answer
    records: list[Rdata]
    ttl: float | str
    proved: bool
    canonical: str


_T = TypeVar("_T", MxAnswer, AddressAnswer, FingerprintAnswer, "RecordAnswer")


class DnsResolver:
    """dnspython behind a small cache. `nameservers` are `host:port`; without any, the system's are asked.

    With the system's servers, names that the DNS does not know may still stand in /etc/hosts. `trusted` None: the AD
    bit counts where all name servers are on this machine (RFC 6840 §5.7 leaves it to us whom we trust with it).
    `remembers`: `records` are believed for their time to live, too, and are not as they are now.
    """

    def __init__(
        self,
        nameservers: Sequence[str] = (),
        *,
        lifetime: float = LIFETIME,
        trusted: bool | None = None,
        remembers: bool = False,
    ) -> None:
        self._system = not nameservers
        self._lifetime = lifetime
        try:
            self._dns = dns.asyncresolver.Resolver(configure=self._system)
        except dns.resolver.NoResolverConfiguration:  # no network at all: every question is trouble
            self._dns = dns.asyncresolver.Resolver(configure=False)
        if nameservers:
            self._dns.nameservers = [_nameserver(text) for text in nameservers]
        self._trusted = _all_here(self._dns.nameservers) if trusted is None else trusted
        self._dns.timeout = max(lifetime / 3, 0.1)
        self._dns.search = []
        self._dns.flags = dns.flags.RD | dns.flags.AD  # RFC 6840 §5.7: tell us whether DNSSEC proves the answer
        self._mx: dict[str, tuple[float, MxAnswer]] = {}
        self._addresses: dict[str, tuple[float, AddressAnswer]] = {}
        self._tlsa: dict[str, tuple[float, FingerprintAnswer]] = {}
        self._records: dict[str, tuple[float, RecordAnswer]] | None = {} if remembers else None

    @property
    def trusted(self) -> bool:
        return self._trusted

    async def mx(self, domain: str) -> MxAnswer:
        """The MX records of a canonical domain."""
        if (kept := self._kept(self._mx, domain)) is not None:
            return kept
        said = await self._ask(domain, "MX")
        answer = said.answer
        hosts = [mx for record in said.records[:MOST_RECORDS] if isinstance(record, MX) and (mx := _mx_host(record))]
        if answer is Answer.FOUND and not hosts:
            answer = Answer.TROUBLE
        detail = "" if answer is not Answer.TROUBLE else _words(said.ttl)
        result = MxAnswer(answer=answer, hosts=tuple(hosts), detail=detail, proved=said.proved and self._trusted)
        return self._keep(self._mx, domain, result, said.ttl)

    async def addresses(self, host: str) -> AddressAnswer:
        """The addresses of a host: its AAAA records, then its A records; a literal is its own answer."""
        try:
            literal = str(ipaddress.ip_address(host.strip("[]").removeprefix("IPv6:")))
        except ValueError:
            pass
        else:
            return AddressAnswer(answer=Answer.FOUND, addresses=(literal,))
        if (kept := self._kept(self._addresses, host)) is not None:
            return kept
        both = await asyncio.gather(self._ask(host, "AAAA"), self._ask(host, "A"))
        found = [said for said in both if said.answer is Answer.FOUND]
        texts = tuple(record.to_text() for said in found for record in said.records[:MOST_RECORDS])
        kinds = {said.answer for said in both}
        if texts:
            result = AddressAnswer(
                answer=Answer.FOUND,
                addresses=texts,
                proved=self._trusted and all(said.proved for said in found),
                canonical=found[0].canonical,
            )
            lives = [said.ttl for said in found if isinstance(said.ttl, float)]
            return self._keep(self._addresses, host, result, min(lives, default=SHORTEST))
        if self._system and (known := await self._hosts_file(host)):
            return AddressAnswer(answer=Answer.FOUND, addresses=known)
        if Answer.TROUBLE in kinds:
            failed = next(said for said in both if said.answer is Answer.TROUBLE)
            result = AddressAnswer(answer=Answer.TROUBLE, detail=_words(failed.ttl))
        else:
            result = AddressAnswer(answer=Answer.NO_NAME if kinds == {Answer.NO_NAME} else Answer.EMPTY)
        return self._keep(self._addresses, host, result, FOR_TROUBLE)

    async def tlsa(self, host: str, port: int) -> FingerprintAnswer:
        """The TLSA records of a host that DNSSEC proves, under its name behind all aliases, else under its own.

        Asked only where its addresses are proved, too: name servers of unsigned domains may not even know the question,
        and their silence must not hold mail up (RFC 7672 §2.2.2).
        """
        if not self._trusted:
            return FingerprintAnswer(answer=Answer.EMPTY)
        known = await self.addresses(host)
        names = [known.canonical, host] if known.proved else []
        if known.canonical not in ("", host) and not known.proved:
            alias = await self.records(host, "CNAME")  # the alias itself may be proved where what it leads to is not
            if alias.answer is Answer.TROUBLE:
                return FingerprintAnswer(answer=Answer.TROUBLE, detail=alias.detail)
            names = [host] if alias.authenticated and alias.records else []
        for name in dict.fromkeys(names):
            found = await self._tlsa_at(f"_{port}._tcp.{name}")
            if found.answer in (Answer.FOUND, Answer.TROUBLE):
                return found
        return FingerprintAnswer(answer=Answer.EMPTY)

    async def _tlsa_at(self, name: str) -> FingerprintAnswer:
        if (kept := self._kept(self._tlsa, name)) is not None:
            return kept
        said = await self._ask(name, "TLSA")
        records = tuple(
            Fingerprint(usage=it.usage, selector=it.selector, matching=it.mtype, octets=it.cert)
            for it in said.records[:MOST_RECORDS]
            if isinstance(it, TLSA)
        )
        if said.answer is Answer.TROUBLE:
            result = FingerprintAnswer(answer=Answer.TROUBLE, name=name, detail=_words(said.ttl))
            return self._keep(self._tlsa, name, result, said.ttl)
        if not (said.proved and records):
            return self._keep(self._tlsa, name, FingerprintAnswer(answer=Answer.EMPTY, name=name), WITHOUT)
        result = FingerprintAnswer(answer=Answer.FOUND, name=name, records=records)
        return self._keep(self._tlsa, name, result, said.ttl)

    async def records(self, name: str, kind: str) -> RecordAnswer:
        """Records of any kind (TXT, PTR, TLSA …) of a name without its final dot, as they are now."""
        if self._records is None:
            return (await self._look_up(name, kind))[0]
        key = f"{kind} {name.lower()}"
        if (kept := self._kept(self._records, key)) is not None:
            return kept
        result, ttl = await self._look_up(name, kind)
        if sum(sum(map(len, it.strings)) for it in result.records if isinstance(it, TXT)) > LARGEST_KEPT:
            return result
        return self._keep(self._records, key, result, ttl)

    async def _look_up(self, name: str, kind: str) -> tuple[RecordAnswer, float]:
        """The records, and for how many seconds they are to be believed."""
        kind_of_answer, found, trouble = await self._resolve(name, kind)
        if kind_of_answer is Answer.TROUBLE:
            return RecordAnswer(answer=kind_of_answer, detail=_words(trouble)), FOR_TROUBLE
        rrset = None if found is None else found.rrset
        proved = found is not None and bool(found.response.flags & dns.flags.AD)
        records = () if rrset is None else tuple(rrset)[:MOST_RECORDS]
        result = RecordAnswer(answer=kind_of_answer, records=records, authenticated=proved)
        return result, FOR_TROUBLE if rrset is None else float(rrset.ttl)

    async def _ask(self, name: str, kind: str) -> _Said:
        answer, found, trouble = await self._resolve(name, kind)
        if found is None:
            return _Said(answer, [], trouble or FOR_TROUBLE, False, "")
        proved = bool(found.response.flags & dns.flags.AD)
        if found.rrset is None:
            return _Said(answer, [], FOR_TROUBLE, proved, "")
        canonical = found.canonical_name.to_text(omit_final_dot=True).lower()
        return _Said(answer, list(found.rrset), float(found.rrset.ttl), proved, canonical)

    async def _resolve(self, name: str, kind: str) -> tuple[Answer, dns.resolver.Answer | None, str]:
        """One question: the kind of answer, the answer itself where the name exists, and what went wrong."""
        try:
            found = await self._dns.resolve(
                f"{name}.", kind, lifetime=self._lifetime, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return Answer.NO_NAME, None, ""
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Answer.TROUBLE, None, type(error).__name__
        return (Answer.EMPTY if found.rrset is None else Answer.FOUND), found, ""

    async def _hosts_file(self, host: str) -> tuple[str, ...]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _kept(self, cache: dict[str, tuple[float, _T]], name: str) -> _T | None:
        entry = cache.get(name)
        if entry is not None and entry[0] > asyncio.get_running_loop().time():
            return entry[1]
        return None

    def _keep(self, cache: dict[str, tuple[float, _T]], name: str, result: _T, ttl: float | str) -> _T:
        if len(cache) >= CACHE:
            cache.pop(next(iter(cache)))
        seconds = FOR_TROUBLE if isinstance(ttl, str) else min(max(ttl, SHORTEST), LONGEST)
        cache.pop(name, None)
        cache[name] = (asyncio.get_running_loop().time() + seconds, result)
        return result


def _words(ttl: float | str) -> str:
    """An exception's name as words for people."""
    if not isinstance(ttl, str):
        return "the answer makes no sense"
    known = {
        "LifetimeTimeout": "no name server answered in time",
        "NoNameservers": "the name servers answered with an error",
        "NoResolverConfiguration": "no name server is configured",
    }
    return known.get(ttl, f"the question failed ({ttl})")


def _mx_host(record: MX) -> MxHost | None:
    """The record with its host in canonical form; None for a name that no host can have."""
    name = record.exchange.to_text(omit_final_dot=True)
    if name in ("", ".", "@"):
        return MxHost(preference=record.preference, host="")
    try:
        return MxHost(preference=record.preference, host=canonical_domain(name))
    except BadAddress:
        return None


def _nameserver(text: str) -> dns.nameserver.Do53Nameserver:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return dns.nameserver.Do53Nameserver(host, int(port.removeprefix(":") or 53))
    if text.count(":") > 1:
        return dns.nameserver.Do53Nameserver(text, 53)
    host, _, port = text.partition(":")
    return dns.nameserver.Do53Nameserver(host, int(port or 53))


# Docker's resolver is on loopback, and passes on whatever a name server outside says of DNSSEC.
_FORWARDERS = frozenset({"127.0.0.11"})


def _all_here(nameservers: Sequence[str | dns.nameserver.Nameserver]) -> bool:
    """Whether every name server is on this machine, so that nobody can change its answers on the way."""
    addresses = [it if isinstance(it, str) else getattr(it, "address", "") for it in nameservers]
    return bool(addresses) and all(
        it not in _FORWARDERS and ipaddress.ip_address(it.partition("%")[0]).is_loopback for it in addresses if it
    )
