"""Where the relay is, and what addresses without a domain belong to: the environment, then sendmail.conf."""

import os
import socket

FILE = "/etc/gatepost/sendmail.conf"
SERVERS = (("127.0.0.1", 25), ("127.0.0.1", 2525))  # where nothing else is said
_KEYS = ("server", "domain", "pickup")


class PreferencesWrong(Exception):
    """The file cannot be used; the argument is a sentence with its remedy."""


class Preferences:
    """`servers` are tried in order. `pickup` is the folder that takes letters while no relay answers."""

    __slots__ = ("domain", "pickup", "servers")

    def __init__(self, *, servers: tuple[tuple[str, int], ...], domain: str, pickup: str) -> None:
        self.servers = servers
        self.domain = domain
        self.pickup = pickup


def read_preferences(file: str | None) -> Preferences:
    """Read the file (`key = value` lines) where there is one. Raises PreferencesWrong."""
    found = _lines(file or os.environ.get("GATEPOST_SENDMAIL_CONFIG") or FILE, must=file is not None)
    for key in _KEYS:
        found[key] = os.environ.get(f"GATEPOST_SENDMAIL_{key.upper()}") or found.get(key, "")
    servers = (_host_and_port(found["server"]),) if found["server"] else SERVERS
    return Preferences(servers=servers, domain=found["domain"] or _own_domain(), pickup=found["pickup"])


def _lines(file: str, *, must: bool) -> dict[str, str]:
    try:
        with open(file, encoding="utf-8") as lines:  # noqa: PTH123  pathlib takes a tenth of our start
            text = lines.read()
    except FileNotFoundError:
        if not must:
            return {}
        raise PreferencesWrong(f"{file}: does not exist. Remedy: name the file with -C, or leave -C out.") from None
    except (OSError, UnicodeDecodeError) as trouble:
        raise PreferencesWrong(f"{file}: cannot be read: {trouble}. Remedy: check its permissions.") from None
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        key, sign, value = (part.strip() for part in line.partition("="))
        if not key or key.startswith("#"):
            continue
        if key not in _KEYS or not sign:
            raise PreferencesWrong(f"{file}: line {number}: {key} is not known. Remedy: known are {', '.join(_KEYS)}.")
        found[key] = value.strip('"')
    return found


def _host_and_port(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]` or `[v6]:port`."""
    host, sign, port = text.rpartition(":") if not text.endswith("]") and text.count(":") else (text, "", "")
    if text.count(":") > 1 and not text.startswith("["):
        host, sign, port = text, "", ""  # an IPv6 address without brackets
    if sign and not (port.isdecimal() and 0 < int(port) < 65536):
        raise PreferencesWrong(f"The server '{text}' has no valid port. Remedy: write relay.contoso.com:25.")
    return host.removeprefix("[").removesuffix("]"), int(port or 25)


def _own_domain() -> str:
    """What `root` is `root@…` of; no DNS is asked, for a machine without one would wait."""
    try:
        with open("/etc/mailname", encoding="ascii") as lines:  # noqa: PTH123
            name = lines.readline().strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    return name or socket.gethostname() or "localhost"
