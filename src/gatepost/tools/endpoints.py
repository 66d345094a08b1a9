"""Well-known endpoints and ports, and what it means to knock at the wrong one."""

from collections.abc import Collection

from .advice import Advice
from .circumstances import Circumstances, TlsMode

_SUBMISSION = ("smtp.office365.com", "smtp-mail.outlook.com", "smtp.office365.us", "smtp.partner.outlook.cn")
_MX = (
    ".mail.protection.outlook.com",
    ".mail.protection.office365.us",
    ".mail.protection.partner.outlook.cn",
    ".mx.microsoft",
)
_RETIRED = (".mail.messaging.microsoft.com", ".frontbridge.com", ".mail.eo.outlook.com")

_USE_MX = "Send to the MX endpoint of the organization's domain on port 25; `gatepost mx DOMAIN` shows it."


def is_submission(host: str) -> bool:
    """Whether this is where Microsoft 365's mailboxes hand in mail, after a sign-in."""
    return _named(host) in _SUBMISSION


def is_mx_endpoint(host: str) -> bool:
    """Whether this is where Microsoft 365 takes mail for a domain, and relays for connectors."""
    return _named(host).endswith(_MX)


def endpoint_refusal(code: int, statuses: Collection[str], seen: Circumstances) -> Advice | None:
    """What a refusal means because it came from just this endpoint, or in this state of the session."""
    if code not in (530, 550, 451, 454, 554) or seen.signed_in:
        return None
    unsigned = seen.encrypted and (code == 530 or bool({"5.7.0", "5.7.1", "5.7.3"} & set(statuses)))
    if is_submission(seen.host) and (unsigned or "5.7.57" in statuses):
        return Advice(
            f"{seen.host} is the submission endpoint: it takes mail only from mailboxes that sign in.",
            f"{_USE_MX} Or sign in as a mailbox whose SMTP AUTH is enabled.",
            ("A relay by address or certificate was meant; that is another endpoint.",),
        )
    return None


def unreachable_advice(seen: Circumstances) -> Advice | None:
    """Why no connection came about, where host and port alone tell it; None where they do not."""
    if is_submission(seen.host) and seen.port not in (587, 25):
        return Advice(
            f"Nothing listens on port {seen.port} of {seen.host}: Microsoft 365 takes submissions on port 587.",
            f"Use {seen.host} port 587 with --tls starttls, and sign in.",
            ("Port 465 (implicit TLS) is not offered there.",) if seen.port == 465 else (),
        )
    if is_mx_endpoint(seen.host) and seen.port != 25:
        return Advice(
            f"{seen.host} is an MX endpoint, which listens on port 25 only.",
            "Use port 25. Ports 587 and 465 are for submission with a sign-in, at another host.",
            ("Port 25 may be blocked from this network, which is why another was tried: ask the provider to open it.",),
        )
    return None


def silence_advice(seen: Circumstances) -> Advice | None:
    """Why a server said nothing, or hung up, though it was reached; None where nothing is known."""
    if seen.heard or seen.mode is TlsMode.IMPLICIT or seen.port != 465:
        return None
    return Advice(
        "The server said nothing: on port 465 it waits for TLS to begin at once.",
        "Use --tls implicit here, or port 587 with --tls starttls.",
    )


def sign_in_advice(seen: Circumstances) -> Advice:
    """Why nobody can sign in here."""
    if not seen.encrypted:
        return Advice(
            "The server offers no sign-in here." if "AUTH" not in seen.extensions else "The session has no TLS.",
            "Sign-in needs TLS (use --tls starttls) and a submission endpoint (port 587 or 465).",
            ("No password is sent in clear, whatever the server offers.",),
        )
    if is_mx_endpoint(seen.host):
        return Advice(
            f"{seen.host} is an MX endpoint: it offers no sign-in, and relays by connector.",
            "Leave the user out and let a connector cover this client, or use smtp.office365.com port 587.",
        )
    reasons = ("Port 25 is for relaying; most servers offer AUTH on port 587 alone.",) if seen.port == 25 else ()
    return Advice(
        "The server offers no sign-in here.", "Sign-in needs TLS and a submission endpoint (port 587 or 465).", reasons
    )


def remarks_on(seen: Circumstances) -> tuple[Advice, ...]:
    """What is wrong with the choice of the endpoint, whether it took the message or not."""
    found: list[Advice] = []
    spoken = seen.banner.split(" ")[1] if seen.banner.startswith("220 ") and seen.banner.count(" ") else ""
    if seen.by_address and (is_mx_endpoint(spoken) or ".protection.outlook.com" in spoken):
        found.append(
            Advice(
                f"{seen.host} is an IP address in place of an MX endpoint's name.",
                "Use the name that `gatepost mx DOMAIN` shows: Microsoft changes the addresses, and answers for other "
                "organizations at them, too.",
            )
        )
    if _named(seen.host).endswith(_RETIRED):
        found.append(Advice(f"{seen.host} is a retired name of Microsoft's filter.", _USE_MX))
    return tuple(found)


def _named(host: str) -> str:
    return host.rstrip(".").lower()
