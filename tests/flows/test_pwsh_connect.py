"""`gatepost pwsh` elsewhere and at the keyboard: Connect-ExchangeOnline over HTTP and HTTPS, and a real terminal."""

import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from house import user
from place import Place, standing
from process import ENVIRONMENT, PATIENCE, gatepost

from gatepost.cmdlets.entrance import Entrance
from gatepost.shell import CommandFailed

pytestmark = pytest.mark.flow

PROMPT = "PS gatepost>"  # the space behind it may be a movement of the cursor
PASSWORD = "correct horse battery"
ANNA = user("anna", PASSWORD, RoleGroups=["Organization Management"])
CREDENTIAL = f"[pscredential]::new('anna', (ConvertTo-SecureString '{PASSWORD}' -AsPlainText -Force))"
MADE = "New-InboundConnector -Name X -ConnectorType OnPremises -SenderDomains * -SenderIPAddresses 192.0.2.1"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with standing(tmp_path, ANNA, submission=True) as made:
        yield made


def uri(place: Place) -> str:
    return f"{'https' if place.house.relay.admin.certificate else 'http'}://127.0.0.1:{place.house.relay.admin.port}"


def token(place: Place, role: str = "Organization Management") -> str:
    made = gatepost(place.folder, "token", "add", f"for {role}", "--role", role, "--json")
    return str(json.loads(made.stdout)["Token"])


def test_with_a_token_the_same_cmdlets_go_to_a_server_over_http(place: Place) -> None:
    script = f"""
        Connect-ExchangeOnline -ConnectionUri {uri(place)} -AccessToken {token(place)} -ShowBanner:$false
        {MADE} | Out-Null
        Set-InboundConnector X -SenderIPAddresses @{{ Add = '192.0.2.2' }}
        (Get-InboundConnector).SenderIPAddresses
        (Get-ConnectionInformation).ConnectionUri
        Disconnect-ExchangeOnline -Confirm:$false
    """
    assert place.said(script).split() == ["192.0.2.1", "192.0.2.2", uri(place)]
    newest = json.loads(gatepost(place.folder, "audit", "--limit", "2", "--json").stdout)
    assert {(row["origin"], row["who"]) for row in newest} == {("cmdlet", "token 'for Organization Management'")}


def test_with_a_password_it_signs_in_and_out_again(place: Place) -> None:
    connect = f"Connect-ExchangeOnline -ConnectionUri {uri(place)} -Credential ({CREDENTIAL})"
    out = place.said(f"{connect}; (Get-ConnectionInformation).UserPrincipalName; Disconnect-ExchangeOnline")
    assert out == "anna\n"
    assert place.house.facts.all("signed_in")


def test_a_token_that_signed_out_is_good_no_more(place: Place) -> None:
    entrance = Entrance(uri(place))
    signed_in = entrance.sign_in("anna", PASSWORD)
    assert entrance.caller(signed_in).who == "anna"
    entrance.sign_out(signed_in)
    with pytest.raises(CommandFailed, match="not good"):
        entrance.caller(signed_in)


def test_what_only_exchange_online_needs_is_taken_with_a_warning(place: Place) -> None:
    status, out, err = place.pwsh(
        "-c", "Connect-ExchangeOnline -UserPrincipalName a@contoso.com -Device; Get-AcceptedDomain"
    )
    assert status == 0 and "contoso.com" in out
    assert "'Device'" in err and "-UserPrincipalName is not used" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("-ConnectionUri {uri} -AccessToken wrong", "The token is not good. Remedy: sign in again"),
        (f"-ConnectionUri {{uri}} -Credential ({CREDENTIAL.replace(PASSWORD, 'x')})", "or the password is not right"),
        ("-ConnectionUri {uri}", "Remedy: give -AccessToken, -Credential or -UserPrincipalName"),
        ("-ConnectionUri {uri} -UserPrincipalName anna", "nobody is there to answer"),
        ("-ConnectionUri http://127.0.0.1:{smtp} -AccessToken x", "http://127.0.0.1:{smtp}"),
        ("-ConnectionUri http://relay.contoso.com:8025 -AccessToken x", "in the clear. Remedy: use https"),
    ],
)
def test_who_is_not_let_in_changes_nothing_anywhere(place: Place, arguments: str, words: str) -> None:
    """Nor on this machine's server, which is where the cmdlets went before."""
    known = {"uri": uri(place), "smtp": place.house.port}
    status, out, err = place.pwsh("-c", f"Connect-ExchangeOnline {arguments.format(**known)}; {MADE}")
    assert status in (1, 75) and out == ""
    assert words.format(**known) in err and "Traceback" not in err
    assert place.objects("Get-InboundConnector") == []


def test_who_may_only_look_cannot_change(place: Place) -> None:
    known = token(place, "View-Only Organization Management")
    connect = f"Connect-ExchangeOnline -ConnectionUri {uri(place)} -AccessToken {known}"
    status, out, err = place.pwsh("-c", f"{connect}; (Get-AcceptedDomain).Name; {MADE}")
    assert (status, out) == (1, "contoso.com\n") and "Organization Management" in err
    assert place.objects("Get-InboundConnector") == []


def test_https_is_verified_with_a_ca_of_ones_own(tmp_path: Path) -> None:
    admin = '[admin]\nport = 0\ncertificate = "{server}"\nkey = "{server}"'
    with standing(tmp_path, ANNA, settings=admin) as place:
        connect = f"Connect-ExchangeOnline -ConnectionUri {uri(place)} -AccessToken {token(place)}"
        script = f"{connect}; (Get-AcceptedDomain).Name"
        assert place.said(script, "--ca", place.ca) == "contoso.com\n"
        status, out, err = place.pwsh("-c", script)
        assert status == 75 and out == "" and "is not trusted" in err and "Remedy:" in err


def test_a_user_signs_in_to_send(place: Place) -> None:
    place.house.change(user("scanner", PASSWORD))
    login = f"[pscredential]::new('scanner', (ConvertTo-SecureString '{PASSWORD}' -AsPlainText -Force))"
    words = f"-SmtpServer 127.0.0.1 -Port {place.house.port} -From a@contoso.com -To b@fabrikam.com -Subject Scan"
    assert place.said(f"Send-MailMessage {words} -UseSsl -Credential ({login})", "--ca", place.ca) == ""
    assert len(place.house.mail(1)) == 1
    status, _, err = place.pwsh("-c", f"Send-MailMessage {words} -Credential ({login})")
    assert status == 1 and "Remedy: sign-in needs TLS" in err and PASSWORD not in err


# --- at the keyboard -----------------------------------------------------------------------------------------


class Typist:
    """Somebody at a terminal: types, and reads until a text has appeared."""

    def __init__(self, screen: int) -> None:
        self._screen = screen
        self._seen = ""

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def see(self, text: str) -> str:
        """What appeared up to and with this text."""
        while text not in self._seen:
            ready, _, _ = select.select([self._screen], [], [], PATIENCE)
            assert ready, f"{text!r} did not appear, but {self._seen!r}"
            self._seen += _bare(os.read(self._screen, 65536).decode("utf-8", "replace"))
        before, found, self._seen = self._seen.partition(text)
        return before + found


def _bare(text: str) -> str:
    return re.sub(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>]|\][^\a]*\a)", "", text)


@contextmanager
def sitting(folder: Path) -> Iterator[tuple[Typist, "subprocess.Popen[bytes]"]]:
    screen, keyboard = pty.openpty()
    command = [sys.executable, "-m", "gatepost", "--config", str(folder / "gatepost.toml"), "pwsh"]
    surroundings = {
        **ENVIRONMENT,
        "XDG_STATE_HOME": str(folder / "state"),
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "TERM": "xterm",
    }
    process = subprocess.Popen(command, stdin=keyboard, stdout=keyboard, stderr=keyboard, env=surroundings)
    os.close(keyboard)
    try:
        yield Typist(screen), process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(screen)


def test_somebody_at_a_terminal_types_commands_and_leaves(place: Place) -> None:
    with sitting(place.folder) as (typist, process):
        typist.see(PROMPT)
        typist.type("$name = 'con' + 'toso'\r")
        typist.see(PROMPT)
        typist.type('if ($true) {\r"$name.com"\r}\r')
        typist.see("\ncontoso.com")
        typist.see(PROMPT)
        typist.type("Get-AcceptedD\t")
        typist.see("omain")
        typist.type("\r")
        typist.see("Authoritative")
        typist.see(PROMPT)
        typist.type("Get-Nothing\r")
        typist.see("is not the name of a cmdlet")
        typist.see(PROMPT)
        typist.type("Read-Host 'Your name'\r")
        typist.see("Your name: ")
        typist.type("Anna\r")
        typist.see("\nAnna")
        typist.see(PROMPT)
        typist.type("while ($true) { }\r")
        typist.see("\n")
        typist.type("\x03")
        typist.see(PROMPT)
        typist.type("exit 3\r")
        assert process.wait(PATIENCE) == 3
    assert "Get-Nothing" in (place.folder / "state" / "gatepost" / "pwsh_history").read_text()
