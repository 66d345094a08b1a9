"""The admin centre: what people see on the admin listener.

Owns    pages, forms, the browser's session, the words in three languages.
Never   decides anything: it finds out who looks, asks manage, and draws the answer.
Read    centre.py; welcome.py, languages.py.
"""

from .centre import pages

__all__ = ["pages"]
