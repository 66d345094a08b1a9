"""What the spool in memory remembers besides mail."""

from .census import Census
from .devices import Device, Visit, kept
from .encounters import Encounter, read_encounter
from .traffic import DAY, HOUR, KEPT_DAYS, Hour, Renaming, Use, hours_of


class MemoryStatistics:
    """A census that is never written down, and so is the whole truth."""

    _census: Census

    def meet(self, visit: Visit) -> None:
        self._census.met(visit)

    async def devices(self, *, organization: str | None = None, strangers: bool = False) -> list[Device]:
        found = [
            it
            for it in kept(self._census.devices.values())
            if organization in (None, it.organization) or (strangers and it.organization is None)
        ]
        return sorted(found, key=lambda it: (-it.last_seen, it.address))

    async def traffic(self, *, since: float, organization: str | None = None) -> list[Hour]:
        return hours_of(self._census.traffic.hours, since=int(since // HOUR), organization=organization)

    async def usage(self, *, now: float, organization: str | None = None) -> list[Use]:
        today = int(now // DAY)
        days: dict[tuple[int, str, str], list[tuple[int, int, float]]] = {}
        for (outbound, owner, name, day), (messages, last) in self._census.traffic.uses.items():
            if organization in (None, owner):
                days.setdefault((outbound, owner, name), []).append((day, int(messages), last))
        return [
            Use(
                outbound=bool(outbound),
                organization=owner,
                connector=name,
                last_used=max(last for _, _, last in used),
                today=sum(count for day, count, _ in used if day >= today),
                week=sum(count for day, count, _ in used if day > today - KEPT_DAYS + 1),
            )
            for (outbound, owner, name), used in sorted(days.items())
        ]

    async def connector_renamed(self, renamed: Renaming) -> None:
        self._census.traffic.renamed(renamed)

    async def encounters(self, *, since: float, limit: int) -> list[Encounter]:
        rows = [read_encounter((*key, *row)) for key, row in self._census.encounters.rows.items()]
        found = [it for it in rows if it.last_seen >= since]
        return sorted(found, key=lambda it: -it.last_seen)[:limit]
