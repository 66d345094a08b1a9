"""/livez, /readyz and /metrics as orchestrators and Prometheus read them."""

import asyncio
import re
from pathlib import Path
from typing import Any

from gatepost.config import Config, load_settings
from gatepost.journal import Journal
from gatepost.manage import METRICS, Desk
from gatepost.web.application import application


def get(desk: Desk, path: str) -> tuple[int, str]:
    """One GET, spoken to the application directly."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(application(desk)(scope, receive, send))
    return sent[0]["status"], b"".join(it.get("body", b"") for it in sent).decode()


def test_every_number_has_its_help_and_its_type_and_its_samples_stand_together(tmp_path: Path) -> None:
    journal = Journal.silent()
    with Config.open(tmp_path, journal) as config:
        journal.counts["accepted"] = 1_234_567
        status, text = get(Desk(config=config, settings=load_settings(environ={}), journal=journal), "/metrics")
    assert status == 200
    seen: list[str] = []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, sentence = line.split(" ", 3)
            seen.append(name)
            assert sentence == METRICS[name]
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2:] == [seen[-1], line.split(" ")[3]]
        else:
            assert re.split(r"[{ ]", line)[0] == seen[-1]
    assert len(seen) == len(set(seen)) > 2
    assert 'gatepost_facts_total{fact="accepted"} 1234567' in text.splitlines(), "counters are not rounded"


def test_health_is_json(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}))
        assert get(desk, "/livez") == (200, '{"alive":true}')
        assert get(desk, "/readyz") == (200, '{"ready":true,"troubles":[],"notes":[]}')
