"""The test sender: one message to one server, told word by word.

It trusts nothing and enforces nothing: the server's certificate is taken whatever it is, and what is wrong
with it is said. It connects only where it is told to.
"""

import asyncio
import socket
from ipaddress import ip_address

from gatepost.tls import TlsFailed

from .advice import Advice
from .conversation import Conversation
from .report import ProbeResult
from .request import ProbeRequest, Witness
from .transcript import plain
from .troubles import network_advice, silent_server, tls_advice

_NOBODY = Witness()


async def probe(request: ProbeRequest, *, witness: Witness = _NOBODY) -> ProbeResult:
    """Hold one conversation and report it, troubles and all."""
    session = Conversation(request, witness)
    if request.source is not None and not _is_address(request.source):
        session.trouble = Advice(
            f"The source {plain(request.source)} is not an IP address.", "Give --source an address of this machine."
        )
        return session.result()
    try:
        async with asyncio.timeout(request.timeout):
            await session.run()
    except TlsFailed as failed:
        session.trouble = tls_advice(failed.detail, session.seen())
    except TimeoutError as error:
        if session.remote:
            session.trouble = silent_server(request.timeout, session.seen())
        else:
            session.trouble = network_advice(error, host=request.host, port=request.port)
    except UnicodeError:  # what the resolver raises for a name with an empty or too long label
        session.trouble = Advice(f"{plain(request.host)} is not a host's name.", "Check it.")
    except OSError as error:
        session.trouble = network_advice(error, host=request.host, port=request.port)
    finally:
        session.hang_up()
    return session.result()


def _is_address(text: str) -> bool:
    """Whether a socket can be bound to it; a name would be looked up, and its failure told as the server's."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def own_name() -> str:
    """What to call ourselves in EHLO: the machine's name, as far as it is one."""
    name = socket.getfqdn()
    return name if name and all(c.isalnum() or c in "-." for c in name) and name.isascii() else "localhost"
