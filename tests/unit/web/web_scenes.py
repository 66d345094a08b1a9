"""A server's web application and whoever asks it, without sockets: requests go straight to the application."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from gatepost.config import Config, load_settings
from gatepost.journal import Journal
from gatepost.mail import Address, Envelope, Recipient
from gatepost.manage import Caller, Desk
from gatepost.spool import Arrival, Hold, Spool
from gatepost.web.application import application
from gatepost.web.pages.visitor import Visitor

PASSWORD = "correct horse battery"
OWNER = Caller.owner("tests")
MANAGER, VIEWER = "Organization Management", "View-Only Organization Management"
PRINTERS = {
    "Name": "Printers",
    "ConnectorType": "OnPremises",
    "SenderDomains": ["*"],
    "SenderIPAddresses": ["192.0.2.1"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    set_cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def value(self) -> Any:
        assert self.status < 300, self.body
        return self.json["value"]

    @property
    def error(self) -> dict[str, Any]:
        """The error in our one shape."""
        assert self.status >= 400, self.body
        assert self.headers["content-type"] == "application/json"
        error: dict[str, Any] = self.json["error"]
        assert set(error) == {"code", "message", "problems"}
        assert error["message"] == error["problems"][0]["message"]
        assert all(set(it) == {"field", "message", "remedy"} for it in error["problems"])
        return error

    @property
    def fields(self) -> list[Any]:
        return [it["field"] for it in self.error["problems"]]


class Server:
    """The application of one desk. `token` is sent unless the request says otherwise."""

    def __init__(self, desk: Desk, journal: Journal) -> None:
        self.desk, self.journal = desk, journal
        self.app = application(desk)
        self.loop = asyncio.new_event_loop()
        self.token = ""
        self.bodies_read = 0

    def call(self, verb: str, **arguments: Any) -> Any:
        """A verb, as the owner."""
        return self.loop.run_until_complete(self.desk.call(verb, arguments, caller=OWNER)).value

    def finish(self) -> None:
        """End what goes on by itself, as the end of the server does."""
        tasks = asyncio.all_tasks(self.loop)
        for it in tasks:
            it.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks))

    def new_token(self, role: str = MANAGER, *, organization: str | None = None, name: str = "") -> str:
        """A token of one organization, or of all of them."""
        made = self.call(
            "token.add",
            name=name or f"{role} {organization}",
            properties={"RoleGroup": role},
            organization=organization,
            all_organizations=organization is None,
        )
        return str(made["Token"])

    def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        client: str = "192.0.2.99",
    ) -> Reply:
        """One request. A body that is not bytes is sent as JSON."""
        sent: list[Any] = []
        before = self.bodies_read
        octets = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Host": "127.0.0.1:8025", "Authorization": f"Bearer {self.token if token is None else token}"}
        if octets:
            given |= {"Content-Type": "application/json", "Content-Length": str(len(octets))}
        given |= headers or {}
        parts = urlsplit(target)

        async def receive() -> Any:
            self.bodies_read += 1
            if self.bodies_read > before + 1:
                await asyncio.Event().wait()  # whoever asks waits for the answer
            return {"type": "http.request", "body": octets, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items() if value],
            "client": (client, 50_000),
            "server": ("127.0.0.1", 8025),
        }
        self.loop.run_until_complete(self.app(scope, receive, send))
        headers_back = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        body_back = b"".join(message.get("body", b"") for message in sent[1:])
        cookies = tuple(value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie")
        return Reply(status=sent[0]["status"], headers=headers_back, body=body_back, set_cookies=cookies)


class Browser:
    """Somebody at the admin centre: keeps cookies, and sends forms as a page of ours does."""

    def __init__(self, server: Server, *, language: str = "en") -> None:
        self._server, self._language = server, language
        self.cookies: dict[str, str] = {}
        self._token = ""

    def get(self, target: str, **headers: str) -> Reply:
        return self._ask("GET", target, None, headers)

    def post(self, target: str, fields: Mapping[str, Any] | None = None, **headers: str) -> Reply:
        """A form; it carries the seal of the session unless `fields` says otherwise."""
        given = {"seal": self.seal, **(fields or {})}
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1:8025"}
        return self._ask("POST", target, urlencode(given, doseq=True).encode(), {**kind, **headers})

    def send(self, target: str, body: bytes, kind: str) -> Reply:
        """A form as the test wrote it, such as one with a file."""
        return self._ask("POST", target, body, {"Content-Type": kind, "Origin": "http://127.0.0.1:8025"})

    def sign_in(self, name: str, password: str) -> "Browser":
        reply = self.post("/sign-in", {"name": name, "password": password})
        assert reply.status == 303, reply.body
        return self

    @property
    def seal(self) -> str:
        """As our forms carry it; those of an ended session are still open."""
        self._token = token = self.cookies.get("gatepost") or self._token
        caller = Caller.owner("nobody")
        return Visitor(caller=caller, token=token, organization=None).seal

    def _ask(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Authorization": "", "Accept-Language": self._language, "Cookie": cookies, **headers}
        reply = self._server.ask(method, target, body, headers=given)
        for line in reply.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in line:
                del self.cookies[name]
        return reply


def multipart(fields: dict[str, str], file: bytes) -> tuple[bytes, str]:
    """A form with a file, as browsers send it."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{it}'.encode() for name, it in fields.items()]
    head = b'Content-Disposition: form-data; name="certificate"; filename="relay.pem"\r\n\r\n'
    whole = b"".join(b"--x\r\n" + part + b"\r\n" for part in (*parts, head + file))
    return whole + b"--x--\r\n", "multipart/form-data; boundary=x"


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server with a token of its owner's making that manages everything."""
    journal = Journal.silent()
    with Config.open(folder, journal) as config:
        server = Server(Desk(config=config, settings=load_settings(environ={}), journal=journal), journal)
        try:
            server.token = server.new_token(name="everything")
            yield server
        finally:
            server.finish()
            server.loop.close()


@contextmanager
def serving_mail(folder: Path) -> Iterator[Server]:
    """A server with a spool that nobody empties."""
    journal = Journal.silent()
    with Config.open(folder, journal) as config:
        server = Server(Desk(config=config, settings=load_settings(environ={}), journal=journal), journal)
        opening = Spool.open(folder)
        spool = server.loop.run_until_complete(opening.__aenter__())
        server.desk = Desk(config=config, settings=load_settings(environ={}), journal=journal, spool=spool)
        server.app = application(server.desk)
        try:
            server.token = server.new_token(name="everything")
            yield server
        finally:
            server.loop.run_until_complete(opening.__aexit__(None, None, None))
            server.loop.close()


def store(
    server: Server,
    *recipients: str,
    subject: str = "Scan",
    sender: str = "scan@contoso.com",
    hold: Hold | None = None,
) -> str:
    """A message that waits, or is held, as if a printer had sent it; its id."""
    work = _store(server.desk.spool, recipients, subject=subject, sender=sender, hold=hold)
    return server.loop.run_until_complete(work)


async def _store(spool: Spool, recipients: tuple[str, ...], *, subject: str, sender: str, hold: Hold | None) -> str:
    draft = spool.draft()
    draft.write(b"Subject: Scan\r\n\r\nhello\r\n")
    addresses = [Address(*it.split("@")) for it in recipients]
    arrival = Arrival(
        id=spool.new_id(),
        envelope=Envelope(
            sender=Address(*sender.split("@")), recipients=tuple(Recipient(address=it) for it in addresses)
        ),
        content=await draft.finish(),
        destinations=tuple(f"mx:{it.domain}" for it in addresses),
        received_at=time.time(),
        client="192.0.2.9",
        connector="Printers",
        organization="Default",
        subject=subject,
        message_id="<1@contoso.com>",
        story={"reasons": ['Connector "Printers" matched by address.'], "hello": subject},
        holds=() if hold is None else (hold,) * len(addresses),
    )
    await spool.accept(arrival)
    return arrival.id
