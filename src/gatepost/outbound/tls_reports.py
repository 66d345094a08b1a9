"""Sending the TLS reports of yesterday to the domains that ask for them (RFC 8460), where an organization wants that.

What has been sent is written down domain by domain, and the trace is asked besides, so that a crash in between neither
forgets a report nor sends a second. Sessions that carry reports are not counted: two relays would write each other for
ever.
"""

import asyncio
import secrets
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
from dns.rdtypes.ANY.TXT import TXT

from gatepost.errors import SpoolUnavailable
from gatepost.mail import (
    GZIPPED,
    Address,
    TlsReport,
    TlsWish,
    message_id_of,
    write_tls_report,
)
from gatepost.routing import Answer, report_addresses
from gatepost.spool import Arrival, Search, TraceRow

from .keeping import keep_file
from .letters import Letters
from .posting import PostTerms, post_https
from .resolver import Resolver
from .terms import Journal
from .tls_counts import TlsCounts

LOOK = 60.0  # seconds
ASK_AGAIN = 3_600.0  # seconds after which trouble with the DNS or a web server is tried again, until the next day
SPREAD = 4 * 3_600  # seconds after midnight within which relays begin, each at a time of its own (RFC 8460 §4.1)
AT_ONCE = 20  # domains whose records are asked for at one time
_MAILED = "mailto"


class Ledger(Protocol):
    """The spool as seen from here."""

    def new_id(self) -> str: ...
    async def accept(self, arrival: Arrival) -> None: ...
    async def find(self, search: Search) -> Sequence[TraceRow]: ...


class TlsReports:
    """The looks. `reporter` names the organization in whose name is reported, and its postmaster, if one wants it.

    `folder` None keeps what was sent in memory only.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        counts: TlsCounts,
        resolver: Resolver,
        journal: Journal,
        letters: Letters,
        folder: Path | None,
        reporter: Callable[[], tuple[str, Address] | None],
        clock: Callable[[], float],
        terms: PostTerms | None = None,
    ) -> None:
        self._ledger = ledger
        self._counts = counts
        self._resolver = resolver
        self._journal = journal
        self._letters = letters
        self._kept = None if folder is None else folder / "tls-reports" / "sent.json"
        self._reporter = reporter
        self._clock = clock
        self._terms = terms or PostTerms()
        self._begins = zlib.crc32(letters.hostname.encode()) % SPREAD  # seconds; the same after a restart
        self._day = ""
        self._sent: dict[str, list[str]] = {}  # by domain; the empty word says: that was all
        self._again = 0.0  # when there is anything to do

    async def run(self) -> None:
        """Look until cancelled; trouble is told, and the next look tries again."""
        while True:
            try:
                await self.look()
            except (SpoolUnavailable, OSError) as trouble:
                self._journal.fact("trouble", where="tls-reports", what=str(trouble))
            except Exception as fault:  # of ours: no report is worth the end of the relay
                self._journal.fact("trouble", where="tls-reports", what=repr(fault))
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Report yesterday where it has not been, if it is time."""
        now = self._clock()
        moment = datetime.fromtimestamp(now, UTC)
        day = moment.date() - timedelta(days=1)
        if str(day) != self._day:
            self._day, self._sent, self._again = str(day), await asyncio.to_thread(self._read, str(day)), 0.0
        midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC).timestamp()
        reporter = self._reporter()
        if now < max(self._again, midnight + self._begins) or reporter is None:
            return
        done = True
        left = [
            it for it in sorted(_by_domain(self._counts.of(str(day))).items()) if "" not in self._sent.get(it[0], ())
        ]
        for start in range(0, len(left), AT_ONCE):
            batch = left[start : start + AT_ONCE]
            asked = await asyncio.gather(*(self._asked(domain) for domain, _ in batch))
            for (domain, policies), to in zip(batch, asked, strict=True):
                done &= to is not None and await self._report(self._made(day, domain, policies, reporter), to)
        self._again = midnight + 2 * 86_400.0 if done else now + ASK_AGAIN

    async def _asked(self, domain: str) -> tuple[Address | str, ...] | None:
        """Where the domain wants its report; None where the DNS does not tell."""
        found = await self._resolver.records(f"_smtp._tls.{domain}", "TXT")
        if found.answer is Answer.TROUBLE:
            return None
        records = [it for it in found.records if isinstance(it, TXT)]
        return report_addresses([b"".join(it.strings).decode("utf-8", "replace") for it in records])

    def _made(self, day: date, domain: str, policies: list[dict[str, Any]], reporter: tuple[str, Address]) -> TlsReport:
        organization, contact = reporter
        return TlsReport(
            day=day,
            domain=domain,
            organization=organization,
            contact=contact,
            hostname=self._letters.hostname,
            policies=tuple(policies),
        )

    async def _report(self, report: TlsReport, asked: Sequence[Address | str]) -> bool:
        """Whether nothing is left to be done for this domain."""
        domain, day = report.domain, report.day
        sent = self._sent.get(domain, [])
        mailboxes = [it for it in asked if isinstance(it, Address)]
        if mailboxes and _MAILED not in sent:
            await self._mail(report, mailboxes)
            sent = await self._keep(domain, [*sent, _MAILED])
        missed = False
        for url in (it for it in asked if isinstance(it, str) and it not in sent):
            trouble = await post_https(url, report.octets, {"Content-Type": GZIPPED}, terms=self._terms)
            if trouble is None:
                sent = await self._keep(domain, [*sent, url])
                self._journal.fact("tls_report_sent", domain=domain, day=str(day), to=[urlsplit(url).hostname])
            else:
                missed = True
                self._journal.fact("tls_report_failed", domain=domain, day=str(day), reason=trouble)
        if not missed:
            self._sent[domain] = [*sent, ""]  # kept with the next that is sent: most domains ask for nothing
        return not missed

    async def _mail(self, report: TlsReport, to: Sequence[Address]) -> None:
        message_id = message_id_of(report)
        if await self._ledger.find(Search(message_id=message_id, limit=1)):  # stored, and then the relay was killed
            return
        now, id_ = self._clock(), self._ledger.new_id()
        octets = write_tls_report(
            report, to=to, now=datetime.fromtimestamp(now, UTC), boundary=f"=_{secrets.token_hex(16)}"
        )
        arrival = self._letters.arrival(
            octets,
            id=id_,
            to=to,
            organization=report.organization,
            at=now,
            subject=f"TLS report of {report.day} for {report.domain}",
            message_id=message_id,
            story={"report": "tls", "domain": report.domain},
            tls=TlsWish.OPTIONAL,
        )
        await self._ledger.accept(arrival)
        self._journal.fact(
            "tls_report_sent", id=id_, domain=report.domain, day=str(report.day), to=[str(it) for it in to]
        )

    # --- what was sent --------------------------------------------------------------------------------------

    async def _keep(self, domain: str, sent: list[str]) -> list[str]:
        """Write down what of a domain has been sent."""
        self._sent[domain] = sent
        if self._kept is not None:
            octets = orjson.dumps({"day": self._day, "sent": self._sent})
            await asyncio.to_thread(keep_file, self._kept, octets)
        return sent

    def _read(self, day: str) -> dict[str, list[str]]:
        try:
            told = {} if self._kept is None else orjson.loads(self._kept.read_bytes())
            return {str(k): [str(it) for it in v] for k, v in told["sent"].items()} if told.get("day") == day else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # nothing was kept, or what was kept is damaged: the trace knows what was mailed


def _by_domain(policies: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The policies of each domain that could have a record: no address, and not what was lumped together."""
    domains: dict[str, list[dict[str, Any]]] = {}
    for it in policies:
        domain = str(it["policy"]["policy-domain"])
        if "." in domain and domain.isascii() and domain[-1].isalpha() and domain[0] not in "[(":
            domains.setdefault(domain, []).append(it)
    return domains
