"""Gatepost: a self-hosted SMTP relay with Exchange-style connectors that explains itself.

Start reading at `app.py`, which builds the rooms; each room's `__init__` is its door-plate.
"""

__version__ = "0.1.0"
