"""What became of one recipient in one attempt: a value with exactly three shapes."""

from .cause import Cause
from .reply import Reply
from .value import value


@value(kw_only=False)
class Delivered:
    """The next host (or mailbox) has taken responsibility."""

    host: str
    reply: Reply | None = None


@value(kw_only=False)
class Deferred:
    """Not yet: try again. `reason` is a sentence; `reply` what the host said, if it said anything.

    `host_trouble` is true when the failure is the destination's, not this message's (refused connection, TLS,
    421, DNS): then nothing else need be tried there for a while. `lasting` is true when somebody has to mend
    something before it can go better: a certificate, a password, what TLS must be. `cause` is told only where the reply
    does not: `cause_of` knows.
    """

    host: str
    reason: str
    reply: Reply | None = None
    host_trouble: bool = False
    lasting: bool = False
    cause: Cause | None = None


@value(kw_only=False)
class Failed:
    """Never: the sender is to be told. `reply` carries the status for the DSN; `cause` as of a Deferred."""

    host: str
    reason: str
    reply: Reply | None = None
    cause: Cause | None = None


Outcome = Delivered | Deferred | Failed
