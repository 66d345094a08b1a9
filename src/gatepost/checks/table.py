"""The prerequisites of a relay as one table of checks, run side by side under one deadline."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from gatepost.tools import plain

from . import admission, certificates, domains, hosts, listeners, machine
from .site import Check, Finding, Section, Site, failed, skipped

DEADLINE = 30.0  # seconds for all of them together
AT_ONCE = 2  # runs in one program: each connects to many hosts, and over REST many callers could start one
PATIENCE = 15.0  # seconds that a run waits for its turn, before its own deadline begins

# The turns of each event loop, because a semaphore belongs to one; a server has one loop.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

CHECKS: tuple[Check, ...] = (
    Check(
        name="clock", section=Section.OUTSIDE, run=machine.clock, whole=True,
        question="Is the clock right, as certificates and other hosts expect it?",
    ),
    Check(
        name="disk", section=Section.MACHINE, run=machine.disk, whole=True,
        question="Is there room for the queue?",
    ),
    Check(
        name="files", section=Section.MACHINE, run=machine.files, whole=True,
        question="Are keys and mail closed to other users of the machine?",
    ),
    Check(
        name="sqlite", section=Section.MACHINE, run=machine.sqlite, whole=True,
        question="Is the SQLite library sound?",
    ),
    Check(
        name="resolver", section=Section.MACHINE, run=machine.resolver, whole=True,
        question="Does each name server answer, and tell the truth?",
    ),
    Check(
        name="certificate", section=Section.CERTIFICATES, run=certificates.readable,
        question="Can each certificate be read, and does its key belong to it?",
    ),
    Check(
        name="certificate-expiry", section=Section.CERTIFICATES, run=certificates.expiry,
        question="How long is each certificate valid?",
    ),
    Check(
        name="certificate-chain", section=Section.CERTIFICATES, run=certificates.chain,
        question="Do public CAs vouch for each, with the intermediates that it brings?",
    ),
    Check(
        name="certificate-names", section=Section.CERTIFICATES, run=certificates.names,
        question="Do names, accepted domains and TlsSenderCertificateName fit together?",
    ),
    Check(
        name="certificate-purpose", section=Section.CERTIFICATES, run=certificates.purpose,
        question="Does the extended key usage suffice?",
    ),
    Check(
        name="connectors", section=Section.LISTENERS, run=admission.connectors, needs_server=True,
        question="May anybody hand in mail, and for which domains?",
    ),
    Check(
        name="old-tls", section=Section.LISTENERS, run=admission.old_tls, needs_server=True,
        question="Who may use TLS older than 1.2?",
    ),
    Check(
        name="listeners", section=Section.LISTENERS, run=listeners.listeners, whole=True,
        question="Does each listener answer?",
    ),
    Check(
        name="open-relay", section=Section.LISTENERS, run=listeners.open_relay, whole=True,
        question="Does each listener refuse to relay for strangers?",
    ),
    Check(
        name="port-25", section=Section.OUTSIDE, run=hosts.port_25, needs_server=True,
        question="Can smart hosts and MX hosts be reached, and what do they offer?",
    ),
    Check(
        name="public-address", section=Section.OUTSIDE, run=hosts.public_address, needs_server=True,
        question="Which address of ours do other hosts see?",
    ),
    Check(
        name="reverse-name", section=Section.OUTSIDE, run=hosts.reverse_name, whole=True,
        question="Do our name (EHLO) and the name of our address (PTR) hold?",
    ),
    Check(
        name="mx", section=Section.OUTSIDE, run=domains.mx, needs_server=True,
        question="Where does each accepted domain take its mail?",
    ),
    Check(
        name="spf", section=Section.OUTSIDE, run=domains.spf, needs_server=True,
        question="Does SPF let us send for each accepted domain?",
    ),
    Check(
        name="dkim", section=Section.OUTSIDE, run=domains.dkim, needs_server=True,
        question="Has each accepted domain DKIM keys?",
    ),
    Check(
        name="dmarc", section=Section.OUTSIDE, run=domains.dmarc, needs_server=True,
        question="Has each accepted domain a DMARC policy?",
    ),
)  # fmt: skip


Rows = tuple[tuple[Check, tuple[Finding, ...]], ...]
Hearer = Callable[[Check, tuple[Finding, ...]], None]


def _unheard(check: Check, found: tuple[Finding, ...]) -> None:
    """Nobody wants to hear of a check before all are done."""


async def run_checks(
    site: Site,
    only: Collection[str] = (),
    *,
    deadline: float = DEADLINE,
    patience: float = PATIENCE,
    told: Hearer = _unheard,
) -> Rows:
    """Run the checks named in `only` (none: all that this asker may see), in the table's order.

    Whatever is not done after `deadline` seconds has failed. At most AT_ONCE runs go on at a time; one whose turn does
    not come within `patience` seconds looks at nothing and says so. `told` hears of each check when it is done.
    """
    chosen = [it for it in CHECKS if (not only or it.name in only) and (site.whole or not it.whole)]
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    try:
        async with asyncio.timeout(patience):
            await turn.acquire()
    except TimeoutError:
        busy = failed(
            f"It was not looked at: {AT_ONCE} other runs of the checks went on for more than {patience:g} seconds.",
            "Run it again when they are done.",
        )
        return tuple((check, (replace(busy, seconds=patience),)) for check in chosen)
    try:
        return await _side_by_side(site, chosen, deadline, told)
    finally:
        turn.release()


async def _side_by_side(site: Site, chosen: Sequence[Check], deadline: float, told: Hearer) -> Rows:
    tasks = [asyncio.create_task(_run(site, it, told)) for it in chosen]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=deadline)
        rows = []
        for check, task in zip(chosen, tasks, strict=True):
            if task.done():
                rows.append((check, task.result()))
            else:
                late = failed(f"It was not done after {deadline:g} seconds.", "Run it alone, with --only.")
                rows.append((check, (replace(late, seconds=deadline),)))
        return tuple(rows)
    finally:
        rest = [it for it in (*tasks, *site.begun.values()) if not it.done()]
        for it in rest:
            it.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


async def _run(site: Site, check: Check, told: Hearer) -> tuple[Finding, ...]:
    clock = asyncio.get_running_loop().time
    begun = clock()
    found: Sequence[Finding]
    if check.needs_server and not site.running:
        found = (skipped("No running server could be asked, so its domains and connectors are not known."),)
    else:
        try:
            found = await check.run(site)
        except Exception as trouble:  # one check that breaks must not take the others with it
            sentence = f"The check itself broke ({type(trouble).__name__}: {plain(str(trouble))})."
            found = (failed(sentence, "Please report this."),)
    seconds = round(clock() - begun, 3)
    timed = tuple(replace(it, seconds=seconds) for it in found)
    told(check, timed)
    return timed
