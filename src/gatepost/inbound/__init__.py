"""Inbound: sockets in. Clients arrive, are answered, and leave; what they hand over goes to the spool.

Owns    the listening sockets, one `SmtpConnection` a client, the limits on how many and how slow, and the TLS files.
Never   decides who may relay (connectors does), where mail goes (routing does), or when `250` may be said before the
        spool has committed.
Read    listener.py opens the doors; session.py moves bytes; introduction.py learns who calls, reception.py
        answers, with logins.py, allowance.py and refusing.py; transaction.py is one message, intake.py and
        header_repair.py make its header right. pickup.py does the same for files of a folder, by pickup_letter.py and
        pickup_session.py.
"""

from .listener import Inbound, file_limit

__all__ = ["Inbound", "file_limit"]
