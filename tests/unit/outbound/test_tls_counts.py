"""Counting sessions for TLS reports: by day, policy and fault, within bounds, and over a restart."""

import asyncio
from pathlib import Path

from gatepost.journal import Journal
from gatepost.outbound import tls_counts
from gatepost.outbound.tls_counts import TlsCounts
from gatepost.routing import Demand, Fingerprint, PolicyKind, TlsFault

NOON = 1_795_521_600.0  # 2026-11-24
DAY = 86_400.0
EE = Fingerprint(usage=3, selector=1, matching=1, octets=b"\x01" * 32)
DANE = Demand(kind=PolicyKind.DANE, domain="fabrikam.com", fingerprints=(EE,))
PLAIN = Demand(domain="contoso.net")


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def counts(folder: Path | None, clock: Clock) -> TlsCounts:
    return TlsCounts(folder=folder, clock=clock, journal=Journal.silent())


def test_a_day_has_the_form_of_the_rfc(tmp_path: Path) -> None:
    kept = counts(tmp_path / "days", Clock())
    for _ in range(3):
        kept.count(DANE, host="mx.fabrikam.com", address="192.0.2.1")
    kept.count(DANE, host="mx.fabrikam.com", address="192.0.2.1", fault=TlsFault.VALIDATION)
    kept.count(PLAIN, host="mx.contoso.net", address="192.0.2.2", fault=TlsFault.NO_STARTTLS)
    plain, dane = kept.of("2026-11-24")
    assert plain["policy"] == {"policy-type": "no-policy-found", "policy-domain": "contoso.net"}
    assert dane == {
        "policy": {
            "policy-type": "tlsa",
            "policy-domain": "fabrikam.com",
            "policy-string": [f"3 1 1 {'01' * 32}"],
        },
        "summary": {"total-successful-session-count": 3, "total-failure-session-count": 1},
        "failure-details": [
            {
                "result-type": "validation-failure",
                "failed-session-count": 1,
                "receiving-mx-hostname": "mx.fabrikam.com",
                "receiving-ip": "192.0.2.1",
            }
        ],
    }
    assert kept.totals == {("tlsa", "success"): 3, ("tlsa", "validation-failure"): 1,
                           ("no-policy-found", "starttls-not-supported"): 1}  # fmt: skip


def test_days_are_kept_apart_and_over_a_restart(tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "days"
    kept = counts(folder, clock)
    kept.count(DANE)
    clock.now += DAY
    kept.count(PLAIN)
    asyncio.run(kept.keep())
    again = counts(folder, clock)
    assert again.days() == ["2026-11-25", "2026-11-24"]
    assert [it["policy"]["policy-domain"] for it in again.of("2026-11-24")] == ["fabrikam.com"]
    again.count(PLAIN)
    assert again.of("2026-11-25")[0]["summary"]["total-successful-session-count"] == 2


def test_old_days_go_and_damage_is_borne(tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "days"
    kept = counts(folder, clock)
    kept.count(DANE)
    asyncio.run(kept.keep())
    (folder / "2026-11-23.json").write_text('[[["only", "two"], 1], ["x"]]')
    assert kept.of("2026-11-23") == []
    clock.now += (tls_counts.KEEP_DAYS + 1) * DAY
    kept.count(DANE)
    asyncio.run(kept.keep())
    assert kept.days() == ["2026-12-25"]


def test_strangers_cannot_make_it_grow_without_end() -> None:
    kept = counts(None, Clock())
    for number in range(tls_counts.MOST + 50):
        kept.count(Demand(domain=f"d{number}.example"))
    found = kept.of("2026-11-24")
    assert len(found) == tls_counts.MOST + 1
    assert found[0]["policy"]["policy-domain"] == "(others)"
    assert found[0]["summary"]["total-successful-session-count"] == 50
