"""Manage: the one door for change. Web, REST, cmdlets and CLI translate; here it is done.

Owns    the desk with its table of verbs, who may call which, signing in, the answers to "what would happen if",
documents (plan, apply, export), and the admin socket.
Never   speaks SMTP, writes SQL, or knows which face asked (it is only told, for the audit).
Read    desk.py, verbs.py, roles.py; connectors.py, domains.py, apply.py, explain.py; signing_in.py, welcome.py,
people.py, tokens.py; then queue.py, orders.py, trace.py, verifying.py, socket.py.

Arguments and answers are JSON-ready. A refusal is a ConfigRefused with every problem at once; naming an
unknown object is NotFound, never "all".
"""

from .certificates import forget_certificates
from .desk import Answer, Call, Desk
from .roles import Caller, Role, Scope, Verb
from .signing_in import SignedIn
from .socket import serve_admin_socket
from .status import METRICS, SANDBOX_NOTE
from .verbs import VERBS
from .watch import Watch

__all__ = [
    "METRICS",
    "SANDBOX_NOTE",
    "VERBS",
    "Answer",
    "Call",
    "Caller",
    "Desk",
    "Role",
    "Scope",
    "SignedIn",
    "Verb",
    "Watch",
    "forget_certificates",
    "serve_admin_socket",
]
