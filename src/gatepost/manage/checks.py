"""What a relay needs, looked at from the relay's own place: the checks, and the one before a certificate is renewed.

Nothing is changed and no mail is sent; but smart hosts and mail hosts are connected to, and greeted.
"""

from collections.abc import Sequence

from cryptography import x509

from gatepost.checks import CHECKS, DEADLINE, Level, Lookups, Site, finding_values, run_checks, still_matches, worst
from gatepost.errors import CertificateUnusable, ConfigRefused
from gatepost.tls import read_certificates

from .asked import whose
from .desk import Answer, Call
from .explain import directory_of
from .roles import for_all_of_them

_LONGEST = 100.0  # seconds; the command line waits 120 for an answer


async def run(
    call: Call, *, only: Sequence[str] | None = None, deadline: float = DEADLINE, organization: str | None = None
) -> Answer:
    """The checks named in `only`, or all, within `deadline` seconds; with `organization` those of its own objects."""
    site = _asked(call, only, deadline, organization)
    rows = await run_checks(site, only or (), deadline=deadline)
    findings = [
        finding_values(it, check=check.name, section=str(check.section)) for check, found in rows for it in found
    ]
    level = worst(it.level for _, found in rows for it in found)
    return Answer(value={"passed": level is not Level.FAILED, "worst": str(level), "findings": findings})


async def begin(
    call: Call, *, only: Sequence[str] | None = None, deadline: float = DEADLINE, organization: str | None = None
) -> Answer:
    """The same, without waiting for it: what has been found is in `check.show`. While a run goes on it is that one."""
    site = _asked(call, only, deadline, organization)
    return Answer(
        value=call.desk.checkups.begin(whose(call, organization), site, only or (), deadline=deadline).values()
    )


async def show(call: Call, *, organization: str | None = None) -> Answer:
    """The run that `check.begin` began last, as far as it has come: `waiting` names the checks that are not done.

    None where there was none since the server started.
    """
    found = call.desk.checkups.last(whose(call, organization))
    return Answer(value=None if found is None else found.values())


async def certificate(call: Call, *, new: str, old: str | None = None, organization: str | None = None) -> Answer:
    """Which connectors will know a new certificate: `new` and `old`, which it replaces, are PEM texts with chains."""
    problems: list[str] = []
    chain, before = _chain("new", new, problems), _chain("old", old, problems) if old else []
    if problems:
        raise ConfigRefused(problems)
    found = await still_matches(_site(call, organization), chain, before)
    level = worst(it.level for it in found)
    findings = [finding_values(it, check="certificate-renewal", section="Certificates") for it in found]
    return Answer(value={"passed": level is not Level.FAILED, "worst": str(level), "findings": findings})


def _asked(call: Call, only: Sequence[str] | None, deadline: float, organization: str | None) -> Site:
    """The site to look at; raises where the checks that are named may not be run there."""
    _known(only or ())
    if isinstance(deadline, bool) or not isinstance(deadline, int | float) or not 0 < deadline <= _LONGEST:
        raise ConfigRefused([f"deadline is {deadline!r}. Remedy: give seconds, more than 0 and at most {_LONGEST:g}."])
    site = _site(call, organization)
    if not site.whole:
        for check in CHECKS:
            if check.whole and check.name in (only or ()):
                for_all_of_them(call.caller, f"The check '{check.name}'")
                raise ConfigRefused([f"The check '{check.name}' belongs to no organization. Remedy: leave it out."])
    return site


def _known(only: Sequence[str]) -> None:
    names = [it.name for it in CHECKS]
    if isinstance(only, str) or not all(isinstance(it, str) for it in only):
        raise ConfigRefused(['only is not a list of names. Remedy: write ["spf", "mx"].'])
    problems = [
        f"No check is called '{it}'. Remedy: use of these: {', '.join(names)}." for it in only if it not in names
    ]
    if problems:
        raise ConfigRefused(problems)


def _chain(name: str, pem: str, problems: list[str]) -> list[x509.Certificate]:
    try:
        return read_certificates(str(pem).encode(errors="replace"), source=name)
    except CertificateUnusable as unusable:
        problems.append(f"{unusable.detail} Remedy: give the certificate and its chain as PEM.")
        return []


def _site(call: Call, organization: str | None) -> Site:
    """This relay, or as much of it as belongs to one organization."""
    desk = call.desk
    snapshot = desk.config.current()
    own = whose(call, organization)
    return Site(
        settings=desk.settings,
        lookups=Lookups([str(it) for it in desk.settings.resolvers], trusted=desk.settings.trust_resolvers),
        clock=desk.clock,
        running=True,
        whole=own is None,
        listening=() if desk.inbound is None else tuple(desk.inbound.addresses),
        organizations=tuple(it for it in snapshot.organizations if own in (None, it.name)),
        domains=tuple(it for it in snapshot.accepted_domains if own in (None, it.organization)),
        outbound=tuple(it for it in snapshot.outbound if own in (None, it.organization)),
        signings=tuple(it for it in snapshot.signings if own in (None, it.organization)),
        directory=directory_of(call, organization),
        secret=desk.config.secret,
    )
