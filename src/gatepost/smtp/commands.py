"""The verbs and when they may come: one table. And the arguments of those that have any.

A reader of arguments gives the event for the shell, or the Reply that refuses; it never raises.
"""

import re
from enum import IntEnum, auto
from functools import lru_cache
from typing import NamedTuple

from gatepost.mail import Address, BadAddress, BodyKind, Reply, parse_path
from gatepost.mail import reply as say

from . import parameters
from .events import MailFrom, RcptTo
from .parameters import BadParameter, UnknownParameter


class Phase(IntEnum):
    """Where a conversation stands."""

    PROXY = auto()  # a PROXY header is due
    GREETING = auto()  # the client waits for our banner
    HELLO = auto()  # greeted, nothing said yet
    READY = auto()
    MAIL = auto()  # a sender, no accepted recipient
    RCPT = auto()  # at least one recipient
    DATA = auto()  # message text
    BDAT = auto()  # between or inside the chunks of one message
    AUTH = auto()  # an AUTH exchange is going on
    TLS = auto()  # READY_FOR_TLS is said, the handshake is not done
    CLOSED = auto()


TALK = frozenset({Phase.HELLO, Phase.READY, Phase.MAIL, Phase.RCPT, Phase.BDAT})
GREETED = frozenset({Phase.READY, Phase.MAIL, Phase.RCPT})


class Verb(NamedTuple):
    """When a verb may come, and what is said when it comes at another time."""

    phases: frozenset[Phase]
    otherwise: Reply = say.HELLO_FIRST
    argument: bool | None = None  # True: needs one; False: takes none; None: either
    idle: bool = False  # does no work for anybody: too many of them are an error
    last: bool = False  # must end its pipelined group (RFC 2920 §3.1), because its answer changes what follows


VERBS: dict[str, Verb] = {
    "EHLO": Verb(TALK, argument=True, idle=True),
    "HELO": Verb(TALK, argument=True, idle=True),
    "MAIL": Verb(frozenset({Phase.READY}), say.NESTED_MAIL, argument=True),
    "RCPT": Verb(frozenset({Phase.MAIL, Phase.RCPT}), say.MAIL_FIRST, argument=True),
    "DATA": Verb(frozenset({Phase.RCPT}), say.RCPT_FIRST, argument=False, last=True),
    "BDAT": Verb(TALK, argument=True),  # its octets follow in any case
    "RSET": Verb(TALK, argument=False, idle=True),
    "NOOP": Verb(TALK, idle=True),
    "QUIT": Verb(TALK, argument=False),
    "VRFY": Verb(TALK - {Phase.BDAT}, say.BDAT_IN_PROGRESS, argument=True, idle=True),
    "HELP": Verb(TALK - {Phase.BDAT}, say.BDAT_IN_PROGRESS, idle=True),
    "STARTTLS": Verb(GREETED, argument=False, last=True),
    "AUTH": Verb(frozenset({Phase.READY}), say.AUTH_IN_TRANSACTION, argument=True, last=True),
    "XCLIENT": Verb(frozenset({Phase.HELLO, Phase.READY}), say.NESTED_MAIL, argument=True, last=True),
}

UNIMPLEMENTED = frozenset({"EXPN", "TURN", "ETRN", "ATRN", "SEND", "SOML", "SAML", "BURL"})
HTTP = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "TRACE", "PATCH", "PRI"})


def out_of_order(verb: str, phase: Phase) -> Reply:
    """The refusal of a verb in a phase that it may not come in."""
    if phase is Phase.HELLO:
        return say.HELLO_FIRST
    return say.BDAT_IN_PROGRESS if phase is Phase.BDAT else VERBS[verb].otherwise


# --- MAIL and RCPT --------------------------------------------------------------------------------

# A path may hold a quoted string with `>` and spaces in it. The alternatives begin differently: no
# backtracking.
_PATH = r'<[^"<> ]*(?:"(?:[^"\\]|\\.)*"[^"<> ]*)*>'
_MAIL = re.compile(rf"FROM: *({_PATH})(?: +(.*))?", re.IGNORECASE)
_RCPT = re.compile(rf"TO: *({_PATH})(?: +(.*))?", re.IGNORECASE)

MAX_PATH = 256  # RFC 5321 §4.5.3.1.3
MAIL_PARAMETERS = frozenset({"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH", "REQUIRETLS"})
RCPT_PARAMETERS = frozenset({"NOTIFY", "ORCPT"})


@lru_cache(maxsize=1024)  # devices write to the same few people from the same address
def read_mail(argument: str, max_message_size: int) -> MailFrom | Reply:
    """`FROM:<a@b> SIZE=…`; a space behind the colon is what real devices send."""
    found = _MAIL.fullmatch(argument)
    if found is None:
        return say.BAD_SENDER_SYNTAX
    path, rest = found.groups()
    size: int | None = None
    body, smtputf8, ret, envid = BodyKind.SEVEN_BIT, False, None, None
    require_tls = False
    if rest:
        try:
            words = parameters.split_parameters(rest, MAIL_PARAMETERS)
            smtputf8 = parameters.flag(words, "SMTPUTF8")
            require_tls = parameters.flag(words, "REQUIRETLS")
            size = parameters.number(words["SIZE"]) if "SIZE" in words else None
            body = parameters.body_kind(words["BODY"]) if "BODY" in words else body
            ret = parameters.ret(words["RET"]) if "RET" in words else None
            envid = parameters.envid(words["ENVID"]) if "ENVID" in words else None
            if "AUTH" in words:
                parameters.auth_identity(words["AUTH"])
        except BadParameter:
            return say.BAD_ARGUMENTS
        except UnknownParameter:
            return say.PARAMETER_UNKNOWN
    sender = read_path(path, smtputf8=smtputf8, bad=say.BAD_SENDER_SYNTAX)
    if isinstance(sender, Reply):
        return sender
    if size is not None and size > max_message_size:
        return say.TOO_BIG  # RFC 1870 §6.1
    return MailFrom(sender, size, body, smtputf8, ret, envid, require_tls)


@lru_cache(maxsize=1024)
def read_rcpt(argument: str, hostname: str, *, smtputf8: bool) -> RcptTo | Reply:
    """`TO:<a@b> NOTIFY=…`. `<postmaster>` alone is ours (RFC 5321 §4.5.1)."""
    found = _RCPT.fullmatch(argument)
    if found is None:
        return say.BAD_RECIPIENT_SYNTAX
    path, rest = found.groups()
    if path[1:-1].lower() == "postmaster":
        address: Address | Reply | None = Address(path[1:-1], hostname)
    else:
        address = read_path(path, smtputf8=smtputf8, bad=say.BAD_RECIPIENT_SYNTAX)
    if isinstance(address, Reply):
        return address
    if address is None:
        return say.BAD_RECIPIENT_SYNTAX
    if not rest:
        return RcptTo(address, (), None)
    try:
        words = parameters.split_parameters(rest, RCPT_PARAMETERS)
        notify = parameters.notify(words["NOTIFY"]) if "NOTIFY" in words else ()
        orcpt = parameters.orcpt(words["ORCPT"], smtputf8=smtputf8) if "ORCPT" in words else None
    except BadParameter:
        return say.BAD_ARGUMENTS
    except UnknownParameter:
        return say.PARAMETER_UNKNOWN
    return RcptTo(address, notify, orcpt)


def read_path(path: str, *, smtputf8: bool, bad: Reply) -> Address | Reply | None:
    """A path in its brackets, None for the null sender, or the refusal."""
    if len(path) > MAX_PATH + 2:
        return bad
    if not smtputf8 and not path.isascii():
        return say.SMTPUTF8_NEEDED  # RFC 6531 §3.5
    try:
        return parse_path(path)
    except BadAddress:
        # Every open-relay form ends here: `%`, `!`, `@a:b@c`, `"a@b"@c`.
        routed = path.startswith("<@") or any(sign in path for sign in "%!") or path.count("@") > 1
        return say.RELAY_SYNTAX if routed else bad


# --- BDAT -----------------------------------------------------------------------------------------


class Chunk(NamedTuple):
    """What a BDAT command announced (RFC 3030 §2)."""

    octets: int
    last: bool


def read_chunk(argument: str) -> Chunk | None:
    """`n` or `n LAST`; None when the size cannot be read, so that nobody knows how many octets follow."""
    size, _, last = argument.partition(" ")
    last = last.strip().upper()
    if last not in ("", "LAST"):
        return None
    try:
        return Chunk(parameters.number(size), last == "LAST")
    except BadParameter:
        return None


def is_foreign(verb: str) -> bool:
    """Whether a line is no SMTP at all: an HTTP request, or a header (hazard F9)."""
    return verb in HTTP or ":" in verb
