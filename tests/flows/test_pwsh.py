"""`gatepost pwsh` as a process against a live relay: the article's scripts as they stand, and sending."""

import email
import email.policy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from place import ARTICLE, Place, standing
from process import gatepost

pytestmark = pytest.mark.flow

PAGE = ARTICLE.parent / "powershell.md"
BLOCKS = re.findall(r"^```powershell\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
SCRIPTS = {
    **{path.name: path.read_text("utf-8") for path in sorted(ARTICLE.glob("*.ps1"))},
    **{f"{PAGE.name}-{number}": block for number, block in enumerate(BLOCKS, start=1)},
}
PEOPLE = {"someone@contoso.com", "someone@fabrikam.com"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with standing(tmp_path) as made:
        yield made


@pytest.fixture
def both(place: Place) -> Place:
    """The same once the article's two connectors are there."""
    made = place.pwsh(place.article("connector-without-tls.ps1", publicIp="127.0.0.1"))
    assert made[0] == 0 and "SMTP Relay (Non-TLS)" in made[1], made
    made = place.pwsh(place.article("connector-with-tls.ps1"))
    assert made[0] == 0 and "SMTP Relay (TLS)" in made[1] and made[2] == "", made
    return place


def stories(place: Place, subject: str) -> list[dict[str, Any]]:
    """The traces of the messages with that subject, once the sink has them."""
    rows = place.objects(f"Get-MessageTrace | Where-Object Subject -eq '{subject}'")
    ids = dict.fromkeys(row["MessageTraceId"] for row in rows)
    return [place.house.trace(id_) for id_ in ids]


def test_the_articles_connectors_are_made_as_it_says(both: Place) -> None:
    by_address, by_name = both.objects("Get-InboundConnector | Sort-Object Name")
    assert by_address["Name"] == "SMTP Relay (Non-TLS)" and by_address["SenderIPAddresses"] == ["127.0.0.1"]
    assert by_name["RequireTls"] is True and by_name["TlsSenderCertificateName"] == "relay.contoso.com"


def test_the_restriction_of_the_articles_first_connector_is_taken_with_a_warning(place: Place) -> None:
    status, _, err = place.pwsh(place.article("connector-without-tls.ps1", publicIp="127.0.0.1"))
    assert status == 0 and "WARNING: " in err and "RestrictDomainsToIPAddresses" in err


def test_the_articles_message_without_tls_goes_through_the_connector_by_address(both: Place) -> None:
    script = both.article("send-without-tls.ps1", smtpServer="127.0.0.1", port=both.house.port)
    assert both.pwsh(script) == (0, "", "")
    [mail] = both.house.mail(1)
    assert {line.split("<")[1].split(">")[0] for line in mail.rcpt} == PEOPLE
    assert b"Subject: SMTP Relay (Non-TLS)\r\n" in mail.content
    [story] = stories(both, "SMTP Relay (Non-TLS)")
    assert "SMTP Relay (Non-TLS)" in json.dumps(story) and "by address" in json.dumps(story)


def test_the_articles_message_with_tls_goes_through_the_connector_by_certificate(both: Place) -> None:
    script = both.article(
        "send-with-tls.ps1",
        pfxFile=both.pfx.file,
        pfxPass=both.pfx.password,
        smtpServer="127.0.0.1",
        port=both.house.port,
    )
    assert both.pwsh("--ca", both.ca, script) == (0, "", "")
    [mail] = both.house.mail(1)
    assert {line.split("<")[1].split(">")[0] for line in mail.rcpt} == PEOPLE
    [story] = stories(both, "SMTP Relay (TLS)")
    assert "SMTP Relay (TLS)" in json.dumps(story) and "by certificate" in json.dumps(story)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SCRIPTS.items()])
def test_a_script_of_the_documentation_is_understood_as_it_stands(tmp_path: Path, text: str) -> None:
    (tmp_path / "gatepost.toml").write_text('data_dir = "data"\n')
    checked = gatepost(tmp_path, "pwsh", "-c", f"if ($false) {{\n{text}\n}}")
    assert (checked.returncode, checked.stderr) == (0, "")


# --- sending -------------------------------------------------------------------------------------------------


def sending(place: Place, *more: str, host: str = "127.0.0.1", sender: str = "scanner@contoso.com") -> str:
    words = ("-SmtpServer", host, "-Port", str(place.house.port), "-From", sender, "-Subject", "Scan", *more)
    return f"Send-MailMessage {' '.join(words)}"


def test_send_mailmessage_sends_everything_that_it_is_given(both: Place) -> None:
    (both.folder / "scan.pdf").write_bytes(b"%PDF-1.7")
    more = (
        "-To 'Anna <someone@contoso.com>', b@fabrikam.com -Cc c@fabrikam.com -Bcc d@fabrikam.com",
        "-ReplyTo e@contoso.com -Body '<p>Grüße</p>' -BodyAsHtml -Encoding UTF8 -Priority High",
        "-DeliveryNotificationOption OnSuccess, OnFailure",
        f"-Attachments {both.folder / 'scan.pdf'}",
    )
    assert both.said(sending(both, *more)) == ""
    [mail] = both.house.mail(1)
    assert [re.findall(r"<(.*?)@", line)[0] for line in mail.rcpt] == ["someone", "b", "c", "d"]
    assert all("NOTIFY=SUCCESS,FAILURE" in line for line in mail.rcpt)
    message = email.message_from_bytes(mail.content, policy=email.policy.SMTP)
    assert (message["To"], message["Cc"], message["Bcc"]) == (
        "Anna <someone@contoso.com>, b@fabrikam.com",
        "c@fabrikam.com",
        None,
    )
    assert (message["Reply-To"], message["X-Priority"]) == ("e@contoso.com", "1")
    body, attached = message.get_body(), next(message.iter_attachments())
    assert body is not None and body.get_content_type() == "text/html" and "Grüße" in body.get_content()
    assert (attached.get_filename(), attached.get_content()) == ("scan.pdf", b"%PDF-1.7")


def test_files_that_are_piped_in_are_enclosed_and_a_server_may_be_preset(both: Place) -> None:
    (both.folder / "list.csv").write_text(f"File\n{both.folder / 'list.csv'}\n")
    script = f"""
        $PSEmailServer = '127.0.0.1'
        (Import-Csv {both.folder / "list.csv"}).File |
            Send-MailMessage b@fabrikam.com Scan -From a@contoso.com -Port {both.house.port}
    """
    assert both.said(script) == ""
    assert b"list.csv" in both.house.mail(1)[0].content


def test_verbose_shows_the_whole_conversation_and_not_the_password(both: Place) -> None:
    certificate = f"-CertificatePath {both.pfx.file} -CertificatePassword '{both.pfx.password}'"
    status, out, err = both.pwsh("--ca", both.ca, "-c", sending(both, "-To b@fabrikam.com -Verbose", certificate))
    assert (status, out) == (0, "")
    assert {line[:9] for line in err.splitlines()} == {"VERBOSE: "}
    assert "> STARTTLS" in err and "TLS established: TLSv1.3" in err and "Queued mail for delivery" in err
    assert both.pfx.password not in err
    [story] = stories(both, "Scan")
    assert "by certificate" in json.dumps(story)


def test_a_refused_recipient_is_an_error_with_the_reply_its_meaning_and_a_remedy(place: Place) -> None:
    script = f"{sending(place, '-To someone@contoso.com, b@fabrikam.com')}; 'goes on'"
    status, out, err = place.pwsh("-c", script)
    assert (status, out) == (1, "goes on\n")
    assert "127.0.0.1 refused 1 of 2 recipients: b@fabrikam.com: 550 5.7.64" in err
    assert (
        "The message was sent to the other." in err
        and "no connector that covers this client" in err
        and "Remedy:" in err
    )
    assert len(place.house.mail(1)[0].rcpt) == 1


def test_what_goes_wrong_can_be_caught_under_the_names_of_dotnet(place: Place) -> None:
    stop = sending(place, "-To b@fabrikam.com -ErrorAction Stop")
    method = (
        f"[Net.Mail.SmtpClient]::new('127.0.0.1', {place.house.port}).Send('a@contoso.com', 'b@fabrikam.com', 's', 'b')"
    )
    for script in (stop, method):
        told = "$_.Exception.GetType().Name; $_.Exception.Message"
        caught = f"try {{ {script} }} catch [System.Net.Mail.SmtpException] {{ {told} }}"
        name, message = place.said(caught).splitlines()
        assert name == "SmtpFailedRecipientException" and "550 5.7.64" in message


def test_nothing_is_told_to_a_server_that_nobody_vouches_for(both: Place) -> None:
    status, _, err = both.pwsh("-c", sending(both, "-To b@fabrikam.com -UseSsl"))
    assert status == 1 and "The certificate of 127.0.0.1 is not trusted, and nothing was told to it." in err
    assert "Lab Root CA" in err and "start gatepost pwsh with --ca FILE" in err
    assert both.house.sink.deliveries == []


def test_nothing_is_told_to_a_server_of_another_name(both: Place) -> None:
    status, _, err = both.pwsh("--ca", both.ca, "-c", sending(both, "-To b@fabrikam.com -UseSsl", host="localhost"))
    assert status == 1 and "is for relay.contoso.com, not for localhost" in err
    assert "Remedy: use the name that stands in the certificate" in err


def test_a_certificate_that_no_connector_names_does_not_relay(place: Place) -> None:
    place.pwsh(place.article("connector-with-tls.ps1"))
    more = f"-To b@fabrikam.com -CertificatePath {place.stray.file} -CertificatePassword '{place.stray.password}'"
    status, _, err = place.pwsh("--ca", place.ca, "-c", sending(place, more, sender="a@fabrikam.com"))
    assert status == 1 and "550 5.7.64" in err


def test_recipients_have_exchanges_cmdlets(place: Place) -> None:
    place.said("New-Mailbox anna@contoso.com")
    place.said("New-DistributionGroup info@contoso.com -Members anna@contoso.com, b@fabrikam.com")
    [anna, info] = place.objects("Get-Recipient")
    assert (anna["RecipientType"], info["Members"]) == ("UserMailbox", ["anna@contoso.com", "b@fabrikam.com"])
    status, _, said = place.pwsh("-c", "New-Mailbox info@contoso.com")
    assert status == 1 and "is listed already" in said
    place.said("Remove-DistributionGroup info@contoso.com -Confirm:$false")
    status, _, said = place.pwsh("-c", "Get-Recipient info@contoso.com")
    assert status == 1 and "No recipient list names" in said
