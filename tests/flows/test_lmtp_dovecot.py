"""Mail for an accepted domain handed to Debian's Dovecot by LMTP, and read there by IMAP as its owner would."""

import imaplib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from debian import ROOT as UNPACKED
from debian import free_port, running
from house import HELLO, OURS, PRINTER, by_address, change
from place import Place, standing

from gatepost.config import ObjectKind

pytestmark = [pytest.mark.flow, pytest.mark.peer]
PASSWORD = "secret"

DOVECOT_CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
mail_location = maildir:{folder}/mail/%d/%n
mail_plugins = quota
default_internal_user = dovecot
default_login_user = dovenull
default_internal_group = dovecot
first_valid_uid = 0
import_environment = LD_LIBRARY_PATH
ssl = no
disable_plaintext_auth = no
recipient_delimiter = +
postmaster_address = postmaster@contoso.com
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  chroot =
  unix_listener lmtp {{
    mode = 0666
  }}
  inet_listener lmtp {{
    port = {lmtp}
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
  driver = passwd-file
  args = {folder}/people
  override_fields = uid=1000 gid=1000 home={folder}/home/%n
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
PEOPLE = f"""\
anna@{OURS}:{{PLAIN}}{PASSWORD}::::::
bob@{OURS}:{{PLAIN}}{PASSWORD}::::::
full@{OURS}:{{PLAIN}}{PASSWORD}::::::userdb_quota_rule=*:storage=1B
"""


@dataclass(frozen=True)
class Post:
    """Dovecot: its port for LMTP, the path of its socket, and its port for IMAP."""

    lmtp: int
    socket: Path
    imap: int

    def inbox(self, name: str) -> list[bytes]:
        """Every message in somebody's inbox."""
        with imaplib.IMAP4("127.0.0.1", self.imap) as mailbox:
            mailbox.login(f"{name}@{OURS}", PASSWORD)
            mailbox.select("INBOX", readonly=True)
            _, [numbers] = mailbox.search(None, "ALL")
            fetched = [mailbox.fetch(number, "(RFC822)")[1][0] for number in numbers.decode().split()]
            return [part[1] for part in fetched if isinstance(part, tuple)]


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("dovecot")
    for name in ("run", "state", "home", "mail"):
        (folder / name).mkdir()
    (folder / "people").write_text(PEOPLE)
    made = Post(lmtp=free_port(), socket=folder / "run" / "lmtp", imap=free_port())
    settings = folder / "dovecot.conf"
    settings.write_text(DOVECOT_CONF.format(folder=folder, lmtp=made.lmtp, imap=made.imap))
    shown = [
        (UNPACKED / "usr/lib/dovecot", "/usr/lib/dovecot"),
        (UNPACKED / "usr/bin/doveconf", "/usr/bin/doveconf"),
    ]
    with running(folder, [UNPACKED / "usr/sbin/dovecot", "-F", "-c", settings], port=made.lmtp, shown=shown):
        yield made


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with standing(tmp_path_factory.mktemp("relay"), by_address("Devices")) as made:
        yield made


def send(place: Place, *names: str, content: bytes = HELLO) -> str:
    """A message from the printer to some of our people; its queue id."""
    with place.house.connect() as client:
        client.say("EHLO printer.contoso.com")
        return client.deliver(content, *(f"{name}@{OURS}" for name in names))


@pytest.mark.parametrize("by_socket", [False, True])
def test_a_message_is_read_where_dovecot_has_put_it(place: Place, post: Post, by_socket: bool) -> None:
    server = f"unix:{post.socket}" if by_socket else f"127.0.0.1:{post.lmtp}"
    place.house.change(change(ObjectKind.DOMAIN, OURS, Lmtp=server))
    subject = f"Subject: by socket {by_socket}\r\n\r\n.a dot\r\n".encode()
    story = place.house.delivered_story(send(place, "anna+reports", "bob", content=subject))
    for name in ("anna", "bob"):
        [found] = [it for it in post.inbox(name) if f"by socket {by_socket}".encode() in it]
        assert found.startswith(f"Return-Path: <{PRINTER}>".encode())
        assert found.endswith(b"\r\n\r\n.a dot\r\n")
    [attempt] = [it for it in story["events"] if it["kind"] == "attempt"]
    assert attempt["protocol"] == "LMTP" and attempt["destination"] == f"lmtp:{server}"


def test_nobody_by_that_name_and_a_full_mailbox_are_the_fate_of_that_recipient_alone(place: Place, post: Post) -> None:
    place.house.change(change(ObjectKind.DOMAIN, OURS, Lmtp=f"127.0.0.1:{post.lmtp}"))
    before = len(post.inbox("anna"))
    id_ = send(place, "anna", "nobody", "full")
    failed = place.house.facts.wait_for("failed", 2)
    reasons = {fact["to"].partition("@")[0]: fact["reason"] for fact in failed if fact["id"] == id_}
    assert "User doesn't exist" in reasons["nobody"] and "Quota exceeded" in reasons["full"]
    assert len(post.inbox("anna")) == before + 1
