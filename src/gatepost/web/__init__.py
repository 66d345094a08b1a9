"""Web: the admin listener. The admin centre for people, REST and InvokeCommand for programs, and the health pages.

Owns    HTTP on the admin address, who may ask it, the shape of refusals.
Never   decides anything: it finds out who asks, asks manage, and writes the answer down.
Read    application.py, guard.py, incoming.py, refusals.py; programs.py, then api/; pages/; health.py, serving.py.
"""

from .programs import openapi_document
from .serving import serve_web

__all__ = ["openapi_document", "serve_web"]
