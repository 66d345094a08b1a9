"""The admin centre: what people see on the admin listener.

Owns    pages, forms, the browser's session, the words in three languages.
Never   decides anything: it finds out who looks, asks manage, and draws the answer.
Read    centre.py, view.py, visitor.py, forms.py; drawing.py, catalogue.py; then one part, such as domains.py.
"""

from .centre import pages, told

__all__ = ["pages", "told"]
