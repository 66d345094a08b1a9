"""The first start: who may operate a server that nobody operates yet, and how its admin listener is reached."""

import asyncio
import json
import signal
import socket
import ssl
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from smtplib import SMTP
from urllib.parse import urlencode

from house import trusting
from papers import SERVER
from process import QUIET, TOML, gatepost, serving, started

from gatepost.app import running
from gatepost.config import ADMIN_SOCKET, AdminSettings, load_settings
from gatepost.journal import Journal

PASSWORD = "correct horse battery"
LISTENER = "[[listener]]\nport = 0\n"


def ask(url: str, body: bytes | None = None, *, context: ssl.SSLContext | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=20, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_the_link_in_the_log_makes_the_first_administrator_once(tmp_path: Path) -> None:
    with serving(tmp_path, TOML) as server:
        first = server.wait_for("welcome")["link"]
        assert first.startswith("http://127.0.0.1:")
    with serving(tmp_path, TOML) as server:
        link = server.wait_for("welcome")["link"]
        assert ask(link.rpartition("/")[0] + "/" + first.rpartition("/")[2])[0] == 404  # the last start's
        assert ask(link)[0] == 200
        form = urlencode({"name": "anna", "password": PASSWORD, "again": PASSWORD}).encode()
        assert ask(link, form)[0] == 200
        assert ask(link)[0] == 404
        (user,) = json.loads(gatepost(tmp_path, "user", "list", "--json").stdout)
        assert (user["Name"], user["AllOrganizations"]) == ("anna", True)
        (row, _) = json.loads(gatepost(tmp_path, "audit", "--json").stdout)
        assert (row["who"], row["origin"], row["address"]) == ("anna", "web", "127.0.0.1")
    with serving(tmp_path, TOML) as server:
        server.signal(signal.SIGTERM)
        server.wait_for("stopped")
        assert "welcome" not in [told["fact"] for told in server.told]


def test_tls_can_be_tried_before_anybody_has_got_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text(f"{QUIET}[admin]\nport = 0\n")
    command = [sys.executable, "-m", "gatepost", "--config", str(tmp_path / "gatepost.toml"), "serve"]
    shown = set()
    for _ in range(2):
        with started(["env", "GATEPOST_LISTENER_PORT=0", *command]) as server, SMTP("127.0.0.1", server.port) as client:
            client.starttls(context=ssl.create_default_context(cafile=tmp_path / "data" / "tls" / "made.pem"))
            assert client.ehlo("device.contoso.com")[0] == 250
            assert isinstance(client.sock, ssl.SSLSocket)
            shown.add(client.sock.getpeercert(binary_form=True))
            client.quit()
            server.signal(signal.SIGTERM)
            assert server.wait() == 0
    assert len(shown) == 1


def test_the_admin_listener_speaks_https_where_it_has_a_certificate(tmp_path: Path) -> None:
    files = SERVER.files(tmp_path)
    lines = "".join(f'{key} = "{value}"\n' for key, value in files.items())
    toml = f"{QUIET}{LISTENER}[admin]\nport = 0\n{lines}"
    with serving(tmp_path, toml) as server:
        link = server.wait_for("welcome")["link"]
        assert link.startswith("https://127.0.0.1:")
        context = trusting()
        context.check_hostname = False  # the certificate is of the relay's name
        status, text = ask(link.rpartition("/welcome/")[0] + "/livez", context=context)
        assert (status, json.loads(text)) == (200, {"alive": True})


def test_a_bad_certificate_of_the_admin_listener_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "relay.pem").write_text("nothing")
    (tmp_path / "gatepost.toml").write_text(f'{QUIET}{LISTENER}[admin]\nport = 0\ncertificate = "relay.pem"\n')
    done = gatepost(tmp_path, "serve")
    assert done.returncode == 1
    assert "relay.pem" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_is_told_that_the_relay_runs_can_ask_it_at_once(tmp_path: Path) -> None:
    async def told_of() -> bool:
        admin = AdminSettings(address="127.0.0.1", port=0)
        kept = load_settings(environ={})
        listeners = tuple(replace(it, port=0) for it in kept.listeners)
        settings = replace(kept, data_dir=tmp_path, admin=admin, listeners=listeners)
        async with running(settings, Journal(lambda *_: None)):
            with socket.socket(socket.AF_UNIX) as asker:  # no turn of the loop lies between
                asker.connect(str(tmp_path / ADMIN_SOCKET))
            return True

    assert asyncio.run(told_of())
