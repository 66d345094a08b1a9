"""The admin socket: one JSON line asks, one JSON line answers. Only our own user (and root) can open it.

Request   {"verb": "connector.add", "arguments": {…}, "who": "anna", "origin": "cli"}
Reply     {"result": …, "warnings": […]}  or  {"error": {"kind": "refused", "problems": ["…"]}}

`kind` is refused, not_found, not_allowed, try_later or trouble. Whoever can open the socket is the owner of the
server. Who asks is read from it (SO_PEERCRED); the name in the request only adds to it.
"""

import asyncio
import os
import pwd
import socket
import stat
import struct
from pathlib import Path
from typing import Any

import orjson

from gatepost.config import ADMIN_SOCKET, socket_address
from gatepost.errors import NotAllowed, NotFound, Refused, SpoolUnavailable

from .desk import Desk
from .roles import Caller

MAX_LINE = 64 << 20  # a document of 10,000 connectors is 5 MB


async def serve_admin_socket(desk: Desk, folder: Path, *, opened: asyncio.Event | None = None) -> None:
    """Serve until cancelled. The spool's lock on the data directory makes sure that no other server is there."""
    path = folder / ADMIN_SOCKET
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            path.unlink()  # left by a server that was killed
        with socket_address(folder) as address:
            listening.bind(address)
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)  # nobody can connect before listen(), so there is no moment between
        listening.setblocking(False)
        listening.listen(16)
        conversations: set[asyncio.StreamWriter] = set()

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            conversations.add(writer)
            try:
                await _converse(desk, reader, writer)
            finally:
                conversations.discard(writer)

        server = await asyncio.start_unix_server(converse, sock=listening, limit=MAX_LINE)
    except BaseException:
        listening.close()
        raise
    if opened is not None:
        opened.set()
    try:
        await asyncio.Event().wait()  # until cancelled
    finally:
        path.unlink(missing_ok=True)
        server.close()
        for writer in tuple(conversations):
            writer.close()  # an idle asker must not keep the house open


async def _converse(desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        login = _peer(writer.get_extra_info("socket"))
        while line := await _line(reader, writer):
            writer.write(orjson.dumps(await _answer(desk, line, login), default=str) + b"\n")
            await writer.drain()
    except (ConnectionError, OSError):
        pass  # the asker has gone; what was done is done and in the audit
    finally:
        writer.close()


async def _line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    except asyncio.LimitOverrunError:
        problem = f"The request is longer than {MAX_LINE} octets. Remedy: send it in parts."
        writer.write(orjson.dumps({"error": {"kind": "refused", "problems": [problem]}}) + b"\n")
        return b""


async def _answer(desk: Desk, line: bytes, login: str) -> dict[str, Any]:
    try:
        request = orjson.loads(line)
        verb, arguments, who = request["verb"], request.get("arguments", {}), request.get("who", "")
        origin = request.get("origin", "cli")
        if not (isinstance(verb, str) and isinstance(arguments, dict) and isinstance(who, str)):
            raise TypeError  # noqa: TRY301  the same answer as for any other shape
    except (ValueError, TypeError, KeyError, AttributeError):
        return _error("refused", ["The request is not understood. Remedy: use a gatepost of the same version."])
    asker = login if not who or who == login else f"{login} ({who[:64]})"
    try:
        answer = await desk.call(
            verb, arguments, caller=Caller.owner(asker, origin="cmdlet" if origin == "cmdlet" else "cli")
        )
    except Refused as refused:
        return _error("refused", list(refused.problems))
    except NotFound as missing:
        return _error("not_found", [missing.detail])
    except NotAllowed as no:
        return _error("not_allowed", [no.detail])
    except SpoolUnavailable as trouble:
        return _error("try_later", [str(trouble)])
    except Exception as trouble:
        if desk.journal is not None:
            desk.journal.fact("trouble", where=f"admin socket, {verb}", what=repr(trouble))
        return _error("trouble", [f"Something inside failed: {type(trouble).__name__}. Remedy: look at the log."])
    return {"result": answer.value, "warnings": list(answer.warnings)}


def _error(kind: str, problems: list[str]) -> dict[str, Any]:
    return {"error": {"kind": kind, "problems": problems}}


def _peer(connection: Any) -> str:
    """The login of the process at the other end, or its number."""
    option = getattr(socket, "SO_PEERCRED", None)
    uid = os.getuid()  # where the system does not tell: the file's mode lets only ourselves in
    if option is not None and connection is not None:
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, 12))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
