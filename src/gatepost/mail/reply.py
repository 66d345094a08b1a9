"""Every reply that Gatepost ever speaks, on one page.

A reply is a value. Its text is never built from exceptions or from what a stranger sent, so nothing internal leaks.
Exchange's texts are kept word for word where administrators search for them.
"""

from dataclasses import field
from functools import lru_cache

from .value import value


@value(kw_only=False)
class Reply:
    """One SMTP reply. The enhanced class digit is the code's own first digit, so the two cannot disagree.

    `text` may hold several lines, parted by `\\n`; each goes out with the code in front (RFC 5321 §4.2.1).
    `closes` says that the server hangs up after it (221, 421 and refusals of the whole session).
    """

    code: int
    subject_detail: str | None
    text: str
    closes: bool = False
    _wire: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def enhanced(self) -> str | None:
        """`5.7.64`, or None for greetings and EHLO answers (RFC 2034 §4)."""
        return f"{self.code // 100}.{self.subject_detail}" if self.subject_detail else None

    @property
    def positive(self) -> bool:
        return self.code < 400

    def __str__(self) -> str:
        first, _, _ = self.text.partition("\n")
        return f"{self.code} {self.enhanced} {first}" if self.subject_detail else f"{self.code} {first}"

    def wire(self) -> bytes:
        """The bytes for the socket, CRLF included."""
        if not self._wire:  # written once: most replies are constants, said thousands of times a second
            object.__setattr__(self, "_wire", _written(self))
        return self._wire


def _written(reply: Reply) -> bytes:
    prefix = f"{reply.enhanced} " if reply.subject_detail else ""
    if "\n" not in reply.text:
        return f"{reply.code} {prefix}{reply.text}\r\n".encode()
    lines = reply.text.split("\n")
    last = len(lines) - 1
    text = "".join(
        f"{reply.code}{' ' if number == last else '-'}{prefix}{line}\r\n" for number, line in enumerate(lines)
    )
    return text.encode("utf-8")


# --- the ordinary course of a session -------------------------------------------------------------------------
SENDER_OK = Reply(250, "1.0", "Sender OK")
RECIPIENT_OK = Reply(250, "1.5", "Recipient OK")
START_INPUT = Reply(354, None, "Start mail input; end with <CRLF>.<CRLF>")
RESET_OK = Reply(250, "0.0", "Resetting")
NOOP_OK = Reply(250, "0.0", "OK")
CHUNK_OK = Reply(250, "0.0", "Chunk received")
BYE = Reply(221, "0.0", "Service closing transmission channel", closes=True)
READY_FOR_TLS = Reply(220, "0.0", "SMTP server ready")
AUTHENTICATED = Reply(235, "7.0", "Authentication successful")
CANNOT_VERIFY = Reply(252, "1.5", "Cannot VRFY user, but will accept message and attempt delivery")
HELP = Reply(214, "0.0", "See RFC 5321")


@lru_cache(maxsize=64)
def greeting(hostname: str) -> Reply:
    """The banner. The software's name and version are nobody's business before they have said hello."""
    return Reply(220, None, f"{hostname} ESMTP Gatepost ready")


def queued(queue_id: str) -> Reply:
    """The 250 promise: said only after the commit."""
    return Reply(250, "6.0", f"{queue_id} Queued mail for delivery")


# --- syntax and order (RFC 5321 §4.2.4, §4.3.2) -----------------------------------------------------------------
UNKNOWN_COMMAND = Reply(500, "5.1", "Unrecognized command")
LINE_TOO_LONG = Reply(500, "5.6", "Line too long")
BARE_NEWLINE_COMMAND = Reply(500, "5.2", "Bare CR or LF in a command", closes=True)
NUL_IN_COMMAND = Reply(501, "5.2", "Control characters are not allowed in commands")
BAD_ARGUMENTS = Reply(501, "5.4", "Invalid arguments")
NO_ARGUMENT_ALLOWED = Reply(501, "5.4", "No argument is allowed here")
NOT_IMPLEMENTED = Reply(502, "5.1", "Command not implemented")
PARAMETER_UNKNOWN = Reply(555, "5.4", "MAIL or RCPT parameter not recognized or not implemented")
HELLO_FIRST = Reply(503, "5.1", "Send EHLO or HELO first")
NESTED_MAIL = Reply(503, "5.1", "Sender already specified")
MAIL_FIRST = Reply(503, "5.1", "Need MAIL before RCPT")
RCPT_FIRST = Reply(503, "5.1", "Need RCPT before the message")
NO_VALID_RECIPIENTS = Reply(554, "5.1", "No valid recipients")
BDAT_IN_PROGRESS = Reply(503, "5.1", "BDAT is in progress; finish with BDAT LAST or RSET")
BINARY_NEEDS_BDAT = Reply(503, "5.1", "BODY=BINARYMIME needs BDAT")
NOT_PIPELINED = Reply(503, "5.0", "This command must be the last of its group", closes=True)
NOT_SMTP = Reply(554, "5.1", "This is an SMTP server", closes=True)
TOO_MANY_ERRORS = Reply(421, "7.0", "Too many errors on this connection", closes=True)
BAD_SENDER_SYNTAX = Reply(501, "1.7", "Invalid sender address")
BAD_RECIPIENT_SYNTAX = Reply(501, "1.3", "Invalid recipient address")
RELAY_SYNTAX = Reply(553, "1.3", "Source routing is not accepted")
SMTPUTF8_NEEDED = Reply(553, "6.7", "Address needs SMTPUTF8")

# --- TLS, proxies and authentication ------------------------------------------------------------------------------
# Never spoken: a handshake ends with an alert. It is how logs, traces and explanations name that end.
TLS_TOO_OLD = Reply(550, "7.10", "TLS handshake refused: the version or the cipher suites are too old")
TLS_UNAVAILABLE = Reply(454, "7.0", "TLS is not available now")
TLS_ALREADY = Reply(503, "5.1", "TLS is already active")
REQUIRETLS_NEEDS_TLS = Reply(530, "7.0", "REQUIRETLS may only be asked for within TLS")
AUTH_NEEDS_TLS = Reply(538, "7.11", "Encryption is required for authentication")
AUTH_UNKNOWN_MECHANISM = Reply(504, "5.4", "Authentication mechanism not supported")
AUTH_NOT_HERE = Reply(503, "5.1", "Authentication is not offered here")
AUTH_ALREADY = Reply(503, "5.1", "Already authenticated")
AUTH_IN_TRANSACTION = Reply(503, "5.1", "Authentication is not allowed during a transaction")
AUTH_CANCELLED = Reply(501, "7.0", "Authentication cancelled")
AUTH_MALFORMED = Reply(501, "5.2", "Cannot decode the authentication response")
AUTH_FAILED = Reply(535, "7.8", "Authentication unsuccessful")
AUTH_REQUIRED = Reply(530, "7.57", "Client not authenticated to send mail")
AUTH_TRY_LATER = Reply(454, "7.0", "Temporary authentication failure")
PROXY_REFUSED = Reply(550, "7.1", "Proxy header refused", closes=True)
XCLIENT_REFUSED = Reply(550, "7.0", "XCLIENT is not allowed here")

# --- relay and attribution -------------------------------------------------------------------------------------------
RELAY_DENIED = Reply(550, "7.64", "TenantAttribution; Relay Access Denied")
ATTRIBUTION_TRY_LATER = Reply(451, "4.3", "Temporary server error. Please try again later ATTR55.1")
PARTNER_RESTRICTED = Reply(
    550,
    "7.51",
    "TenantInboundAttribution; There is a partner connector configured that matched the message's recipient "
    "domain. The connector had either the RestrictDomainsToIPAddresses or RestrictDomainsToCertificate set",
)
DIRECT_SEND_DENIED = Reply(
    550,
    "7.68",
    "TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources",
)
CONNECTOR_BLOCKED = Reply(550, "7.711", "Access denied, bad inbound connector. AS(2204)")
CLIENT_BLOCKED = Reply(550, "7.1", "Access denied, your address is blocked")
TURNED_AWAY = Reply(550, "7.1", "Access denied, your address is blocked", closes=True)
SENDER_NOT_ALLOWED = Reply(554, "7.60", "SMTP; Client does not have permissions to send as this sender")
INTERNAL_ONLY = Reply(550, "7.1", "This connector may only send to internal recipients")
RECIPIENT_UNKNOWN = Reply(550, "4.1", "Recipient address rejected: Access denied. AS(201806281)")
PARTNER_NEEDS_TLS = Reply(550, "7.51", "TenantInboundAttribution; A partner connector requires TLS for this sender")

# --- limits and our own trouble ------------------------------------------------------------------------------------
TOO_MANY_RECIPIENTS = Reply(452, "5.3", "Too many recipients")
TOO_BIG = Reply(552, "3.4", "Message size exceeds fixed maximum message size")
BARE_NEWLINE = Reply(550, "6.11", "Bare CR or LF in the message", closes=True)
NUL_IN_MESSAGE = Reply(550, "6.0", "NUL octets need BODY=BINARYMIME")
HEADER_TOO_LONG = Reply(552, "3.4", "Message header size exceeds fixed maximum size")
BAD_FROM = Reply(550, "7.512", "Access denied, message must be RFC 5322 section 3.6.2 compliant")
LOOP = Reply(554, "4.6", "Hop count exceeded - possible mail loop")
TOO_MANY_CONNECTIONS = Reply(421, "3.2", "Too many connections, try again later", closes=True)
TOO_MANY_FOR_CONNECTOR = Reply(421, "3.2", "Too many connections through this connector, try again later", closes=True)
TOO_MANY_FROM_CLIENT = Reply(421, "7.0", "Too many connections from your address, try again later", closes=True)
SHUTTING_DOWN = Reply(421, "3.2", "Service shutting down, try again later", closes=True)
TIMEOUT = Reply(421, "4.2", "Timeout waiting for the client", closes=True)
TOO_SLOW = Reply(421, "4.2", "Data is arriving too slowly", closes=True)
RATE_LIMITED = Reply(451, "7.500", "Server busy. Please try again later")
NO_SPACE = Reply(452, "3.1", "Insufficient system storage, try again later")
CANNOT_STORE = Reply(451, "3.0", "Cannot store the message now, try again later")
INTERNAL_TROUBLE = Reply(451, "3.0", "Local trouble, try again later")
CANNOT_SIGN = Reply(451, "7.5", "The message cannot be signed now")

# --- what we say of messages that we cannot hand on (smtp.client, before a byte is written) ---------------------------
UNSENDABLE = Reply(554, "6.0", "The message contains a bare CR or LF or a NUL octet and cannot be sent")
UNSENDABLE_ADDRESS = Reply(553, "1.3", "The address cannot be written into a command")

# --- what we say of next hops that never answered (routing, DSNs) ----------------------------------------------------
NULL_MX = Reply(556, "1.10", "Recipient domain accepts no mail (null MX)")
NO_SUCH_DOMAIN = Reply(550, "1.2", "Recipient domain does not exist")
MX_LOOP = Reply(554, "4.6", "Mail for this domain would loop back to this relay")
RETURNED = Reply(554, "3.0", "Returned undelivered by the administrator of this relay")
GRAPH_TOO_BIG = Reply(552, "3.4", "The message is too large for Microsoft Graph")
GRAPH_NO_SENDER = Reply(550, "1.7", "Microsoft Graph sends as a mailbox, and cannot send a report")
GRAPH_OTHER_RECIPIENTS = Reply(550, "5.4", "Microsoft Graph would send the message to others than its envelope says")
GRAPH_ADDRESS = Reply(550, "6.7", "Microsoft Graph cannot be given an address with letters beyond ASCII")
LOST_REPLY = Reply(451, "4.2", "The connection was lost before this recipient's final reply")
EXPIRED = Reply(554, "4.7", "Message expired")
NEEDS_REQUIRETLS = Reply(550, "7.30", "REQUIRETLS support required")
NEEDS_SMTPUTF8 = Reply(553, "6.7", "The next server does not support internationalized addresses")
NEEDS_8BIT = Reply(554, "6.3", "The next server does not support 8-bit or binary content")
