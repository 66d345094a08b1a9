"""What Microsoft's filters and transport wrote into a message, key by key, with the meaning of what is known.

Keys and values are those of Microsoft's documentation, of its analyser, and of real mail; what nobody outside
Microsoft can explain is shown as it stands.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .meanings import MEANINGS, all_known, known
from .notes import Note
from .reading import HeaderField

_MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One key and its value in the report of that title. What they mean is found out when somebody asks."""

    title: str
    key: str
    value: str

    @property
    def label(self) -> str:
        """The code of the key's name."""
        label = f"stamp.{_short(self.key.lower())}" if self.title == "exchange" else f"key.{self.key}"
        return label if label in MEANINGS else "key.unknown"

    @property
    def meanings(self) -> tuple[Note, ...]:
        """What the value says, if anything is known."""
        if self.title == "exchange":
            return _meanings_of_stamp(_short(self.key.lower()), self.value)
        return _meanings(self.title, self.key, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One header taken apart. `title` is its short name in the answer, `source` the value as it stood."""

    title: str
    header: str
    source: str
    entries: tuple[Entry, ...]

    def get(self, key: str) -> str:
        return next((entry.value for entry in self.entries if entry.key == key), "")


_PAIRED = {
    "x-forefront-antispam-report": "forefront",
    "x-forefront-antispam-report-untrusted": "forefront_untrusted",
    "x-microsoft-antispam": "microsoft",
    "x-microsoft-antispam-untrusted": "microsoft_untrusted",
    "x-microsoft-antispam-mailbox-delivery": "mailbox_delivery",
}
_TITLES = (*_PAIRED.values(), "exchange")  # in the order in which they are shown
_EXCHANGE = (
    "x-ms-exchange-",
    "x-eop",
    "x-ms-publictraffictype",
    "x-ms-traffictypediagnostic",
    "x-ms-office365-filtering-correlation-id",
    "x-originatororg",
)
_NOT_HERE = ("x-ms-exchange-authentication-results",)  # authentication.py reads it
_RULES = re.compile(r"\(\d+\)")


def read_reports(fields: Iterable[HeaderField]) -> tuple[Report, ...]:
    """Every report in the header, the newest of each kind, and last the transport's own headers as one."""
    reports: dict[str, Report] = {}
    stamped: dict[str, Entry] = {}
    for field in fields:
        name = field.key
        if name[:2] != "x-":
            continue
        if (title := _PAIRED.get(name)) is not None:
            if title not in reports:
                entries = tuple([Entry(title, key, value) for key, value in _pairs(field.value)])
                reports[title] = Report(title=title, header=field.name, source=field.value, entries=entries)
        elif name.startswith(_EXCHANGE) and name not in _NOT_HERE and len(stamped) < _MOST_ENTRIES:
            stamped.setdefault(name, Entry("exchange", field.name, field.value))
    if stamped:
        reports["exchange"] = Report(title="exchange", header="", source="", entries=tuple(stamped.values()))
    return tuple(reports[title] for title in _TITLES if title in reports)


def _pairs(value: str) -> list[tuple[str, str]]:
    """`key:value;` pairs; the value ends at the semicolon, so that IPv6 addresses keep their colons."""
    pairs: dict[str, str] = {}
    for part in value.replace("(null)", "").split(";", 4 * _MOST_ENTRIES)[: 4 * _MOST_ENTRIES]:
        key, colon, content = part.strip().partition(":")
        if not colon and not key:
            continue
        pairs[key] = f"{pairs[key]} {content.strip()}" if key in pairs else content.strip()
        if len(pairs) >= _MOST_ENTRIES:
            break
    return list(pairs.items())


def _meanings(title: str, key: str, value: str) -> tuple[Note, ...]:
    """What the value of a report's key says, if anything is known."""
    match key:
        case "SCL":
            return known(f"SCL.{_band(value, _SCL_BANDS)}")
        case "BCL":
            return known(f"BCL.{_band(value, _BCL_BANDS)}")
        case "SFTY":
            # 9.25 and its like; a value may carry the older form 9.19 9.20 side by side.
            return all_known(f"SFTY.{part}" for part in value.replace(",", " ").split(None, 4)[:4])
        case "ARC":
            return all_known(f"ARC.{part}" for part in ("AAR", "AMS", "AS") if part in value.upper())
        case "SFS" | "ARA" | "ENG":
            count = len(_RULES.findall(value)) or len([part for part in value.split("|") if part.strip()])
            return (Note("rules", {"count": count}),) if count else ()
        case "SFP" | "UIP" | "SRVR":
            return (Note("internal"),) if value else ()
        case "ucf" | "jmr" | "auth":
            return known(f"{key}.{value}")
        case _ if title == "mailbox_delivery" and key == "OFR":
            return all_known(f"OFR.{part.strip()}" for part in value.split(",", 4)[:4])
        case _:
            return known(f"{key}.{value.upper() if key != 'dest' else value}")


# The first level that is no longer in the band, and the band's name.
_SCL_BANDS = ((0, "bypassed"), (2, "clean"), (5, "unused"), (7, "spam"), (99, "sure"))
_BCL_BANDS = ((1, "none"), (4, "few"), (8, "some"), (99, "many"))


def _band(value: str, bands: Sequence[tuple[int, str]]) -> str:
    level = level_of(value)
    return "" if level is None else next((name for end, name in bands if level < end), "")


def level_of(value: str) -> int | None:
    """A spam or bulk level, or None for what is none."""
    digits = value.strip()
    return int(digits) if re.fullmatch(r"-?\d{1,2}", digits, re.ASCII) else None


def _short(name: str) -> str:
    """What tells the transport's headers apart."""
    return name.removeprefix("x-ms-exchange-").removeprefix("organization-").removeprefix("crosstenant-")


def _meanings_of_stamp(short: str, value: str) -> tuple[Note, ...]:
    """What a header of the transport says."""
    return known(f"SCL.{_band(value, _SCL_BANDS)}" if short == "scl" else f"{short}.{value.lower()}")


# --- how Exchange Online took the message ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What Exchange Online says of how a message came to it; empty where it does not say."""

    entity: str = ""
    direction: str = ""
    attributed: str = ""
    tenant: str = ""
    address: str = ""
    hello: str = ""
    origin: str = ""
    looked_up: str = ""


# Lists fold the line anew, which leaves white space behind the semicolons.
_CONNECTING = re.compile(r"TenantId=([\w-]*); ?Ip=\[([^\]]*)\](?:; ?Helo=\[([^\]]*)\])?", re.I)


def taken_by_exchange(reports: Iterable[Report]) -> Taken:
    """Gather what proves for whom Exchange Online took the message."""
    named = {report.title: report for report in reports}
    stamps = {entry.key.lower(): entry.value for entry in named["exchange"].entries} if "exchange" in named else {}
    forefront = named.get("forefront")
    found = _CONNECTING.search(stamps.get("x-ms-exchange-crosstenant-originalattributedtenantconnectingip", ""))
    tenant, address, hello = found.groups("") if found is not None else ("", "", "")
    seen = forefront.get("CIP") if forefront is not None else ""
    return Taken(
        entity=stamps.get("x-ms-exchange-crosstenant-fromentityheader", ""),
        direction=forefront.get("DIR") if forefront is not None else "",
        attributed=stamps.get("x-eopattributedmessage", ""),
        tenant=(tenant or stamps.get("x-ms-exchange-crosstenant-id", "")).lower(),
        address=address or seen,
        hello=hello or (forefront.get("H") if forefront is not None else ""),
        origin=stamps.get("x-originatororg", "").lower(),
        looked_up=forefront.get("PTR") if forefront is not None else "",
    )
