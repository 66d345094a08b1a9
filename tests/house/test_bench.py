"""The bench measures what it says: the time of whole families, and a page that admits what was missed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
BURN = "x = 0\nfor n in range(3_000_000): x += n\n"


@pytest.fixture(autouse=True)
def bench_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BENCH))
    yield
    for path in BENCH.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_the_time_of_a_child_that_has_ended_counts_for_its_parent() -> None:
    from accounting import usage

    before = usage(os.getpid()).cpu
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert usage(os.getpid()).cpu - before >= 0.05


def test_the_family_of_a_process_holds_its_living_children() -> None:
    from accounting import family

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= set(family(os.getpid()))
        child.communicate(b"\n")


def test_the_page_says_which_figures_were_missed(tmp_path: Path) -> None:
    from report import Result, Row, page

    rows = (
        Row(what="fast", postfix="1/s", gatepost="9/s", target="≥ 5 ×", reached=True),
        Row(what="small", postfix="–", gatepost="900 MB", target="≤ 400 MB", reached=False),
    )
    text = page([Result(rows=rows, notes=("why so",))], tmp_path, ["Date: today"])
    assert "| fast | 1/s | 9/s | ≥ 5 × | reached |" in text
    assert "| small | – | 900 MB | ≤ 400 MB | **missed** |" in text
    assert "- why so" in text


def test_the_certificates_of_the_bench_are_signed_by_its_own_authority(tmp_path: Path) -> None:
    from cryptography import x509
    from identities import make_identities

    made = make_identities(tmp_path, "ec")
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    for identity in (made.server, made.client):
        x509.load_pem_x509_certificate(identity.certificate.read_bytes()).verify_directly_issued_by(authority)
        assert identity.key.stat().st_mode & 0o077 == 0


def test_an_optimized_python_of_the_environment_runs_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    import builds

    monkeypatch.setattr("sysconfig.get_config_var", lambda _: "'--enable-optimizations'")
    assert builds.chosen().program == sys.executable


def test_without_debians_python_the_page_says_that_the_build_is_slow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import builds

    monkeypatch.setattr("sysconfig.get_config_var", lambda _: "")
    monkeypatch.setattr(builds, "DEBIANS", tmp_path / "python3")
    assert builds.chosen().program == sys.executable
    assert "without optimizations" in builds.chosen().words
