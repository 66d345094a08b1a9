"""The copy picked up by IMAP: Debian's Dovecot, with a login over TLS, into whose Maildir the relay delivers."""

import asyncio
import json
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from debian import ROOT as UNPACKED
from debian import free_port, running
from house import OURS, PRINTER, by_address, change
from papers import ROOT, issue
from place import Place, standing
from process import gatepost

from gatepost.cli import remote
from gatepost.config import ObjectKind
from gatepost.tools import Found, ImapLogin, ImapPlace, PickupFailed

pytestmark = [pytest.mark.flow, pytest.mark.peer]
ANNA, PASSWORD = f"anna@{OURS}", 'se cret"\\'

DOVECOT_CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{mail}/%d/%n
default_internal_user = dovecot
default_login_user = dovenull
default_internal_group = dovecot
first_valid_uid = 0
import_environment = LD_LIBRARY_PATH
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {implicit}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/people
}}
userdb {{
  driver = static
  args = uid=1000 gid=1000 home={folder}/home
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox "Junk mail" {{
    special_use = \\Junk
    auto = create
  }}
}}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("relay")
    with standing(folder, by_address("Devices")) as made:
        mail = str(folder / "mail" / "{domain}" / "{local}")
        made.house.change(change(ObjectKind.DOMAIN, OURS, Maildir=mail))
        yield made


@dataclass(frozen=True)
class Post:
    """The server: its files (`ca.pem`, `password`), how anna gets in with TLS at once, and its port for STARTTLS."""

    folder: Path
    login: ImapLogin
    starttls_port: int


@pytest.fixture(scope="module")
def post(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """Dovecot over the relay's own mailboxes."""
    folder = tmp_path_factory.mktemp("dovecot")
    for name in ("run", "state", "home"):
        (folder / name).mkdir()
    (folder / "people").write_text(f"{ANNA}:{{PLAIN}}{PASSWORD}\n")
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "ca.pem").write_text(ROOT.pem)
    implicit, starttls = free_port(), free_port()
    files = issue("localhost", by=ROOT).files(folder)
    facts = {"folder": folder, "mail": place.folder / "mail", "implicit": implicit, "starttls": starttls, **files}
    settings = folder / "dovecot.conf"
    settings.write_text(DOVECOT_CONF.format(**facts))
    shown = [
        (UNPACKED / "usr/lib/dovecot", "/usr/lib/dovecot"),
        (UNPACKED / "usr/bin/doveconf", "/usr/bin/doveconf"),
    ]
    login = ImapLogin(host="localhost", port=implicit, user=ANNA, secret=PASSWORD, trusted=(ROOT.certificate,))
    with running(folder, [UNPACKED / "usr/sbin/dovecot", "-F", "-c", settings], port=implicit, shown=shown):
        yield Post(folder=folder, login=login, starttls_port=starttls)


def verify(place: Place, post: Post, *words: str) -> tuple[int, Any, str]:
    imap = ("--imap", f"localhost:{post.login.port}", "--imap-user", ANNA, "--ca", str(post.folder / "ca.pem"))
    flags = ("--json", "--from", PRINTER, "--to", ANNA, "--imap-password-file", str(post.folder / "password"))
    done = gatepost(place.folder, "verify", *flags, *imap, *words)
    return done.returncode, json.loads(done.stdout or "null"), done.stderr


def look(login: ImapLogin, token: str) -> Found | None:
    """One look with a connection of its own."""

    async def once() -> Found | None:
        mailbox = ImapPlace(login)
        try:
            await mailbox.ready()
            return await mailbox.look(token)
        finally:
            await mailbox.close()

    return asyncio.run(once())


def put(place: Place, folder: str, token: str) -> Path:
    """A copy in a folder of anna's mailbox, as a filter would have put it there."""
    new = place.folder / "mail" / OURS / "anna" / folder / "new"
    new.mkdir(parents=True, exist_ok=True)
    file = new / f"{token}.test"
    file.write_bytes(f"Subject: Gatepost probe {token}\nMessage-ID: <{token}.verify@contoso.com>\n\nx\n".encode())
    return file


def test_verify_finds_and_deletes_the_copy_in_a_mailbox_that_it_opens(place: Place, post: Post) -> None:
    status, told, errors = verify(place, post, "--delete", "--expect-connector", "Devices")
    assert status == 0, errors
    [one] = told["recipients"]
    assert one["analysis"]["connector"] == "Devices" and one["remarks"] == []
    assert look(post.login, one["token"]) is None


def test_a_desk_finds_any_message_it_has_taken_in_a_mailbox_that_is_opened_once(place: Place, post: Post) -> None:
    with smtplib.SMTP("127.0.0.1", place.house.port) as client:
        client.ehlo()
        client.mail(PRINTER)
        client.rcpt(ANNA)
        queued = client.data(f"Message-ID: <scan.1@{OURS}>\r\nFrom: {PRINTER}\r\n\r\nx\r\n")[1].split()[1].decode()

    def ask(verb: str, **arguments: Any) -> Any:
        return remote.ask(place.folder / "data", verb, arguments).value

    run = ask("verify.begin", message=queued)["id"]
    where = {"id": run, "recipient": ANNA, "server": f"localhost:{post.login.port}", "user": ANNA}
    with pytest.raises(remote.Declined, match="did not open") as refused:
        ask("verify.look", **where, password="not " + PASSWORD, authorities=ROOT.pem)
    assert PASSWORD not in str(refused.value)
    found = ask("verify.look", **where, password=PASSWORD, authorities=ROOT.pem)
    [copy] = found["recipients"]
    assert (copy["standing"], copy["found"]) == ("found", f"INBOX of {ANNA}")
    rows = json.dumps(ask("audit.list"))
    assert f"localhost:{post.login.port}" in rows and "se cret" not in rows


def test_deleting_takes_this_one_copy_and_leaves_every_other(place: Place, post: Post) -> None:
    wanted, other = "00000000000000a1", "00000000000000a2"
    for token in (wanted, other):
        put(place, "", token)

    async def remove() -> str:
        mailbox = ImapPlace(post.login)
        try:
            found = await mailbox.look(wanted)
            assert found is not None
            return await mailbox.remove(found)
        finally:
            await mailbox.close()

    assert asyncio.run(remove()) == ""
    assert look(post.login, wanted) is None and look(post.login, other) is not None


@pytest.mark.parametrize("starttls", [False, True])
def test_both_ways_into_tls_lead_to_the_inbox(place: Place, post: Post, starttls: bool) -> None:
    token = f"00000000000000b{starttls:d}"
    put(place, "", token)
    port = post.starttls_port if starttls else post.login.port
    found = look(replace(post.login, port=port, starttls=starttls), token)
    assert found is not None and found.place == f"INBOX of {ANNA}" and token.encode() in found.content


def test_a_copy_that_was_taken_for_junk_is_found_and_the_folder_named(place: Place, post: Post) -> None:
    put(place, ".Junk mail", "00000000000000cc")
    found = look(post.login, "00000000000000cc")
    assert found is not None and found.place == f"Junk mail of {ANNA}"


def test_looking_leaves_a_message_unread(place: Place, post: Post) -> None:
    put(place, "", "00000000000000dd")
    assert look(post.login, "00000000000000dd") is not None
    [file] = (place.folder / "mail" / OURS / "anna").rglob("00000000000000dd.test*")
    assert "S" not in file.name.rpartition(":2,")[2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"secret": "wrong"}, "did not open"),
        ({"trusted": ()}, "the server's certificate is not good for it"),
        ({"host": "127.0.0.1"}, "the server's certificate is not good for it"),
        ({"port": 1}, "cannot be opened"),
    ],
)
def test_what_keeps_it_out_is_a_sentence_without_the_password(
    post: Post, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(PickupFailed) as failed:
        look(replace(post.login, **change), "00000000000000ee")
    assert sentence in str(failed.value) and "Remedy: " in str(failed.value)
    assert PASSWORD not in str(failed.value)


def test_a_wrong_password_is_told_before_anything_is_sent(place: Place, post: Post) -> None:
    (post.folder / "wrong").write_text("wrong")
    accepted = len(place.house.facts.all("accepted"))
    status, told, _ = verify(place, post, "--imap-password-file", str(post.folder / "wrong"))
    assert status == 1 and "did not open" in told["error"]["problems"][0]
    assert len(place.house.facts.all("accepted")) == accepted
