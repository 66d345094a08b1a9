"""A mailbox server that hangs, lies and never ends: the search ends in time and with a sentence.

The server is the test's own; a real one stands in test_verify_imap.py.
"""

import asyncio
import base64
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
from papers import ROOT, issue

from gatepost.tools import Found, ImapLogin, ImapPlace, PickupFailed

pytestmark = pytest.mark.flow
TOKEN = "0123456789abcdef"
SECRET = "ya29.secret-token"
COPY = f"Message-ID: <{TOKEN}.verify@contoso.com>\r\n\r\n"
HEADER = f"* 1 FETCH (UID 1 BODY[HEADER]<0> {{{len(COPY)}}}\r\n{COPY})\r\n"

# What it says to each command; `$` is the command's tag. None never answers, "" hangs up, and what ends in … is said
# again and again.
GOOD: dict[str, str | None] = {
    "greeting": "* OK ready\r\n",
    "CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=XOAUTH2 UIDPLUS\r\n$ OK done\r\n",
    "STARTTLS": "$ OK done\r\n",
    "AUTHENTICATE": "+ \r\n",
    "token": "$ OK done\r\n",
    "LIST": '* LIST () "/" INBOX\r\n$ OK done\r\n',
    "EXAMINE": "* 1 EXISTS\r\n$ OK [READ-ONLY]\r\n",
    "SEARCH": "* SEARCH 1\r\n$ OK done\r\n",
    "FETCH": f"{HEADER}$ OK done\r\n",
    "LOGOUT": "* BYE\r\n$ OK done\r\n",
}


class Server:
    """Says what it is told to, command by command, and keeps what it heard."""

    def __init__(self, said: Mapping[str, str | None]) -> None:
        self.said = {**GOOD, **said}
        self.heard: list[str] = []

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tag, verb = "*", "greeting"
        try:
            while await self._say(self.said[verb], tag, writer):
                octets = await reader.readline()
                if not octets:
                    break
                line = octets.decode().rstrip("\r\n")
                self.heard.append(line)
                if verb in ("AUTHENTICATE", "token"):
                    verb = "token" if verb == "AUTHENTICATE" else "reasons read"
                    if verb in self.said:
                        continue
                tag, *words = line.split()
                verb = words[1] if words[0] == "UID" else words[0]
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _say(self, text: str | None, tag: str, writer: asyncio.StreamWriter) -> bool:
        """Whether the conversation goes on."""
        if text is None:
            return True
        octets = text.replace("$", tag).encode("latin-1")
        while octets.endswith(b"..."):
            writer.write(octets.removesuffix(b"...") * 500)
            await writer.drain()
        writer.write(octets)
        await writer.drain()
        return bool(text)


def searched(tmp_path: Path, server: Server, *, starttls: bool = False, step: float = 10.0) -> tuple[Found | None, str]:
    """What was found, and why not. Raises PickupFailed."""
    files = issue("localhost", by=ROOT).files(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["certificate"], files["key"])

    async def play() -> tuple[Found | None, str]:
        listening = await asyncio.start_server(server.speak, "127.0.0.1", 0, ssl=None if starttls else context)
        async with listening:
            place = ImapPlace(
                ImapLogin(
                    host="localhost",
                    port=listening.sockets[0].getsockname()[1],
                    starttls=starttls,
                    user="anna@contoso.com",
                    secret=SECRET,
                    token=True,
                    trusted=(ROOT.certificate,),
                ),
                step=step,
            )
            try:
                await place.ready()
                return await place.look(TOKEN), place.missing()
            finally:
                await place.close()

    return asyncio.run(play())


def patience(words: str) -> float:
    """Seconds for one look: enough where a reason of its own is expected, and few where waiting is what is tested."""
    return 10.0 if words.strip(": ") and "seconds" not in words else 0.5


def test_a_token_opens_the_mailbox(tmp_path: Path) -> None:
    server = Server({})
    found, _ = searched(tmp_path, server)
    assert found is not None and found.content.decode() == COPY
    shown = base64.b64decode(next(it for it in server.heard if " " not in it)).decode()
    assert shown == f"user=anna@contoso.com\x01auth=Bearer {SECRET}\x01\x01"


REASONS = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"https://mail.example/"}').decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"token": f"+ {REASONS}\r\n", "reasons read": "$ NO no\r\n"}, "The token has expired, was revoked, or is for"),
        ({"token": "$ NO AUTHENTICATE failed.\r\n"}, "did not open: AUTHENTICATE failed"),
        ({"token": "$ NO \xff\x1b[31m\r\n"}, "did not open: "),
    ],
)
def test_a_token_that_is_refused_is_told_with_the_servers_reasons(
    tmp_path: Path, said: dict[str, str | None], words: str
) -> None:
    with pytest.raises(PickupFailed) as failed:
        searched(tmp_path, Server(said))
    sentence = str(failed.value)
    assert words in sentence and "Remedy: get a new access token for this user" in sentence
    assert SECRET not in sentence and sentence.isprintable()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"greeting": ""}, ""),
        ({"greeting": "* BYE too busy\r\n"}, ""),
        ({"greeting": "HTTP/1.1 400 Bad Request\r\n"}, ""),
        ({"greeting": "x" * 1_100_000}, "more than 1000000 bytes"),
        ({"greeting": None}, "no answer within 0.5 seconds"),
        ({"CAPABILITY": "* CAPABILITY \xff\r\n$ OK done\r\n"}, "it says what makes no sense here"),
        ({"CAPABILITY": "* CAPABILITY {3}\r\nabc\r\n$ OK done\r\n"}, "not IMAP4 compliant"),
        ({"CAPABILITY": f"* OK {'x' * 9000}\r\n..."}, "answers without end"),
        ({"CAPABILITY": "* 1 FETCH {999999999999}\r\n"}, "an answer of 999999999999 octets"),
        ({"token": "* BYE the line was cut\r\n"}, ""),
        ({"token": None}, "no answer within 0.5 seconds"),
        ({"LIST": None}, "no answer within 0.5 seconds"),
    ],
    ids=lambda it: str(it)[:40],
)
def test_a_server_that_does_not_let_in_ends_in_a_sentence_before_anything_is_sent(
    tmp_path: Path, said: dict[str, str | None], words: str
) -> None:
    with pytest.raises(PickupFailed) as failed:
        searched(tmp_path, Server(said), step=patience(words))
    sentence = str(failed.value)
    assert "cannot be opened: " in sentence and words in sentence and "Remedy: " in sentence
    assert SECRET not in sentence and sentence.isprintable()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"EXAMINE": "* BYE going down\r\n"}, ": "),
        ({"EXAMINE": "$ NO locked\r\n"}, ", inbox and junk"),
        ({"SEARCH": ""}, ": "),
        ({"SEARCH": None}, "no answer within 0.5 seconds"),
        ({"SEARCH": "* SEARCH 1 2 3...$ OK done\r\n"}, ": "),
        ({"SEARCH": "* SEARCH {3}\r\n1 2\r\n$ OK done\r\n"}, ", inbox and junk"),
        ({"SEARCH": "* SEARCH \xb2 1:* ) -1\r\n$ OK done\r\n"}, ", inbox and junk"),
        ({"FETCH": "* 1 FETCH (UID 1 BODY[HEADER]<0> NIL)\r\n$ OK done\r\n"}, ", inbox and junk"),
        ({"FETCH": HEADER.replace(TOKEN, TOKEN[::-1]) + "$ OK done\r\n"}, ", inbox and junk"),
        ({"FETCH": "* 1 FETCH {1000}\r\nshort\r\n", "LOGOUT": None}, "no answer within 0.5 seconds"),
        ({"FETCH": f"* 1 FETCH {{20000}}\r\n{'y' * 20000}..."}, ": "),
        ({"FETCH": HEADER + "..."}, "answers without end"),
    ],
    ids=lambda it: str(it)[:40],
)
def test_a_server_that_lies_or_ends_has_no_copy_and_says_why(
    tmp_path: Path, said: dict[str, str | None], words: str
) -> None:
    found, missing = searched(tmp_path, Server(said), step=patience(words))
    assert found is None
    assert missing.startswith("in the mailbox of anna@contoso.com at localhost") and words in missing
    assert missing.isprintable()


WITHOUT_TLS: list[dict[str, str | None]] = [
    {"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n$ OK done\r\n"},
    {"STARTTLS": "$ NO not now\r\n"},
    {"greeting": "* PREAUTH come in\r\n"},
    {"STARTTLS": "$ OK done\r\n* OK forged, and no TLS follows\r\n"},
]


@pytest.mark.parametrize("said", WITHOUT_TLS, ids=lambda it: str(it)[:40])
def test_the_token_is_not_said_where_tls_is_not_to_be_had(tmp_path: Path, said: dict[str, str | None]) -> None:
    server = Server(said)
    with pytest.raises(PickupFailed, match="cannot be opened: "):
        searched(tmp_path, server, starttls=True)
    assert server.heard and not [it for it in server.heard if "AUTHENTICATE" in it or "LOGIN" in it]
