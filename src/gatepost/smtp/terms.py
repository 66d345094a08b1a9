"""What a listener offers to one client: plain values, from the settings and the list of proxies."""

from gatepost.mail import value


@value
class ServerTerms:
    """What this listener offers to this client."""

    hostname: str
    client: str  # the client's address as text, for "Hello [192.0.2.9]"
    max_message_size: int = 157_286_400
    max_recipients: int = 1000  # beyond: 452 4.5.3
    starttls: bool = False  # STARTTLS is offered
    tls: bool = False  # TLS is already active (implicit)
    auth: bool = False  # AUTH PLAIN LOGIN is offered, over TLS only
    proxy: bool = False  # a PROXY header must come first
    xclient: bool = False  # XCLIENT is offered
    normalize_newlines: bool = False  # BareLineFeeds Normalize
