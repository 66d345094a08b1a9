"""The interfaces for programs: REST under /api/v1, and InvokeCommand as Exchange Online has it.

Owns    the OpenAPI document, how a request is read, the shape of answers.
Never   decides anything: it finds out who asks, asks manage, and writes the answer down.
Read    interface.py, asking.py, answers.py, mistakes.py; then objects.py, messages.py, deciding.py, checking.py,
        signing_in.py, invoke.py; schemas.py, documented.py.
"""

from .interface import interface, openapi_document

__all__ = ["interface", "openapi_document"]
