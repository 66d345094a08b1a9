"""The verdict: did every expectation hold, and which did not; and everything as one JSON-ready value."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gatepost.headers import values as analysis_values
from gatepost.tools import plain

from .houses import House, Lab
from .play import Copy, Played

_TROUBLES = ("trouble", "failed", "certificate_unusable", "destination_blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All trials together. `troubles` are facts of the journals that should not have come; `seconds` is for all."""

    played: tuple[Played, ...]
    troubles: tuple[str, ...]
    seconds: float

    @property
    def failures(self) -> tuple[str, ...]:
        """Every expectation that did not hold, each a sentence that names its trial."""
        broken = [f"{it.trial.name}: {check}" for it in self.played for check in it.checks if not check.held]
        return (*broken, *self.troubles)

    @property
    def held(self) -> bool:
        return bool(self.played) and not self.failures

    @property
    def sentence(self) -> str:
        count = len(self.played)
        if self.held:
            return f"All {count} trials came out as expected, in {self.seconds:.1f} seconds."
        failed = sum(not it.held for it in self.played)
        return f"{failed} of {count} trials did not come out as expected."

    @property
    def status(self) -> int:
        """The exit status."""
        return 0 if self.held else 1


def troubles_of(lab: Lab) -> tuple[str, ...]:
    """What the relays complained of."""
    return tuple(
        plain(f"{house.title}: {name}: {facts.get('what') or facts.get('reason') or facts}")
        for house in lab.houses
        for name in _TROUBLES
        for facts in house.ear.since(0, name)
    )


def as_values(verdict: Verdict, lab: Lab, commands: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The whole report for `--json`. `commands` are the next things to try: what, and how."""
    return {
        "held": verdict.held,
        "verdict": verdict.sentence,
        "failures": list(verdict.failures),
        "seconds": round(verdict.seconds, 3),
        "relays": [_house(house) for house in lab.houses],
        "trials": [_played(played) for played in verdict.played],
        "next": [{"what": what, "command": command} for what, command in commands],
    }


def _house(house: House) -> dict[str, Any]:
    return {
        "title": house.title,
        "hostname": house.hostname,
        "address": house.address,
        "admin": f"127.0.0.1:{house.admin_port}",
        "config": str(house.config),
        "data_dir": str(house.folder / "data"),
        "warnings": house.warnings,
    }


def _played(played: Played) -> dict[str, Any]:
    trial, sent = played.trial, played.sent
    return {
        "name": trial.name,
        "title": trial.title,
        "held": played.held,
        "source": trial.source,
        "handed_to": trial.by,
        "certificate": trial.pfx,
        "sender": trial.sender,
        "result": played.result,
        "connector": played.connector,
        "organization": played.organization,
        "reasons": list(played.reasons),
        "remedies": list(played.remedies),
        "replies": [
            {"address": it.address, "reply": plain(str(it.reply)), "accepted": it.accepted} for it in sent.answers
        ],
        "tls_version": sent.tls_version,
        "cipher": sent.cipher,
        "queue_ids": dict(played.queue_ids),
        "passed_over": list(played.passed_over),
        "deliveries": [_copy(copy) for copy in played.copies],
        "checks": [{**asdict(check), "held": check.held} for check in played.checks],
        "seconds": round(played.seconds, 3),
    }


def _copy(copy: Copy) -> dict[str, Any]:
    """The hops in the shape of `gatepost headers --json`."""
    way = {"hops": [], "total_seconds": None} if copy.way is None else analysis_values(copy.way)
    return {
        "address": copy.address,
        "file": None if copy.file is None else str(copy.file),
        "hops": way["hops"],
        "total_seconds": way["total_seconds"],
    }
