"""What those who manage the whole server see of how it was started."""

import asyncio
from pathlib import Path
from typing import Any

from gatepost.config import SETTINGS, Config, load_settings
from gatepost.manage import Caller, Desk

TOML = """\
hostname = "relay.contoso.com"
resolvers = ["127.0.0.1:53"]
[[listener]]
port = 25
[[listener]]
port = 587
tls = "starttls"
submission = true
pfx = "relay.pfx"
pfx_password = "hunter2 hunter2"
[alerts]
webhooks = ["https://hooks.contoso.com/hunter2", "https://hooks.contoso.com?token=hunter2"]
"""


def rows_of(folder: Path) -> tuple[Any, list[dict[str, Any]]]:
    (folder / "gatepost.toml").write_text(TOML)
    settings = load_settings(folder / "gatepost.toml", environ={})
    with Config.open(folder) as config:
        desk = Desk(config=config, settings=settings)
        told = asyncio.run(desk.call("setting.list", {}, caller=Caller.owner("root"))).value
    return told["source"], told["settings"]


def test_every_setting_is_told_with_its_value_and_whether_it_is_the_default(tmp_path: Path) -> None:
    source, rows = rows_of(tmp_path)
    assert source == str(tmp_path / "gatepost.toml")
    assert {row["name"] for row in rows} == {it.name for it in SETTINGS}
    told = {(row["name"], row["listener"]): row for row in rows}
    assert told["hostname", None]["value"] == "relay.contoso.com"
    assert told["tracing.sample_ratio", None]["value"] == 1.0
    assert told["resolvers", None]["value"] == ["127.0.0.1:53"]
    assert told["listener.port", 2]["value"] == 587
    assert (told["trace.keep_days", None]["value"], told["trace.keep_days", None]["default"]) == (30, True)


def test_a_secret_is_only_told_as_set(tmp_path: Path) -> None:
    _, rows = rows_of(tmp_path)
    told = {row["listener"]: row["value"] for row in rows if row["name"] == "listener.pfx_password"}
    assert told == {1: None, 2: "(set)"}
    assert "hunter2" not in str(rows)
    (hooks,) = [row["value"] for row in rows if row["name"] == "alerts.webhooks"]
    assert hooks == ["https://hooks.contoso.com/…"] * 2


def test_a_server_without_listeners_has_no_certificates(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}))
        assert asyncio.run(desk.call("certificate.list", {}, caller=Caller.owner("root"))).value == []
