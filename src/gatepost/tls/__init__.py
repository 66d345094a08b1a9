"""TLS: conversations over memory, the credentials they carry, and the judgement of what the other side
showed.

Owns    the TLS pipe, contexts, reading PEM and PFX, the trusted roots, and the verdict on a certificate with
        its reasons.
Never   opens a socket, breaks a handshake over a client certificate, or decides what a certificate may do:
        connectors.attribution and the outbound policy do that with what is found here.
Read    pipe.py, contexts.py, credentials.py; then apart.py, watched.py, leaf.py, roots.py; judge.py,
        servers.py, dane.py.
"""

from .apart import read_pfx_apart
from .contexts import client_context, server_context
from .credentials import (
    Credentials,
    load_password,
    load_pem,
    load_pfx,
    read_certificates,
    read_pem,
    read_pfx,
)
from .dane import judge_fingerprints
from .judge import judge_client
from .leaf import distinguished, host_names, purposes
from .made import keep_made_certificate
from .pipe import TlsFailed, TlsPipe, TlsTooOld
from .roots import Anchors, Roots
from .servers import judge_server
from .watched import PemFiles, PfxFile, WatchedCredentials, self_test

__all__ = [
    "Anchors",
    "Credentials",
    "PemFiles",
    "PfxFile",
    "Roots",
    "TlsFailed",
    "TlsPipe",
    "TlsTooOld",
    "WatchedCredentials",
    "client_context",
    "distinguished",
    "host_names",
    "judge_client",
    "judge_fingerprints",
    "judge_server",
    "keep_made_certificate",
    "load_password",
    "load_pem",
    "load_pfx",
    "purposes",
    "read_certificates",
    "read_pem",
    "read_pfx",
    "read_pfx_apart",
    "self_test",
    "server_context",
]
