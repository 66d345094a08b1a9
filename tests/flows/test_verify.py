"""`gatepost verify` as a user runs it: a relay in the test's own process, the command in another, real mailboxes."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import GUEST, OURS, PATIENCE, PRINTER, by_address, by_certificate, change, user
from place import Place, standing
from process import ENVIRONMENT, gatepost
from sink import Delivery

from gatepost.config import ObjectKind

pytestmark = pytest.mark.flow
ANNA = f"anna@{OURS}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("verify")
    edits = (by_address("Devices"), by_certificate("Certified", SenderIPAddresses=[]))
    with standing(folder, *edits) as made:
        made.house.change(change(ObjectKind.DOMAIN, OURS, Maildir=str(folder / "mail" / "{domain}" / "{local}")))
        yield made


def verify(place: Place, *words: str, to: str = ANNA, stdin: str = "") -> tuple[int, Any, str]:
    """Exit status, the JSON value, and standard error."""
    done = gatepost(place.folder, "verify", "--json", "--from", PRINTER, "--to", to, *words, stdin=stdin)
    return done.returncode, json.loads(done.stdout), done.stderr


def inbox(place: Place) -> list[Path]:
    return list((place.folder / "mail" / OURS / "anna" / "new").glob("*"))


def test_a_copy_in_a_mailbox_of_this_relay_is_found_and_joined_to_its_trace(place: Place) -> None:
    status, told, _ = verify(place, "--expect-connector", "Devices")
    [one] = told["recipients"]
    assert (status, told["held"], one["problems"]) == (0, True, [])
    assert one["found"].startswith("Maildir ")
    assert one["analysis"]["connector"] == "Devices" and "Devices" in one["analysis"]["verdict"]
    assert one["trace"]["id"] == one["analysis"]["queue_id"]
    [hop] = one["analysis"]["hops"]
    assert (hop["by"], hop["ours"], hop["tls"]) == ("relay.contoso.com", True, False)


def test_what_was_found_is_written_as_a_page(place: Place) -> None:
    status, _, _ = verify(place, "--html", str(place.folder / "report.html"))
    page = (place.folder / "report.html").read_text("utf-8")
    assert status == 0
    assert page.startswith("<!doctype html>") and "<svg " in page and "its connector Devices" in page


def test_with_a_pfx_it_comes_through_the_connector_of_the_certificate(place: Place) -> None:
    password = place.folder / "pfx-password"
    password.write_text(place.pfx.password)
    words = ("--pfx", str(place.pfx.file), "--pfx-password-file", str(password), "--ca", place.ca)
    status, told, _ = verify(place, *words, "--expect-connector", "Certified")
    [one] = told["recipients"]
    assert status == 0, one["problems"]
    [hop] = one["analysis"]["hops"]
    assert hop["tls_version"] == "TLSv1.3" and hop["connector"] == "Certified"


@pytest.mark.parametrize(
    ("password", "words", "held"),
    [("correct horse", (), True), ("correct horse", ("--auth", "login"), True), ("wrong", (), False)],
)
def test_through_a_route_that_wants_a_sign_in(
    tmp_path: Path, password: str, words: tuple[str, ...], held: bool
) -> None:
    with standing(tmp_path, user("app", "correct horse"), submission=True) as place:
        pattern = str(tmp_path / "mail" / "{domain}" / "{local}")
        place.house.change(change(ObjectKind.DOMAIN, OURS, Maildir=pattern))
        (tmp_path / "password").write_text(password)
        signing_in = ("--user", "app", "--password-file", str(tmp_path / "password"))
        status, told, err = verify(place, *signing_in, *words, "--ca", place.ca)
    [one] = told["recipients"]
    assert (status, told["held"]) == (0 if held else 1, held), one["problems"]
    assert held or "Remedy: " in one["problems"][0]
    assert password not in json.dumps(told) + err or password == "wrong"  # a word of its own in many sentences
    assert one["sent"]["tls_version"] == "TLSv1.3"


def test_another_connector_than_the_expected_one_is_a_failure_that_names_both(place: Place) -> None:
    status, told, _ = verify(place, "--expect-connector", "Certified")
    [one] = told["recipients"]
    assert status == 1 and one["found"] is not None
    [problem] = one["problems"]
    assert problem.startswith("It was to come through connector 'Certified', and came through 'Devices'. Remedy: ")


def test_delete_takes_the_copy_out_of_the_mailbox_again_and_nothing_else(place: Place) -> None:
    before = len(inbox(place))
    verify(place)
    assert len(inbox(place)) == before + 1
    verify(place, "--delete")
    assert len(inbox(place)) == before + 1


def test_a_refusal_is_told_with_its_remedy_and_nothing_is_waited_for(place: Place) -> None:
    status, told, _ = verify(place, "--source", "127.0.0.66", "--maildir", str(place.folder), to=GUEST)
    [one] = told["recipients"]
    assert status == 1 and one["found"] is None and one["seconds"] == 0.0
    assert "5.7.64" in one["problems"][0] and "Remedy: " in one["problems"][0]


def test_a_message_that_has_failed_for_good_is_waited_for_no_longer(place: Place) -> None:
    place.house.sink.rcpt = lambda line: "550 5.1.1 no such user" if "nobody@" in line else "250 2.1.5 ok"
    status, told, _ = verify(place, "--maildir", str(place.folder / "nothing"), to="nobody@fabrikam.com")
    [one] = told["recipients"]
    assert status == 1 and one["trace"] is not None
    assert "this relay has not delivered it: failed (550 5.1.1 no such user)" in one["problems"][0]
    assert one["problems"][0].endswith(f"Remedy: gatepost trace show {one['trace']['id']}.")


def test_when_the_time_is_over_it_says_where_it_looked(place: Place) -> None:
    elsewhere = place.folder / "elsewhere"
    server = f"127.0.0.1:{place.house.sink.port}"  # not this relay: it has no trace of the message
    words = ("--server", server, "--maildir", str(elsewhere), "--wait", "0")
    status, told, _ = verify(place, *words, to=GUEST)
    [one] = told["recipients"]
    assert status == 1 and (one["found"], one["trace"]) == (None, None)
    assert f"the copy was not found in {elsewhere}: there is no such folder. Remedy: " in one["problems"][0]


def test_for_people_the_path_the_verdict_and_the_trace_are_shown(place: Place) -> None:
    done = gatepost(place.folder, "verify", "--from", PRINTER, "--to", ANNA)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^{ANNA}: found after \d", done.stdout, re.MULTILINE)
    assert "relay.contoso.com" in done.stdout and "Devices" in done.stdout
    assert re.search(r"gatepost trace show [0-9a-f]{16}", done.stdout)
    assert f"Sent to {ANNA}: the subject is 'Gatepost probe " in done.stderr


# --- outside: headers that the user brings ----------------------------------------------------------------


def arrived(place: Place, token: str) -> Delivery:
    """The sink's copy of this message."""
    count = 1
    while True:
        for one in place.house.mail(count):
            if token.encode() in one.content:
                return one
        count = len(place.house.sink.deliveries) + 1


def test_headers_saved_to_a_file_are_the_copy_once_they_are_there(place: Place) -> None:
    file = place.folder / "saved.txt"
    before = len(place.house.sink.deliveries)

    def save() -> None:
        file.write_bytes(place.house.mail(before + 1)[before].content)

    saving = threading.Thread(target=save)
    saving.start()
    status, told, _ = verify(place, "--headers", str(file), "--expect-connector", "Devices", to=GUEST)
    saving.join(PATIENCE)
    [one] = told["recipients"]
    assert status == 0, one["problems"]
    assert one["found"] == str(file) and one["trace"]["id"] == one["analysis"]["queue_id"]


@pytest.mark.parametrize("right", [True, False])
def test_headers_are_pasted_when_the_user_knows_the_subject(place: Place, right: bool) -> None:
    words = ["--config", str(place.folder / "gatepost.toml"), "verify", "--json", "--headers", "-", "--from", PRINTER]
    command = subprocess.Popen(
        [sys.executable, "-m", "gatepost", *words, "--to", GUEST],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert command.stderr is not None
    told = command.stderr.readline()
    token = told.rpartition("Gatepost probe ")[2].strip("'.\n")
    content = arrived(place, token).content.decode().replace("\r\n", "\n")
    out, _ = command.communicate(content if right else "Subject: another\n", timeout=PATIENCE)
    [one] = json.loads(out)["recipients"]
    assert command.returncode == (0 if right else 1)
    if right:
        assert one["found"] == "the pasted headers" and one["analysis"]["connector"] == "Devices"
    else:
        assert any(f"they do not hold {token}" in problem for problem in one["problems"])


# --- what cannot be meant so ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--to", GUEST], f"Where is the copy of {GUEST} to be looked for?"),
        (["--to", ANNA, "--listener", "127.0.0.1:1"], "This relay does not listen on '127.0.0.1:1'."),
        (["--to", ANNA, "--listener", "a:1", "--server", "b:1"], "--listener chooses one of this relay's own"),
        (["--to", ANNA, "--to", GUEST, "--headers", "x"], "--headers holds one message."),
        (["--to", ANNA, "--imap", "localhost"], "--imap needs --imap-user."),
        (["--to", ANNA, "--imap-user", "anna"], "--imap-user needs --imap."),
        (["--to", ANNA, "--imap", "localhost", "--imap-user", "anna"], "--imap needs either --imap-password-file or"),
        (["--to", "not an address"], "is not an address"),
        (["--to", ANNA, "--password-file", "x"], "--password-file needs --user."),
    ],
)
def test_flags_that_do_not_fit_are_refused_before_anything_is_sent(
    place: Place, words: list[str], sentence: str
) -> None:
    accepted = len(place.house.facts.all("accepted"))
    done = gatepost(place.folder, "verify", "--from", PRINTER, *words)
    assert done.returncode == 2 and sentence in " ".join(done.stderr.replace("│", " ").split())
    assert len(place.house.facts.all("accepted")) == accepted


def test_without_a_relay_and_without_a_server_there_is_nobody_to_send_to(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text('data_dir = "data"\n')
    done = gatepost(tmp_path, "verify", "--from", PRINTER, "--to", ANNA)
    assert done.returncode == 75 and "name a server with --server" in done.stderr
