"""Kinds of sessions that came by: who, how, and between which domains. What a change of connectors is tried out on
before it is stored."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from .devices import MOST_NAMES, Visit
from .rows import read_document, text
from .store import CENSUS, Connection

MOST_KINDS: Final = 5_000
MOST_DOMAINS: Final = 10  # of one message's recipients
MOST_CHAIN: Final = 8192  # octets of one chain that is kept

Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One kind of session, with the addresses of its last one.

    `trusted_by` is who vouched for the certificate then. `certificate_chain` is the chain as it was sent (DER, leaf
    first), where it was kept: not of certificates that the public vouches for, nor of very long chains.
    """

    client: str
    hello: str
    tls: str | None
    certificate_names: tuple[str, ...]
    trusted_by: tuple[str, ...]
    certificate_chain: tuple[bytes, ...]
    user: str | None
    sender: str
    recipient: str
    times: int
    accepted: int
    last_seen: float


class Encounters:
    """Those since they were last written down: by key, the rest of the row."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: dict[Key, list[Any]] = {}

    def met(self, visit: Visit, *, room: int) -> None:
        """Count a visit that had a sender and recipients; new kinds only while there is room."""
        certificate = _certificate(visit)
        sender_domain = visit.sender.rpartition("@")[2]
        domains = {recipient.rpartition("@")[2]: recipient for recipient in visit.recipients[-MOST_DOMAINS:]}
        for domain, recipient in domains.items():
            key = (visit.client, certificate, visit.tls or "", visit.user or "", text(sender_domain), text(domain))
            row = self.rows.get(key)
            if row is None:
                if len(self.rows) >= room:
                    return
                row = self.rows[key] = ["", "", "", 0, 0, 0.0]
            row[:3] = text(visit.hello), text(visit.sender), text(recipient)
            row[3] += 1
            row[4] += visit.accepted
            row[5] = visit.at


def _certificate(visit: Visit) -> str:
    if not visit.certificate_names:
        return ""
    names = [text(name) for name in visit.certificate_names[:MOST_NAMES]]
    certificate: dict[str, Any] = {"names": names, "trusted_by": sorted(visit.trusted_by)}
    if 0 < sum(map(len, visit.certificate_chain)) <= MOST_CHAIN:
        certificate["chain"] = [b64encode(it).decode() for it in visit.certificate_chain]
    return orjson.dumps(certificate).decode()


def write_encounters(connection: Connection, gathered: Encounters) -> None:
    """Add what was gathered to the table, and forget what there is no room for."""
    if gathered.rows:
        connection.executemany(CENSUS["add_encounter"], [(*key, *row) for key, row in gathered.rows.items()])
        connection.execute(CENSUS["forget_encounters"], {"most": MOST_KINDS})


def read_encounter(row: tuple[Any, ...]) -> Encounter:
    certificate: Mapping[str, Any] = read_document(row[1]) if row[1] else {}
    return Encounter(
        client=row[0],
        hello=row[6],
        tls=row[2] or None,
        certificate_names=tuple(certificate.get("names", ())),
        trusted_by=tuple(certificate.get("trusted_by", ())),
        certificate_chain=tuple(b64decode(it) for it in certificate.get("chain", ())),
        user=row[3] or None,
        sender=row[7],
        recipient=row[8],
        times=row[9],
        accepted=row[10],
        last_seen=row[11],
    )
