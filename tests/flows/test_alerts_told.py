"""Alerts over real HTTPS and SMTP: told once, over a crash too, and once more when they are over."""

import json
import queue
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from house import PATIENCE, Client
from process import TOML, gatepost, serving

from gatepost.outbound import signature

pytestmark = pytest.mark.flow

SECRET = "between us"


class Receiver:
    """A webhook on loopback, which checks every signature."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authorities = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authorities))
        self.got: queue.Queue[dict[str, Any]] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                moment = self.headers["X-Gatepost-Timestamp"]
                assert self.headers["X-Gatepost-Signature"] == signature(SECRET, moment, body)
                self.send_response(200)
                self.end_headers()
                receiver.got.put(json.loads(body))

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/hook/secret-path"

    def next(self) -> dict[str, Any]:
        return self.got.get(timeout=PATIENCE)


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    receiver = Receiver(folder)
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join(PATIENCE)
        receiver.server.server_close()


def test_an_alert_is_told_once_over_a_crash_and_once_more_when_it_is_over(tmp_path: Path) -> None:
    with receiving(tmp_path) as hook:
        toml = TOML + "\n".join(
            (
                "[alerts]",
                f'webhooks = ["{hook.url}"]',
                f'webhook_secret = "{SECRET}"',
                f'webhook_authorities = "{hook.authorities}"',
                "allow_private_webhooks = true",
                "look_seconds = 1",
                "quiet_minutes = 0\n",
            )
        )
        with serving(tmp_path, toml) as relay:
            for words in (
                "domain add contoso.com",
                "connector add --name Printers --connector-type OnPremises --sender-domains * "
                "--sender-ip-addresses 127.0.0.1",
            ):
                assert gatepost(tmp_path, *words.split()).returncode == 0
            with Client(relay.port, source="127.0.0.2") as neighbour:
                neighbour.say("EHLO scanner")
                assert neighbour.envelope().startswith("550 5.7.64")
            raised = hook.next()
            assert (raised["version"], raised["event"], raised["kind"]) == (1, "raised", "near")
            assert raised["about"] == "127.0.0.2"
            assert raised["text"].startswith("[Alert] relay.contoso.com: 127.0.0.2 (scanner) was refused")
            relay.signal(signal.SIGKILL)
            relay.wait()
        with serving(tmp_path, toml):
            tested = gatepost(tmp_path, "alert", "test")
            assert (tested.returncode, "secret-path" in tested.stdout) == (0, False), tested.stdout + tested.stderr
            assert gatepost(tmp_path, "device", "block", "127.0.0.2").returncode == 0
            told = [hook.next()]
            while told[-1]["event"] != "resolved":
                told.append(hook.next())
            assert told[-1]["key"] == raised["key"]
            # What was taken and not yet crossed off when the relay died is posted again, as it was; nothing new begins.
            assert all(it == raised or it["event"] == "test" for it in told[:-1])
