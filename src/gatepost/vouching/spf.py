"""Whether the sender's domain names the client's address (SPF, RFC 7208); spftrace evaluates, our resolver asks."""

from ipaddress import IPv4Address, IPv6Address

from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT

from gatepost.mail import Address, value
from gatepost.routing import Answer
from gatepost.signing import Verdict

from .questions import Questions, Resolver
from .statements import Statement

_LONGEST = 8_192  # of a record: reading one of 60,000 terms would take the loop a tenth of a second
_MOST_QUESTIONS = 40  # RFC 7208 §4.6.4 lets a record ask for many more; honest ones need half of this


@value
class Spf:
    """The result, and whose it is: `domain` is that of MAIL FROM, or of the greeting where a report has no sender."""

    verdict: Verdict
    domain: str
    statement: Statement


async def check_spf(
    questions: Questions, *, client: IPv4Address | IPv6Address, hello: str, sender: Address | None
) -> Spf:
    """The result for the envelope's sender (§2.4), or for the greeting where that is empty."""
    domain = hello if sender is None else sender.domain
    verdict, reason = await questions.in_time(
        _evaluated(questions.resolver, client, hello, sender), otherwise=(Verdict.TEMPERROR, "the DNS gave no answer")
    )
    name = "smtp.helo" if sender is None else "smtp.mailfrom"
    statement = Statement(method="spf", verdict=verdict, reason=reason, properties=((name, domain),))
    return Spf(verdict=verdict, domain=domain.lower(), statement=statement)


async def _evaluated(
    resolver: Resolver, client: IPv4Address | IPv6Address, hello: str, sender: Address | None
) -> tuple[Verdict, str]:
    import spftrace  # late: most relays check nobody

    class Asking(spftrace.BaseResolver):
        """Our resolver, in spftrace's words."""

        async def _lookup(self, name: str, rtype: str) -> tuple[str, list[str]]:
            found = await resolver.records(name.rstrip("."), rtype)
            word = {Answer.NO_NAME: "NXDOMAIN", Answer.TROUBLE: "SERVFAIL"}.get(found.answer, "NOERROR")
            texts = [_text(record) for record in found.records]
            return word, [text for text in texts if 0 < len(text) <= _LONGEST]

    limits = spftrace.Limits(max_queries=_MOST_QUESTIONS)
    result = await spftrace.Evaluator(Asking(), limits).evaluate(
        str(client), "" if sender is None else str(sender), hello
    )
    verdict = Verdict(result.result)
    ends = [event.data.get("reason", "") for event in result.trace.events if event.kind == "exit"]
    return verdict, str(ends[-1])[:200] if ends and verdict in (Verdict.TEMPERROR, Verdict.PERMERROR) else ""


def _text(record: Rdata) -> str:
    match record:
        case TXT():
            return b"".join(record.strings).decode("utf-8", "replace")
        case MX():
            return record.exchange.to_text(omit_final_dot=True)
        case PTR():
            return record.target.to_text(omit_final_dot=True)
        case _:
            return record.to_text() if record.rdtype.name in ("A", "AAAA") else ""
