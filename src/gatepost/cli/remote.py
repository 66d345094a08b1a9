"""The client of the admin socket: asks the running server, never opens its database."""

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gatepost.config import ADMIN_SOCKET, socket_address
from gatepost.errors import ConfigRefused

_SECONDS = 120.0  # an apply of 10,000 connectors takes a few


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the server said."""

    value: Any
    warnings: tuple[str, ...] = ()


class NotToday(Exception):
    """The server cannot be asked now; the argument is a sentence with its remedy."""


class Declined(Exception):
    """The server said no.

    `kind` is refused, not_found, not_allowed, try_later or trouble; usage where it was not even asked.
    """

    def __init__(self, kind: str, problems: tuple[str, ...]) -> None:
        self.kind, self.problems = kind, problems
        super().__init__(" ".join(problems))


def ask(folder: Path, verb: str, arguments: Mapping[str, Any], *, origin: str = "cli") -> Told:
    """One question, one answer; raises NotToday or Declined. `origin` is the face for the audit: `cli` or `cmdlet`."""
    try:
        request = orjson.dumps({"verb": verb, "arguments": dict(arguments), "who": asker(), "origin": origin})
    except TypeError:  # octets of the command line that the locale could not read
        raise Declined("usage", ("An argument is not UTF-8 text. Remedy: write it in UTF-8.",)) from None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_SECONDS)
            with socket_address(folder) as address:
                connection.connect(address)
            connection.sendall(request + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
    except ConfigRefused as refused:
        raise NotToday(" ".join(refused.problems)) from None
    except PermissionError:
        raise NotToday(
            f"The server's socket {_place(folder)} may not be opened by this user. "
            "Remedy: run the command as the user that runs gatepost serve, or as root."
        ) from None
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise NotToday(
            f"No server is running: nothing answers at {_place(folder)}. Remedy: start it with gatepost serve, "
            "or say which server is meant with --config FILE before the command."
        ) from None
    except OSError as trouble:
        raise NotToday(
            f"The server at {_place(folder)} did not answer: {trouble.strerror or trouble}. "
            "Remedy: look at its log and try again."
        ) from None
    return _read(line, folder)


def _read(line: bytes, folder: Path) -> Told:
    try:
        reply = orjson.loads(line)
        if (error := reply.get("error")) is not None:
            raise Declined(str(error["kind"]), tuple(str(it) for it in error["problems"]))
        return Told(value=reply["result"], warnings=tuple(str(it) for it in reply.get("warnings", ())))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotToday(
            f"The server at {_place(folder)} hung up without an answer. Remedy: look at its log and try again."
        ) from None


def _place(folder: Path) -> Path:
    return folder.absolute() / ADMIN_SOCKET


def asker() -> str:
    """Who sits at the keyboard; the server knows the process's own user anyway."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return ""
