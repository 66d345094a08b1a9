"""Two ways to a server: the admin socket's question, and InvokeCommand over real HTTP sockets."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from gatepost.cmdlets import OverHttp, OverSocket, cmdlet_named
from gatepost.config import Config, load_settings
from gatepost.manage import Caller, Desk
from gatepost.shell import Bound, CommandFailed, SecureString

Page = tuple[int, Mapping[str, str], Any]  # status, headers, JSON or octets


class Counterpart(ThreadingHTTPServer):
    """A server that answers with the given pages in order and remembers what it was asked."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages, self.asked = pages, []  # type: ignore[var-annotated]
        super().__init__(("127.0.0.1", 0), Answering)


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Counterpart)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append((self.path, self.headers["Authorization"], body["CmdletInput"]))
        status, headers, content = server.pages.pop(0)
        octets = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(octets)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def answering(*pages: Page, context: ssl.SSLContext | None = None) -> Iterator[Counterpart]:
    server = Counterpart(list(pages))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def place(server: Counterpart, scheme: str = "http", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{host}:{server.server_address[1]}"


def given(**values: Any) -> Bound:
    return Bound(given=values)


def cmdlet(name: str) -> Any:
    found = cmdlet_named(name)
    assert found is not None
    return found


# --- the admin socket -------------------------------------------------------------------------------------------


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[[str, Mapping[str, Any]], tuple[Any, tuple[str, ...]]]]:
    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}))

        def asking(verb: str, arguments: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
            answer = asyncio.run(desk.call(verb, arguments, caller=Caller.owner("anna")))
            return answer.value, answer.warnings

        yield asking


def test_over_the_socket_a_cmdlet_is_translated_here(ask: Any) -> None:
    connection = OverSocket(ask)
    made = connection.invoke(
        cmdlet("New-InboundConnector"), given(Name="R", SenderDomains=["*"], SenderIPAddresses=["10.0.0.0/8"])
    )
    assert made.objects[0]["Name"] == "R"
    assert any("trusts" in sentence for sentence in made.warnings)
    connection.invoke(cmdlet("Set-InboundConnector"), given(Identity="R", Comment="x", WhatIf=True))
    assert connection.invoke(cmdlet("Get-InboundConnector"), given()).objects[0]["Comment"] == ""


def test_over_the_socket_a_refusal_has_exchanges_name(ask: Any) -> None:
    with pytest.raises(CommandFailed) as failed:
        OverSocket(ask).invoke(cmdlet("Get-InboundConnector"), given(Identity="typo"))
    assert failed.value.type_name.endswith("ManagementObjectNotFoundException")
    with pytest.raises(CommandFailed) as failed:
        OverSocket(ask).invoke(cmdlet("Get-InboundConnector"), given(ResultSize="all"))
    assert failed.value.type_name.endswith("ParameterBindingException")


def test_the_organization_of_the_connection_is_meant_where_none_is_named(ask: Any) -> None:
    ask("organization.add", {"name": "Fabrikam"})
    connection = OverSocket(ask, organization="Fabrikam")
    made = connection.invoke(cmdlet("New-AcceptedDomain"), given(Name="fabrikam.com"))
    assert made.objects[0]["Organization"] == "Fabrikam"
    assert connection.invoke(cmdlet("Get-AcceptedDomain"), given(Organization="Default")).objects == []
    assert len(connection.invoke(cmdlet("Get-AcceptedDomain"), given()).objects) == 1


# --- HTTP -------------------------------------------------------------------------------------------------------


def test_over_http_the_parameters_travel_in_exchanges_shape() -> None:
    with answering((200, {}, {"value": []})) as server:
        OverHttp(place(server) + "/", "gp_1_secret", organization="Contoso & Co").invoke(
            cmdlet("Set-OutboundConnector"),
            given(
                Identity="Upstream",
                SmartHosts={"Add": ["a.example"]},
                Password=SecureString("hunter2"),
                Force=True,
                ErrorAction="Stop",
                WhatIf=True,
            ),
        )
    assert server.asked == [
        (
            "/adminapi/beta/Contoso%20%26%20Co/InvokeCommand",
            "Bearer gp_1_secret",
            {
                "CmdletName": "Set-OutboundConnector",
                "Parameters": {
                    "Identity": "Upstream",
                    "SmartHosts": {"@odata.type": "#Exchange.GenericHashTable", "Add": ["a.example"]},
                    "Password": "hunter2",
                    "WhatIf": True,
                },
            },
        )
    ]


def test_pages_are_followed_and_their_warnings_told_once() -> None:
    row = {"Name": "A", "SenderDomains@odata.type": "#Collection(String)", "SenderDomains": ["*"]}
    pages: list[Page] = [
        (200, {}, {"value": [row], "@adminapi.warnings": ["Mind."], "@odata.nextLink": "set below"}),
        (200, {}, {"value": [{"Name": "B"}], "@adminapi.warnings": ["Mind."]}),
    ]
    with answering(*pages) as server:
        pages[0][2]["@odata.nextLink"] = f"{place(server)}/adminapi/beta/x/InvokeCommand?$skiptoken=1"
        outcome = OverHttp(place(server), "t", organization="x").invoke(cmdlet("Get-InboundConnector"), given())
    assert outcome.objects == [{"Name": "A", "SenderDomains": ["*"]}, {"Name": "B"}]
    assert outcome.warnings == ("Mind.",)
    assert [path for path, _, _ in server.asked][1].endswith("InvokeCommand?$skiptoken=1")


TYPED = {
    "error": {"code": "NotFound", "message": "x", "details": [{"message": "|System.Some.Exception|No such thing. |"}]}
}
INNER = {"error": {"message": "x", "innererror": {"internalexception": {"message": "|A.BException|Said inside."}}}}


@pytest.mark.parametrize(
    ("page", "type_name", "words"),
    [
        ((404, {}, TYPED), "System.Some.Exception", "No such thing. |"),
        ((400, {}, INNER), "A.BException", "Said inside."),
        ((401, {}, b""), "System.Security.Authentication.AuthenticationException", "does not know the token"),
        ((429, {"Retry-After": "7"}, b"{}"), "System.InvalidOperationException", "try again in 7 seconds"),
        ((500, {}, b"<html>"), "System.InvalidOperationException", "answered 500"),
        ((400, {}, {"error": {"message": "Plain words."}}), "System.InvalidOperationException", "Plain words."),
        ((400, {}, {"error": {"details": 5}}), "System.InvalidOperationException", "answered 400"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "System.InvalidOperationException", "answered 302"),
        ((200, {}, b"hello"), "System.InvalidOperationException", "answered something else"),
        ((200, {}, []), "System.InvalidOperationException", "answered something else"),
        ((200, {}, {"value": 5}), "System.InvalidOperationException", "answered something else"),
        ((200, {}, {"value": ["x"]}), "System.InvalidOperationException", "answered something else"),
        (
            (200, {}, {"value": [], "@odata.nextLink": "http://evil.example/"}),
            "System.InvalidOperationException",
            "names a next page elsewhere",
        ),
    ],
)
def test_what_a_server_answers_instead_becomes_a_sentence(page: Page, type_name: str, words: str) -> None:
    with answering(page) as server, pytest.raises(CommandFailed) as failed:
        OverHttp(place(server), "t", organization="x").invoke(cmdlet("Get-InboundConnector"), given())
    assert failed.value.type_name == type_name
    assert words in failed.value.message
    assert server.pages == []


def test_a_server_that_is_not_there_is_named() -> None:
    with answering() as server:
        address = place(server)
    with pytest.raises(CommandFailed, match="does not answer") as failed:
        OverHttp(address, "t", organization="x").invoke(cmdlet("Get-InboundConnector"), given())
    assert address in failed.value.message


@pytest.mark.parametrize("url", ["http://relay.contoso.com:8025", "http://192.0.2.1", "ftp://127.0.0.1", "relay", ""])
def test_a_token_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(CommandFailed, match="Remedy"):
        OverHttp(url, "t", organization="x")


def test_the_token_stands_in_no_repr() -> None:
    assert "gp_secret" not in repr(OverHttp("https://relay.contoso.com", "gp_secret", organization="x"))


def test_https_is_verified_against_the_given_authority(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with answering((200, {}, {"value": []}), context=context) as server:
        url = place(server, "https", "localhost")
        with pytest.raises(CommandFailed, match="is not trusted"):
            OverHttp(url, "t", organization="x").invoke(cmdlet("Get-InboundConnector"), given())
        known = OverHttp(url, "t", organization="x", ca=tmp_path / "ca.pem")
        assert known.invoke(cmdlet("Get-InboundConnector"), given()).objects == []
        with pytest.raises(CommandFailed, match="cannot be read"):
            OverHttp(url, "t", organization="x", ca=tmp_path / "none.pem")
