"""Web: the admin listener. Today the health and metrics pages; the admin centre and REST come on the same door.

Owns    HTTP on the admin address.
Never   decides anything: it asks manage and shows the answer.
Read    health.py.
"""

from .health import serve_web

__all__ = ["serve_web"]
