"""The .NET objects of mail, as scripts use them: made, filled, and refused in words. What they send: tests/flows."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    load_pem_private_key,
    pkcs12,
)

from gatepost.cli.terminal import Terminal
from gatepost.cmdlets import net_types
from gatepost.cmdlets.net_mail import MailMessage
from gatepost.mail import Notify
from gatepost.shell import BUILTINS, CommandFailed, Shell
from gatepost.tls import read_certificates

Ps = Callable[..., Any]
CERTIFICATE = "System.Security.Cryptography.X509Certificates.X509Certificate2"


@pytest.fixture
def ps() -> Ps:
    """Run a script; its only object. Keyword arguments are variables of it."""
    shell = Shell(Terminal(asks=False), BUILTINS, net_types())

    def run(script: str, **variables: Any) -> Any:
        for name, value in variables.items():
            shell.variables.set(name, value)
        found = shell.invoke(script)
        return found[0] if len(found) == 1 else found

    return run


def refusal(ps: Ps, script: str, **variables: Any) -> CommandFailed:
    with pytest.raises(CommandFailed) as caught:
        ps(f"$ErrorActionPreference = 'Stop'\n{script}", **variables)
    return caught.value


@pytest.fixture
def pfx(tmp_path: Path) -> Path:
    ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
    leaf = ca.issue_cert("relay.contoso.com", key_type=trustme.KeyType.ECDSA)
    [certificate, *above] = read_certificates(b"".join(part.bytes() for part in leaf.cert_chain_pems), source="test")
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    how = BestAvailableEncryption(b"right")
    file = tmp_path / "relay.pfx"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"relay", key, certificate, above, how))  # type: ignore[arg-type]
    (tmp_path / "relay.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "relay.cer").write_bytes(certificate.public_bytes(Encoding.DER))
    return file


# --- messages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        "[System.Net.Mail.MailMessage]::new()",
        "[Net.Mail.MailMessage]::new()",
        "[net.mail.mailmessage]::New()",
        "New-Object System.Net.Mail.MailMessage",
        "New-Object -TypeName Net.Mail.MailMessage",
    ],
)
def test_a_message_is_made_in_every_way_that_powershell_has(ps: Ps, made: str) -> None:
    message = ps(f"$m = {made}; $m.from = 'a@contoso.com'; $m.TO.ADD('b@contoso.com'); , $m")
    assert isinstance(message, MailMessage)
    assert [str(one.address) for one in message.mail().to] == ["b@contoso.com"]


def test_a_constructor_takes_sender_recipients_subject_and_body(ps: Ps) -> None:
    mail = ps("[Net.Mail.MailMessage]::new('a@contoso.com', 'b@contoso.com, c@contoso.com', 'Scan', 'Hello')").mail()
    assert str(mail.sender) == "a@contoso.com"
    assert [str(one) for one in mail.to] == ["b@contoso.com", "c@contoso.com"]
    assert (mail.subject, mail.body) == ("Scan", "Hello")


def test_a_message_holds_everything_that_scripts_put_into_it(ps: Ps, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    script = """
        $m = New-Object Net.Mail.MailMessage
        $m.From = New-Object Net.Mail.MailAddress('a@contoso.com', 'Scanner')
        $m.To.Add('b@contoso.com,"C, 2nd floor" <c@contoso.com>')
        $m.CC.Add([Net.Mail.MailAddress]::new('d@contoso.com'))
        $m.Bcc.Add('e@contoso.com')
        $m.ReplyToList.Add('f@contoso.com')
        $m.Subject = 'Scan'; $m.Body = '<b>Hello</b>'; $m.IsBodyHtml = $true
        $m.BodyEncoding = [System.Text.Encoding]::UTF8
        $m.Priority = [System.Net.Mail.MailPriority]::High
        $m.DeliveryNotificationOptions = 'OnSuccess, OnFailure'
        $m.Headers.Add('X-Scanner', '2nd floor')
        $m.Attachments.Add([Net.Mail.Attachment]::new($file))
        $m
    """
    mail = ps(script, file=str(tmp_path / "scan.pdf")).mail()
    assert str(mail.sender) == '"Scanner" <a@contoso.com>'
    assert [one.name for one in mail.to] == ["", "C, 2nd floor"]
    assert [str(one.address) for one in (*mail.cc, *mail.bcc, *mail.reply_to)] == [
        "d@contoso.com", "e@contoso.com", "f@contoso.com"
    ]  # fmt: skip
    assert (mail.html, mail.priority, mail.headers) == (True, "High", (("X-Scanner", "2nd floor"),))
    assert [(one.name, one.content) for one in mail.enclosures] == [("scan.pdf", b"%PDF")]
    assert mail.notify == (Notify.SUCCESS, Notify.FAILURE)


def test_headers_that_properties_make_are_not_added_a_second_time(ps: Ps) -> None:
    mail = ps(
        "$m = [Net.Mail.MailMessage]::new('a@contoso.com', 'b@contoso.com'); $m.Headers.Add('Subject', 'x'); $m"
    ).mail()
    assert mail.headers == ()


def test_addresses_are_listed_counted_and_read(ps: Ps) -> None:
    script = "$m = [Net.Mail.MailMessage]::new(); $m.To.Add('a@contoso.com'); $m.To.Add('b@contoso.com'); "
    assert ps(script + "$m.To.Count") == 2
    assert ps(script + "$m.To | ForEach-Object { $_.Host }") == ["contoso.com", "contoso.com"]
    assert ps(script + "$m.To[1].User") == "b"
    assert ps(script + '"$($m.To)"') == "a@contoso.com b@contoso.com"
    assert ps(script + "$m.To.Clear(); $m.To.Count") == 0


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("$m.From = 'nobody'", "'nobody' is not an address"),
        ("$m.To.Add('a@contoso.com, nobody')", "'nobody' is not an address"),
        ("$m.To.Add('')", "An address is empty"),
        ("$m.To = 'a@contoso.com'", "ReadOnly property.*Remedy: call its Add method"),
        ("$m.Priority = 'Urgent'", "Remedy: use one of Normal, Low, High"),
        ("$m.DeliveryNotificationOptions = 'Never,OnSuccess'", "cannot be Never and something else"),
        ("$m.Attachments.Add('/no/such/file')", "'/no/such/file' cannot be read: No such file.*Remedy"),
        ("$m.Sign()", "does not contain a method named 'Sign'"),
        ("$m.Colour = 'red'", "'Colour' cannot be found"),
        ("$m.To.Add()", 'Cannot find an overload for "Add"'),
        ("[Net.Mail.MailMessage]::new(1, 2, 3)", "Remedy: give it 0 or 2 or 4"),
        ("[Net.Mail.MailPriority]::new()", "list of names"),
        ("[Net.Mail.SmtpClient]::new('relay.contoso.com').Send($m)", "A from address must be specified"),
        (
            "[Net.Mail.SmtpClient]::new().Send('a@contoso.com', 'b@contoso.com', 's', 'b')",
            "SMTP host was not specified",
        ),
        ("[Net.Mail.SmtpClient]::new('relay.contoso.com').Send('x')", "Send takes a message"),
        ("[Net.Mail.SmtpClient]::new('relay.contoso.com', 70000)", "70000 is not a port"),
        ("[Net.Mail.SmtpClient]::new('relay.contoso.com', 'x')", "Cannot convert"),
        ("$s = [Net.Mail.SmtpClient]::new(); $s.Timeout = 0", "0 milliseconds is not possible"),
        ("$s = [Net.Mail.SmtpClient]::new(); $s.Credentials = 'anna'", "Remedy: use Get-Credential"),
        ("$s = [Net.Mail.SmtpClient]::new(); $s.DeliveryMethod = 'PickupDirectoryFromIis'", "use one of Network"),
        ("$s = [Net.Mail.SmtpClient]::new(); $s.ClientCertificates.Add('x')", "takes certificates"),
    ],
)
def test_what_cannot_be_is_refused_in_words(ps: Ps, script: str, words: str) -> None:
    assert re.search(words, refusal(ps, f"$m = [Net.Mail.MailMessage]::new()\n{script}").message)


def test_no_header_can_be_smuggled_into_a_message(ps: Ps) -> None:
    made = "[Net.Mail.MailMessage]::new('a@contoso.com', 'b@contoso.com')"
    script = f"$s = [Net.Mail.SmtpClient]::new('127.0.0.1', 1); $m = {made}"
    for evil in ('$m.Subject = "x`r`nBcc: c@fabrikam.com"', '$m.Headers.Add("X-A", "x`r`nBcc: c@fabrikam.com")'):
        assert "cannot be composed" in refusal(ps, f"{script}\n{evil}\n$s.Send($m)").message


def test_passwords_are_never_shown(ps: Ps) -> None:
    ps("$c = [Net.NetworkCredential]::new('anna', 'Tr0ub4dor')")
    assert "Tr0ub4dor" not in str(ps('$c | Format-List * | Out-String; $c | ConvertTo-Json; "$c"'))
    assert ps("$c.UserName") == "anna"


# --- certificates --------------------------------------------------------------------------------------------


def test_a_pfx_opens_with_its_password(ps: Ps, pfx: Path) -> None:
    opened = f"[{CERTIFICATE}]::new($file, 'right', 'Exportable,PersistKeySet')"
    certificate = ps(f"$c = {opened}; $c", file=str(pfx))
    assert ps("$c.HasPrivateKey") is True
    assert ps("$c.DnsNameList") == "relay.contoso.com"
    assert len(ps("$c.Thumbprint")) == 40 and ps("$c.NotAfter -gt (Get-Date)") is True
    assert ps("$c.Subject") == certificate.get("subject")


def test_a_password_may_be_a_secure_string(ps: Ps, pfx: Path) -> None:
    script = (
        f"$p = ConvertTo-SecureString 'right' -AsPlainText -Force; (New-Object {CERTIFICATE}($file, $p)).HasPrivateKey"
    )
    assert ps(script, file=str(pfx)) is True


@pytest.mark.parametrize("suffix", [".pem", ".cer"])
def test_a_certificate_without_its_key_can_be_looked_at_but_proves_nothing(ps: Ps, pfx: Path, suffix: str) -> None:
    file = str(pfx.with_suffix(suffix))
    assert ps(f"$c = [{CERTIFICATE}]::new($file); $c.HasPrivateKey", file=file) is False
    told = refusal(ps, "[void][Net.Mail.SmtpClient]::new('relay.contoso.com').ClientCertificates.Add($c)")
    assert "has no private key here" in told.message and "PFX" in told.message


def test_adding_a_certificate_tells_its_place_unless_void(ps: Ps, pfx: Path) -> None:
    script = f"$c = [{CERTIFICATE}]::new($file, 'right'); $s = [Net.Mail.SmtpClient]::new('relay.contoso.com'); "
    assert ps(script + "$s.ClientCertificates.Add($c)", file=str(pfx)) == 0
    assert ps(script + "[void]$s.ClientCertificates.Add($c); $s.ClientCertificates.Count", file=str(pfx)) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("$file, 'wrong'", "the password is wrong, or the file is damaged"),
        ("$file", "no password was given"),
        ("'/no/such.pfx'", "cannot be read"),
        ("$empty", "not a PFX"),
    ],
)
def test_a_certificate_that_cannot_be_opened_is_refused_with_a_remedy(
    ps: Ps, pfx: Path, arguments: str, words: str
) -> None:
    (pfx.parent / "empty.pfx").write_bytes(b"")
    told = refusal(ps, f"[{CERTIFICATE}]::new({arguments})", file=str(pfx), empty=str(pfx.parent / "empty.pfx"))
    assert words in told.message and "Remedy:" in told.message and "right" not in told.message
    assert told.type_name.endswith("CryptographicException")
