"""From gatepost.toml and the environment to `Settings`; every mistake at once, each a sentence with its remedy."""

import difflib
import importlib.util
import os
import socket
import tomllib
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gatepost.errors import SettingsRefused

from .settings import (
    SECTIONS,
    SETTINGS,
    AdminSettings,
    AlertSettings,
    DeliverySettings,
    LimitSettings,
    ListenerSettings,
    LogSettings,
    PickupSettings,
    ProtocolLogSettings,
    Setting,
    Settings,
    TraceSettings,
    TracingSettings,
    settings_in,
)
from .values import host_name, request_headers

_SINGLE = tuple(section for section in SECTIONS if section not in ("", "listener"))
_MAX_FILE = 1 << 20


def load_settings(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises SettingsRefused with every mistake.

    `file` None: GATEPOST_CONFIG names it, else ./gatepost.toml where there is one, else defaults. The
    environment
    beats the file. Paths in the file are relative to the file's folder, paths in the environment to the
    working one.
    """
    environ = os.environ if environ is None else environ
    if file is None and environ.get("GATEPOST_CONFIG"):
        file = Path(environ["GATEPOST_CONFIG"])
    if file is None and Path("gatepost.toml").is_file():
        file = Path("gatepost.toml")
    problems: list[str] = []
    tree = _parse(file) if file else {}
    reading = _Reading(file, environ, problems)
    tables = {"": {key: value for key, value in tree.items() if key not in (*_SINGLE, "listener")}}
    top = reading.section("", tables[""], place="")
    rest = {name: reading.section(name, tree.get(name, {}), place=f"[{name}] ") for name in _SINGLE}
    listeners = reading.listeners(tree.get("listener", []), made=made_certificate(top.get("data_dir")))
    reading.unknown_variables()
    if rest["admin"]["key"] and not rest["admin"]["certificate"]:
        problems.append(
            f"{reading.label}: [admin] key is given without certificate. Remedy: name the certificate file, too."
        )
    if top.get("database") not in ("sqlite", None):
        problems.append(_database(reading.label, str(top["database"])))
    rest["tracing"]["headers"] = _tracing_headers(reading.label, rest["tracing"], problems)
    if problems:
        raise SettingsRefused(problems)
    return Settings(
        hostname=top["hostname"] or own_name(),
        data_dir=top["data_dir"],
        resolvers=top["resolvers"],
        trust_resolvers=top["trust_resolvers"],
        database="sqlite",
        listeners=listeners,
        limits=LimitSettings(**rest["limits"]),
        delivery=DeliverySettings(**rest["delivery"]),
        trace=TraceSettings(**rest["trace"]),
        admin=AdminSettings(**rest["admin"]),
        pickup=PickupSettings(**rest["pickup"]),
        log=LogSettings(**rest["log"]),
        protocol_log=ProtocolLogSettings(**rest["protocol_log"]),
        alerts=AlertSettings(**rest["alerts"]),
        tracing=TracingSettings(**rest["tracing"]),
        source=file,
    )


def made_certificate(data_dir: Path | None) -> Path | None:
    """Where the certificate is that the relay makes itself, for the listener that nobody has described."""
    return None if data_dir is None else data_dir / "tls" / "made.pem"


def own_name() -> str:
    """The machine's host name, or `localhost` where it is not a valid one; asks no DNS."""
    try:
        return host_name(socket.gethostname())
    except ValueError:
        return "localhost"


def _parse(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_FILE + 1)
    except OSError as trouble:
        raise SettingsRefused(
            [f"{file}: cannot be read: {trouble.strerror}. Remedy: check the path and its permissions."]
        ) from None
    if len(content) > _MAX_FILE:
        raise SettingsRefused([f"{file}: is larger than 1 MiB. Remedy: name a gatepost.toml file."])
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise SettingsRefused([f"{file}: is not UTF-8 text. Remedy: save the file as UTF-8."]) from None
    except tomllib.TOMLDecodeError as wrong:
        raise SettingsRefused([f"{file}: is not valid TOML: {wrong}. Remedy: correct that line."]) from None


def _database(label: str, value: str) -> str:
    if value.startswith(("postgresql://", "postgres://")):
        return (
            f"{label}: database: PostgreSQL is not available in this version yet. "
            'Remedy: write database = "sqlite" (one node), or leave the key out.'
        )
    return f"{label}: database must be 'sqlite', is {value.partition(':')[0]!r}. Remedy: write database = \"sqlite\"."


def _tracing_headers(label: str, table: Mapping[str, Any], problems: list[str]) -> tuple[tuple[str, str], ...]:
    """The headers for the collector; where traces cannot be sent as it is said, a problem is noted."""
    endpoint, said = table["endpoint"], table["headers"]
    if endpoint is not None and not _is_installed("opentelemetry.exporter.otlp.proto.http"):
        problems.append(
            f"{label}: [tracing] endpoint needs the libraries of the extra 'otel', which are not installed. "
            "Remedy: pip install 'gatepost[otel]', or leave endpoint out."
        )
    try:
        headers = request_headers(said or "")
    except ValueError as wanted:
        problems.append(f"{label}: [tracing] headers must be {wanted}. Remedy: correct the line that is not.")
        return ()
    if headers and endpoint is not None and not _is_private(endpoint):
        problems.append(
            f"{label}: [tracing] headers would cross a network unencrypted to {endpoint}. "
            "Remedy: name an https endpoint, or a collector on this machine."
        )
    return headers


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even what it is a part of
        return False


def _is_private(url: str) -> bool:
    """Whether nobody on a network reads what is sent there."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "https" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"


class _Reading:
    """One pass over file and environment that collects problems."""

    def __init__(self, file: Path | None, environ: Mapping[str, str], problems: list[str]) -> None:
        self.label = str(file) if file else "settings"
        self.folder = file.parent if file else Path()
        self.environ = environ
        self.problems = problems

    def section(self, section: str, table: Any, *, place: str, variables: Sequence[str] = ()) -> dict[str, Any]:
        """The values of one table by key; where one is wrong a problem is noted and the default stands in."""
        if not isinstance(table, Mapping):
            self.problems.append(
                f"{self.label}: {place.strip()} must be a table, is {table!r}. Remedy: write [{section}] "
                f"on its own line."
            )
            table = {}
        known = settings_in(section)
        self._unknown_keys(section, table, place, known)
        return {setting.key: self._one(setting, table, place, variables) for setting in known}

    def _one(self, setting: Setting, table: Mapping[str, Any], place: str, variables: Sequence[str]) -> Any:
        for variable in variables or (setting.variable,):
            if setting.secret and f"{variable}_FILE" in self.environ:
                return self._secret(Path(self.environ[f"{variable}_FILE"]), f"environment: {variable}_FILE")
            if self.environ.get(variable):  # an empty variable is one that was not set
                return self._value(setting, self.environ[variable], f"environment: {variable}", Path())
        if setting.secret and f"{setting.key}_file" in table:
            where = f"{self.label}: {place}{setting.key}_file"
            named = table[f"{setting.key}_file"]
            if not isinstance(named, str):
                self.problems.append(f"{where} must be a path, is {named!r}. Remedy: name the file in quotes.")
                return None
            return self._secret(self.folder / named, where)
        if setting.key in table:
            return self._value(setting, table[setting.key], f"{self.label}: {place}{setting.key}", self.folder)
        return self.folder / setting.default if setting.path and setting.default else setting.default

    def _value(self, setting: Setting, value: Any, where: str, folder: Path) -> Any:
        try:
            result = setting.read(value)
        except ValueError as wanted:
            shown = "hidden" if setting.secret or setting.hidden else repr(value)
            default = "" if setting.default in (None, (), False) else f" for the default {setting.default}"
            self.problems.append(f"{where} must be {wanted}, is {shown}. Remedy: correct it, or leave it out{default}.")
            return setting.default
        return folder / result if setting.path else result

    def _secret(self, file: Path, where: str) -> str | None:
        try:
            content = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as trouble:
            words = trouble.strerror if isinstance(trouble, OSError) else "it is not UTF-8 text"
            self.problems.append(
                f"{where}: the file {file} cannot be read: {words}. Remedy: check the path and its permissions."
            )
            return None
        return content.removesuffix("\n").removesuffix("\r")

    def _unknown_keys(self, section: str, table: Mapping[str, Any], place: str, known: Sequence[Setting]) -> None:
        names = {setting.key for setting in known} | {f"{s.key}_file" for s in known if s.secret}
        candidates = names | ({*_SINGLE, "listener"} if not section else set())
        for key in table:
            if key in names:
                continue
            near = difflib.get_close_matches(key, sorted(candidates), n=1)
            what = "section" if isinstance(table[key], dict) else "key"
            remedy = f"did you mean {near[0]}?" if near else f"known are: {', '.join(sorted(names))}."
            self.problems.append(f"{self.label}: {place}{key} is not a known {what}. Remedy: {remedy}")

    def listeners(self, tables: Any, *, made: Path | None) -> tuple[ListenerSettings, ...]:
        """Every `[[listener]]`; without any, one on 127.0.0.1:2525. GATEPOST_LISTENER_2_PORT is the second one's.

        `made` is the certificate that the relay makes itself, for the listener that nobody has described.
        """
        if isinstance(tables, Mapping):
            tables = [tables]  # [listener] for [[listener]] says plainly what is meant
        if not isinstance(tables, list):
            self.problems.append(
                f"{self.label}: listener must be a table, is {tables!r}. Remedy: write [[listener]] on its own line."
            )
            tables = []
        tables, made = (list(tables), None) if tables else ([{}], made)
        while any(f"GATEPOST_LISTENER_{len(tables) + 1}_{key}" in self.environ for key in ("ADDRESS", "PORT")):
            tables.append({})
        found: list[ListenerSettings] = []
        seen: dict[tuple[str, int], int] = {}
        for number, table in enumerate(tables, 1):
            listener = self._listener(number, table, made)
            if listener is None:
                continue
            found.append(listener)
            first = seen.setdefault((listener.address, listener.port), number)
            if first != number and listener.port:
                self.problems.append(
                    f"{self.label}: [[listener]] number {number}: {listener.name} is already taken by number {first}. "
                    "Remedy: give it another address or port."
                )
        return tuple(found)

    def _listener(self, number: int, table: Any, made: Path | None) -> ListenerSettings | None:
        place = f"[[listener]] number {number}: "
        before = len(self.problems)
        read: dict[str, Any] = {}
        known = settings_in("listener")
        if isinstance(table, Mapping):
            self._unknown_keys("listener", table, place, known)
            for setting in known:
                numbered = f"GATEPOST_LISTENER_{number}_{setting.key.upper()}"
                variables = (numbered, setting.variable) if number == 1 else (numbered,)
                read[setting.key] = self._one(setting, table, place, variables)
        else:
            self.problems.append(f"{self.label}: {place}must be a table, is {table!r}. Remedy: write [[listener]].")
        if len(self.problems) > before:
            return None
        if read["tls"] is None:
            # For trying only: a device in the network must not meet a certificate that nobody vouches for.
            if not (read["certificate"] or read["pfx"]) and made and ip_address(read["address"]).is_loopback:
                read["certificate"] = made
            read["tls"] = "starttls" if read["certificate"] or read["pfx"] else "none"
        listener = ListenerSettings(**read)
        for wrong in _contradictions(listener):
            self.problems.append(f"{self.label}: {place}{wrong}")
        return listener

    def unknown_variables(self) -> None:
        """A misspelt GATEPOST_ variable is named; ones far from ours are left alone (container platforms set such)."""
        names = {setting.variable for setting in SETTINGS} | {"GATEPOST_CONFIG"}
        names |= {f"{setting.variable}_FILE" for setting in SETTINGS if setting.secret}
        for variable in sorted(self.environ):
            if not variable.startswith("GATEPOST_") or variable in names:
                continue
            near = difflib.get_close_matches(variable, sorted(names), n=1, cutoff=0.92)
            if near and not variable.startswith("GATEPOST_LISTENER_"):
                self.problems.append(
                    f"environment: {variable} is not a known variable. Remedy: did you mean {near[0]}?"
                )


def _contradictions(listener: ListenerSettings) -> list[str]:
    wrong = []
    if listener.pfx and (listener.certificate or listener.key):
        wrong.append("pfx and certificate/key are both given. Remedy: keep one of the two.")
    if listener.key and not listener.certificate and not listener.pfx:
        wrong.append("key is given without certificate. Remedy: name the certificate file, too.")
    if listener.pfx_password is not None and not listener.pfx:
        wrong.append("pfx_password is given without pfx. Remedy: name the PFX file, or remove the password.")
    if listener.tls != "none" and not listener.certificate and not listener.pfx:
        wrong.append(
            f"tls = '{listener.tls}' needs a certificate. Remedy: give certificate and key, or pfx, or tls = 'none'."
        )
    if listener.submission and listener.tls == "none":
        wrong.append("submission needs TLS, because AUTH is offered over TLS only. Remedy: configure tls.")
    if listener.require_auth and not listener.submission:
        wrong.append("require_auth needs submission = true, which offers AUTH. Remedy: set both, or neither.")
    return wrong
