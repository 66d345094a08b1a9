"""What the test sender saw, as values, and the same as JSON-ready values."""

from dataclasses import asdict, dataclass

from cryptography import x509

from gatepost.mail import Reply
from gatepost.tls import distinguished, host_names, purposes

from .advice import Advice
from .transcript import Said, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientAnswer:
    """What became of one recipient; `stage` is the command that was answered (MAIL, RCPT, DATA, END)."""

    address: str
    reply: Reply
    stage: str
    advice: Advice | None

    @property
    def accepted(self) -> bool:
        return self.stage == "END" and 200 <= self.reply.code < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One certificate of a chain, for people. `uses` None means that any use is allowed."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    uses: tuple[str, ...] | None
    not_before: str
    not_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """All that was seen. `trouble` says why there are no answers of recipients, or not the final ones.

    `remarks` are about the choice of the server, whether it took the message or not. `seconds` passed from the first
    packet to the last recipient's answer. `seen_as` is our address as the server told it.
    `presented` is the chain that we had ready; `certificate_asked` says whether the server wanted it.
    `server_problem` None means that the server's chain and name are good (or that there was no TLS); else
    `server_advice` says what to do about it.
    """

    answers: tuple[RecipientAnswer, ...]
    transcript: tuple[Said, ...]
    trouble: Advice | None = None
    trouble_reply: Reply | None = None
    remarks: tuple[Advice, ...] = ()
    seconds: float | None = None
    local: str = ""
    remote: str = ""
    seen_as: str = ""
    tls_version: str | None = None
    cipher: str | None = None
    server_chain: tuple[ChainLink, ...] = ()
    server_problem: str | None = None
    server_advice: Advice | None = None
    presented: tuple[ChainLink, ...] = ()
    certificate_asked: bool = False

    @property
    def accepted(self) -> bool:
        """Whether every recipient was accepted."""
        return bool(self.answers) and all(answer.accepted for answer in self.answers)


def chain_link(certificate: x509.Certificate) -> ChainLink:
    """What there is to say about a certificate, whoever made it."""
    try:
        names, uses = host_names(certificate, common_name=True), purposes(certificate)
    except Exception:  # a stranger's extensions can break in any way, and only words are lost
        names, uses = (), ()
    return ChainLink(
        subject=distinguished(certificate),
        issuer=distinguished(certificate, issuer=True),
        names=names,
        uses=uses,
        not_before=f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        not_after=f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    )


def report_values(result: ProbeResult) -> dict[str, object]:
    """The report for `--json` and REST: one object, keys as in `gatepost send`'s documentation."""
    trouble = None
    if result.trouble is not None:
        reply = None if result.trouble_reply is None else plain(str(result.trouble_reply))
        trouble = {**asdict(result.trouble), "reply": reply}
    return {
        "accepted": result.accepted,
        "local": result.local,
        "remote": result.remote,
        "seen_as": result.seen_as or None,
        "seconds": None if result.seconds is None else round(result.seconds, 4),
        "recipients": [_answer_values(answer) for answer in result.answers],
        "trouble": trouble,
        "remarks": [asdict(remark) for remark in result.remarks],
        "tls_version": result.tls_version,
        "cipher": result.cipher,
        "server_chain": [asdict(link) for link in result.server_chain],
        "server_problem": result.server_problem,
        "server_advice": None if result.server_advice is None else result.server_advice.next_step,
        "presented_chain": [asdict(link) for link in result.presented],
        "certificate_asked": result.certificate_asked,
        "transcript": [{"at": said.at, "side": str(said.side), "text": said.text} for said in result.transcript],
    }


def _answer_values(answer: RecipientAnswer) -> dict[str, object]:
    return {
        "address": answer.address,
        "accepted": answer.accepted,
        "code": answer.reply.code,
        "enhanced": answer.reply.enhanced,
        "reply": plain(str(answer.reply)),
        "stage": answer.stage,
        "means": None if answer.advice is None else answer.advice.means,
        "facts": [] if answer.advice is None else list(answer.advice.facts),
        "reasons": [] if answer.advice is None else list(answer.advice.reasons),
        "next_step": None if answer.advice is None else answer.advice.next_step,
    }
