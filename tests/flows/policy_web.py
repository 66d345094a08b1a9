"""An HTTPS server of the tests' own that serves one MTA-STS policy, and can be told another or to misbehave."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme

CA = trustme.CA(key_type=trustme.KeyType.ECDSA)


@dataclass
class Policy:
    """What is served: its status, text and media type. `fetched` counts the requests for the right path."""

    text: str
    status: int = 200
    kind: str = "text/plain"
    port: int = 0
    fetched: int = 0
    gate: threading.Event | None = None  # answers wait for it
    hosts: list[str] = field(default_factory=list)


def policy_text(*mx: str, mode: str = "enforce", max_age: int = 604_800) -> str:
    """A policy's text for some mail hosts."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {it}" for it in mx), f"max_age: {max_age}"]
    return "".join(f"{line}\r\n" for line in lines)


def trusting() -> ssl.SSLContext:
    """Whom to trust: the tests' own authority."""
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


@contextmanager
def serving(policy: Policy, name: str) -> Iterator[Policy]:
    """Serve it under a certificate for `name`, on a free port."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            right = self.path == "/.well-known/mta-sts.txt"
            if policy.gate is not None:
                policy.gate.wait(20)
            policy.fetched += right
            policy.hosts.append(self.headers["Host"])
            self.send_response(policy.status if right else 404)
            self.send_header("Content-Type", policy.kind)
            if policy.status == 301:
                self.send_header("Location", f"https://{name}:{policy.port}/elsewhere")
            self.end_headers()
            self.wfile.write(policy.text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    policy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield policy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
