"""Devices: who has connected, what operators say of them, and letting them in or keeping them out.

The spool remembers who connected; notes, connectors and blocked addresses are configuration. Here they are put
together. Nothing is trusted because it was seen: only `allow` lets anybody in, and says what it did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatepost.config import DeviceNote, ObjectKind, Record, utc
from gatepost.connectors import Client, NetworkIndex, Organization, TlsVersion, is_old_tls
from gatepost.errors import ConfigRefused, NotFound
from gatepost.spool import Device

from .addresses import address_in, client_in, network_shown
from .asked import page as size_of
from .asked import whose
from .desk import Answer, Call
from .shown import moment

_MONTH = 30 * 86_400
_NAMES_SECONDS = 0.3  # a list waits so long for host names, and shows those that came later when it is asked again
_NAME_SECONDS = 2.0
_MOST_NAMES = 100
STATES = ("allowed", "refused", "blocked", "noted", "retire", "old-tls")
_PERMISSION = "--minimum-tls-version"  # in the remedy of a handshake that would have gone well with it
_SORTS = ("address", "name", "hello", "first_seen", "last_seen", "sessions", "accepted", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is configured, as far as the caller may see it."""

    own: str | None
    several: bool  # organizations on the server
    notes: Mapping[str, Sequence[Record]]  # by address
    blocked: NetworkIndex[str]  # organization
    learning: Sequence[tuple[float, float]]
    now: float

    @classmethod
    def of(cls, call: Call, own: str | None) -> "Known":
        world = call.desk.config.world
        notes: dict[str, list[Record]] = {}
        for record in world.of(ObjectKind.DEVICE, own):
            notes.setdefault(record.name, []).append(record)
        models = [it.model for it in world.of(ObjectKind.ORGANIZATION) if own in (None, it.name)]
        organizations = [it for it in models if isinstance(it, Organization)]
        return cls(
            own=own,
            several=len(call.desk.config.current().organizations) > 1,
            notes=notes,
            blocked=NetworkIndex((net, it.name) for it in organizations for net in it.blocked_ip_addresses),
            learning=[window for it in organizations if (window := learning_of(it)) is not None],
            now=call.desk.clock(),
        )

    @property
    def strangers(self) -> bool:
        """Whether devices that are nobody's are the caller's to see: nobody else's they could be, or all are."""
        return self.own is None or not self.several


def learning_of(organization: Organization) -> tuple[float, float] | None:
    """From when until when the organization learns, or last learned."""
    since, until = organization.device_learning_since_utc, organization.device_learning_until_utc
    return None if since is None or until is None else (since, until)


async def list_devices(
    call: Call,
    *,
    search: str | None = None,
    state: str | None = None,
    learned: bool = False,
    sort: str = "last_seen",
    descending: bool = True,
    limit: int = 100,
    page: int = 1,
    organization: str | None = None,
) -> Answer:
    """Devices, a page of them. `search` is a part of whatever is known.

    `state`: allowed, refused (nothing was ever taken), blocked, noted, retire (soon, or overdue), or old-tls (what its
    last session had). `learned`: unknown ones that were refused while learning was on.
    """
    if state is not None and state not in STATES:
        raise ConfigRefused([f"state '{state}' is not one of a device. Remedy: use {', '.join(STATES)}."])
    if sort not in _SORTS:
        raise ConfigRefused([f"sort '{sort}' is not known. Remedy: use {', '.join(_SORTS)}."])
    known = Known.of(call, whose(call, organization))
    rows = [_row(call, it, known) for it in await _devices(call, known)]
    noted = sum(it["learned"] for it in rows)  # whatever is asked for now
    if search:
        rows = [it for it in rows if _holds(it, search.casefold())]
    if state is not None:
        rows = [it for it in rows if _is(it, state)]
    if learned:
        rows = [it for it in rows if it["learned"]]
    rows.sort(key=lambda it: _order(it, sort), reverse=descending)
    size = size_of(limit)
    first = (max(1, int(page)) - 1) * size
    shown = rows[first : first + size]
    await _name(call, shown[:_MOST_NAMES], within=_NAMES_SECONDS)
    learning = learning_shown([it for it in known.learning if it[1] > known.now] or known.learning, known.now)
    value = {"total": len(rows), "learning": {**learning, "learned": noted}}
    return Answer(value={**value, "devices": shown})


async def show(call: Call, *, address: str, organization: str | None = None) -> Answer:
    """Everything that is known of one device; looks its host name up."""
    row = await _one(call, address, whose(call, organization))
    await _name(call, [row], within=_NAME_SECONDS)
    return Answer(value=row)


async def wanting(call: Call, own: str | None, *, since: float) -> list[dict[str, Any]]:
    """Those that may want a look, without their names: refused since then, or with a note."""
    known = Known.of(call, own)
    return [
        _row(call, it, known)
        for it in await _devices(call, known)
        if it.address in known.notes or (it.refusal is not None and it.refusal["at"] >= since)
    ]


async def on_old_tls(call: Call, own: str | None) -> list[str]:
    """The addresses of the devices whose last session had old TLS."""
    return [it.address for it in await _devices(call, Known.of(call, own)) if is_old_tls(it.tls)]


async def find(call: Call, address: str, own: str | None) -> Device | None:
    """What the spool knows of a device, as far as the caller may see it."""
    wanted = address_in(address)
    devices = await call.desk.spool.devices(organization=own, strangers=Known.of(call, own).strangers)
    return next((it for it in devices if it.address == wanted), None)


async def _one(call: Call, address: str, own: str | None) -> dict[str, Any]:
    wanted = address_in(address)
    known = Known.of(call, own)
    for device in await _devices(call, known):
        if device.address == wanted:
            return _row(call, device, known)
    raise NotFound(
        f"No device has connected from '{wanted}', and nothing is noted of it. Remedy: look it up with device list."
    )


async def _devices(call: Call, known: Known) -> list[Device]:
    """Who has connected, and who is only noted: the one that nobody has heard of for long is the interesting one."""
    found = await call.desk.spool.devices(organization=known.own, strangers=known.strangers)
    seen = {it.address for it in found}
    return found + [
        Device(address=name, last_address=name, first_seen=0.0, last_seen=0.0)
        for name in known.notes
        if name not in seen
    ]


def _row(call: Call, it: Device, known: Known) -> dict[str, Any]:
    directory = call.desk.config.current().directory
    noted = _note(it, known)
    note = noted.model if noted is not None and isinstance(noted.model, DeviceNote) else None
    client = client_in(it.last_address)
    allowed = [
        {
            "Name": connector.name,
            "Guid": connector.guid,
            "Organization": connector.organization,
            "Network": network_shown(network),
            "Exactly": network.prefixlen == network.max_prefixlen,
        }
        for network, connector in directory.every_address.lookup(client)
        if connector.enabled and known.own in (None, connector.organization)
    ]
    refusal = _refusal(it, known)
    unknown = it.organization is None and not allowed
    may = _minimum_tls(call, client, known)
    blocked = list(dict.fromkeys(network_shown(network) for network, _ in known.blocked.lookup(client)))
    return {
        "address": it.address,
        "last_address": it.last_address,
        "name": call.desk.host_names.known(it.last_address),
        "hello": it.hello,
        "tls": it.tls,
        "old_tls": is_old_tls(it.tls),
        "minimum_tls_version": str(may),
        "wants_old_tls": may > TlsVersion.V1_0 and _wants_permission(refusal),
        "tls_advice": _tls_advice(it, may, noted=note is not None and note.retire_by_utc is not None),
        "certificate_names": list(it.certificate_names),
        "user": it.user,
        "first_seen": moment(it.first_seen or None),
        "last_seen": moment(it.last_seen or None),
        "sessions": it.sessions,
        "accepted": it.accepted,
        "refused": it.refused,
        "last_refusal": refusal,
        "last_connector": it.connector,
        "last_senders": list(it.senders),
        "organization": it.organization,
        "allowed_by": allowed,
        "blocked_by": blocked,
        "owner": "" if note is None else note.owner,
        "note": "" if note is None else note.note,
        "retire_by": None if note is None else moment(note.retire_by_utc),
        "noted_at": None if noted is None else utc(noted.changed),
        "nag": None if note is None or blocked else nag(note, known.now),
        "learned": unknown and it.refusal is not None and _learned(it.refusal["at"], known.learning),
    }


def _note(it: Device, known: Known) -> Record | None:
    """What is noted of it by the organization that it belongs to, or else by any that the caller sees."""
    records = sorted(known.notes.get(it.address, ()), key=lambda record: record.organization != it.organization)
    return records[0] if records else None


def _refusal(it: Device, known: Known) -> dict[str, Any] | None:
    """The last refusal, unless it concerned another organization than the caller's."""
    if it.refusal is None:
        return None
    owner = it.refusal.get("organization")
    if known.own is not None and owner != known.own and (known.several or owner is not None):
        return None
    told = {key: value for key, value in it.refusal.items() if key != "organization"}
    return {**told, "at": moment(it.refusal["at"]), "id": it.refusal["id"] or None}


def _minimum_tls(call: Call, client: Client, known: Known) -> TlsVersion:
    """The oldest TLS that the device may use, by connectors that the caller may see."""
    allowing = call.desk.config.current().directory.allowing_old_tls(client)
    seen = [it.minimum_tls_version for it in allowing if known.own in (None, it.organization)]
    return min(seen, default=TlsVersion.V1_2)


def _wants_permission(refusal: Mapping[str, Any] | None) -> bool:
    return refusal is not None and any(_PERMISSION in it for it in refusal["remedies"])


def _tls_advice(it: Device, may: TlsVersion, *, noted: bool) -> str | None:
    """What to do about old TLS, or about the permission for it once it is not needed any more."""
    if is_old_tls(it.tls):
        end = "" if noted else f" Note by when: gatepost device note {it.address} --retire-by DATE"
        return (
            f"Device {it.address} uses {it.tls}, which somebody on the line can break. "
            f"Remedy: update or replace it.{end}"
        )
    if may is not TlsVersion.V1_2 and it.tls is not None:
        return (
            f"Device {it.address} may use {may}, and its last session had {it.tls}. Remedy: if it always does now, "
            "take it out of the connector for old TLS, or set that one's MinimumTlsVersion to TLSv1.2."
        )
    return None


def nag(note: DeviceNote, now: float) -> str | None:
    """The reminder of a device that is to go, from a month before."""
    if note.retire_by_utc is None or note.retire_by_utc - _MONTH > now:
        return None
    day = (moment(note.retire_by_utc) or "")[:10]
    when = f"was to be out of service by {day}" if note.retire_by_utc <= now else f"is to be out of service by {day}"
    owner = f" Its owner is {note.owner}." if note.owner else ""
    return f"Device {note.name} {when}.{owner} Remedy: replace it and block it, or give it a later date."


def learning_shown(windows: Sequence[tuple[float, float]], now: float) -> dict[str, Any]:
    """Whether learning is on, and from when until when it is or was."""
    since, until = max(windows, key=lambda it: it[1]) if windows else (None, None)
    left = 0 if until is None else max(0, round(until - now))
    return {"on": left > 0, "since": moment(since), "until": moment(until), "seconds_left": left}


def _learned(at: float, windows: Sequence[tuple[float, float]]) -> bool:
    return any(since <= at <= until for since, until in windows)


def _holds(row: Mapping[str, Any], part: str) -> bool:
    words = [row[key] or "" for key in ("address", "last_address", "name", "hello", "owner", "note", "last_connector")]
    more: list[str] = [*words, *row["last_senders"], *row["certificate_names"]]
    return any(part in word.casefold() for word in more)


def _is(row: Mapping[str, Any], state: str) -> bool:
    match state:
        case "allowed":
            return bool(row["allowed_by"]) and not row["blocked_by"]
        case "refused":
            return bool(row["refused"]) and not row["accepted"]
        case "blocked":
            return bool(row["blocked_by"])
        case "old-tls":
            return bool(row["old_tls"])
        case "noted":
            return bool(row["owner"] or row["note"] or row["retire_by"])
        case _:
            return row["nag"] is not None


def _order(row: Mapping[str, Any], sort: str) -> Any:
    if sort == "address":
        client = client_in(row["address"])
        return (client.version, int(client))
    value = row[sort]
    if sort in ("sessions", "accepted", "refused"):
        return value
    return (value or "").casefold()


async def _name(call: Call, rows: Sequence[dict[str, Any]], *, within: float) -> None:
    """Write host names into the rows, as far as the DNS gives them in time."""
    names = call.desk.host_names
    await names.look_up((it["last_address"] for it in rows if it["first_seen"] is not None), within=within)
    for row in rows:
        row["name"] = names.known(row["last_address"])
