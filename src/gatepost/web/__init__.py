"""Web: the admin listener. REST, InvokeCommand, the welcome page of a first start, and the health pages.

Owns    HTTP on the admin address, the OpenAPI document, the shape of answers and refusals.
Never   decides anything: it finds out who asks, asks manage, and writes the answer down.
Read    application.py, asking.py, answers.py, refusals.py; then objects.py, messages.py, deciding.py, signing_in.py,
        invoke.py; welcome.py; schemas.py, documented.py; guard.py, health.py, serving.py.
"""

from .application import openapi_document
from .serving import serve_web

__all__ = ["openapi_document", "serve_web"]
