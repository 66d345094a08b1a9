"""The image's recipe keeps to what the program and the checkout really have; it is not built here."""

import re
import shlex
from pathlib import Path

import pytest

from gatepost.config import load_settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging" / "container"
COMPOSE = (FOLDER / "compose.yaml").read_text("utf-8")


def _steps() -> list[tuple[str, str]]:
    """The instructions in their order, each with its words on one line."""
    text = re.sub(r"^#.*\n", "", (FOLDER / "Dockerfile").read_text("utf-8"), flags=re.M).replace("\\\n", " ")
    return [(word, words) for word, _, words in (line.partition(" ") for line in text.splitlines() if line.strip())]


STEPS = _steps()


def _words(instruction: str) -> list[str]:
    return [words.strip() for word, words in STEPS if word == instruction]


def test_both_stages_stand_on_one_image_of_a_named_version() -> None:
    assert _words("FROM") == ["${PYTHON} AS build", "${PYTHON}"]
    (image,) = _words("ARG")
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-\w+", image)
    assert not _words("ADD"), "what comes into the image is copied from the checkout"


def test_its_last_stage_runs_as_nobody_in_particular() -> None:
    (user,) = _words("USER")
    number = user.partition(":")[0]
    assert int(number) > 999
    assert any(f"--uid {number}" in words for words in _words("RUN"))
    order = [word for word, _ in STEPS]
    assert order.index("USER") > max(place for place, word in enumerate(order) if word in ("RUN", "COPY"))


@pytest.mark.parametrize("words", [it for it in _words("COPY") if not it.startswith("--from")])
def test_what_it_copies_is_in_the_checkout_and_not_left_out(words: str) -> None:
    source = words.split()[0]
    assert (ROOT / source).exists()
    kept = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert f"!{source}" in kept


def test_the_libraries_are_installed_by_the_script_that_checks_their_hashes() -> None:
    assert any("scripts/venv venv requirements/run.txt" in words for words in _words("RUN"))
    assert "--require-hashes" in (ROOT / "scripts" / "venv").read_text("utf-8")


def test_its_environment_is_what_the_program_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = dict(pair.split("=", 1) for words in _words("ENV") for pair in shlex.split(words))
    told = re.findall(r"^      (GATEPOST_\w+): (\S+)$", COMPOSE, flags=re.M)
    settings = load_settings(None, {**given, **dict(told)})
    (listener,) = settings.listeners
    exposed = _words("EXPOSE")[0].split()
    assert [str(listener.port), str(settings.admin.port)] == exposed
    assert (listener.address, settings.hostname) == ("0.0.0.0", "relay.contoso.com")
    assert str(settings.data_dir) == _words("VOLUME")[0]
    assert f"mail:{settings.data_dir}" in COMPOSE


def test_the_admin_centre_is_published_to_the_host_alone() -> None:
    ports = re.findall(r'^      - "([\d.:]+)"$', COMPOSE, flags=re.M)
    assert ports == ["25:2525", "127.0.0.1:8025:8025"]


def test_it_tells_of_its_health_and_stops_as_the_program_does() -> None:
    (health,) = _words("HEALTHCHECK")
    assert health.endswith('CMD ["gatepost", "status"]')
    assert _words("STOPSIGNAL") == ["SIGTERM"] and _words("ENTRYPOINT") == ['["gatepost"]']
