"""A copy that arrives elsewhere is looked for in its recipient's mailbox, by IMAP, with a sign-in that is used once.

The password is an argument of this one look: it is kept nowhere, and stands in no log, audit or answer. Which host is
spoken to is said by who asks, as for a connector that is validated before it is stored; so it is for those who may
change the configuration, a few times a minute, and in the audit. The host must prove its name by a certificate before
anything but a greeting is read or said (decision 0023).
"""

import re
from dataclasses import replace

from gatepost.errors import CertificateUnusable, ConfigRefused
from gatepost.tls import read_certificates
from gatepost.tools import IMPLICIT_PORT, STARTTLS_PORT, ImapLogin, ImapPlace, PickupFailed, find_copy

from .desk import Answer, Call
from .verifying import shown, sought

_WAIT = 10.0  # seconds for which the copy is looked for; whoever asks waits for the answer
_SERVER = re.compile(r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(?P<port>[0-9]{1,5}))?")


async def look(
    call: Call,
    *,
    id: str,  # noqa: A002
    recipient: str,
    server: str,
    user: str,
    password: str | None = None,
    token: str | None = None,
    authorities: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Look for the recipient's copy in the inbox and the junk folders of `user` at `server` (HOST, or HOST:PORT).

    One of `password` and `token` (an OAuth access token) opens the mailbox; `authorities` are CAs (PEM) besides the
    system's. Raises ConfigRefused where it does not open, or the copy is not there; TooManyAttempts.
    """
    run, quest = sought(call, id, recipient)
    login = _login(server, user, password=password, token=token, authorities=authorities)
    if what_if:
        return Answer(value=shown(run))
    call.desk.trials.allow(call.who, call.desk.clock())
    await call.note("verify", "mailbox", server, {"User": user, "Recipient": recipient})
    place = ImapPlace(login, message_id=quest.sent.message_id)
    try:
        await place.ready()
        verified = await find_copy(quest.sent, replace(quest.search, places=(place,), wait=_WAIT))
    except PickupFailed as failed:
        raise ConfigRefused([str(failed)]) from None
    finally:
        await place.close()
    if verified.found is None:
        raise ConfigRefused(verified.problems)
    quest.verified = verified
    return Answer(value=shown(run))


def _login(server: str, user: str, *, password: str | None, token: str | None, authorities: str | None) -> ImapLogin:
    """Who opens which mailbox; raises ConfigRefused with every problem."""
    problems = []
    named = _SERVER.fullmatch(server.strip())
    port = int(named["port"] or IMPLICIT_PORT) if named is not None else 0
    if not 0 < port < 65_536:
        problems.append("server is not HOST or HOST:PORT. Remedy: write imap.contoso.com, or imap.contoso.com:993.")
    if not user or not user.isprintable():
        problems.append("user is missing. Remedy: say whose mailbox it is, such as anna@contoso.com.")
    if bool(password) == bool(token):
        problems.append("password and token: one of the two is wanted. Remedy: give what opens the mailbox.")
    try:
        trusted = tuple(read_certificates(authorities.encode(), source="authorities")) if authorities else ()
    except CertificateUnusable as unusable:
        problems.append(f"{unusable.detail} Remedy: paste the CA's certificate as PEM.")
    if problems or named is None:
        raise ConfigRefused(problems)
    return ImapLogin(
        host=named["host"],
        port=port,
        starttls=port == STARTTLS_PORT,
        user=user,
        secret=token or password or "",
        token=bool(token),
        trusted=trusted,
    )
