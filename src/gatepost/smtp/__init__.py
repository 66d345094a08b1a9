"""SMTP, both chairs, as machines that are fed with bytes and asked for events.

Owns    the verbs and when they may come, lines and dots and chunks, ESMTP parameters, AUTH, PROXY and
        XCLIENT, what EHLO offers, the reading of replies.
Never   opens a socket, reads a clock, decides who may relay, or keeps a message: shells do.
Read    events.py, commands.py (the table), server.py over hearing.py over standing.py; client.py over
        opening.py; then dots.py, which is why it is safe and fast; recorder.py says what may be told of a session.

Promise: nothing that a peer sends raises out of a machine, is stored without a limit, or runs as a command
when it came as something else. A machine holds what it was given while an event is unanswered, so a shell
stops reading from its socket then.
"""

from .client import ClientSession
from .commands import Phase
from .dots import ChunkReader
from .events import (
    Authenticate,
    Authenticated,
    AuthenticationRefused,
    BodyChunk,
    BodyEnd,
    BodyLost,
    BodyStart,
    ClientEvent,
    ClosedByServer,
    Connected,
    Greeted,
    Hello,
    Lost,
    MailFrom,
    ProxyHeader,
    Quit,
    RcptTo,
    Refused,
    Reset,
    Sent,
    ServerEvent,
    StartTls,
    TlsAgreed,
    TlsRefused,
    WantBody,
    XClient,
)
from .recorder import Recorder
from .server import ServerSession
from .terms import ServerTerms

__all__ = [
    "Authenticate",
    "Authenticated",
    "AuthenticationRefused",
    "BodyChunk",
    "BodyEnd",
    "BodyLost",
    "BodyStart",
    "ChunkReader",
    "ClientEvent",
    "ClientSession",
    "ClosedByServer",
    "Connected",
    "Greeted",
    "Hello",
    "Lost",
    "MailFrom",
    "Phase",
    "ProxyHeader",
    "Quit",
    "RcptTo",
    "Recorder",
    "Refused",
    "Reset",
    "Sent",
    "ServerEvent",
    "ServerSession",
    "ServerTerms",
    "StartTls",
    "TlsAgreed",
    "TlsRefused",
    "WantBody",
    "XClient",
]
