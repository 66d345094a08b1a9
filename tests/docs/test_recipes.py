"""The recipes work: what a page configures, in its order, a real relay accepts, and it answers as the page shows."""

import asyncio
import datetime
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from gatepost.__main__ import commands
from gatepost.app import running
from gatepost.config import load_settings
from gatepost.journal import Journal

from .pages import DOCS, Example, blocks, examples, shown

APP: typer.Typer = commands()
CONFIGURING = {"domain", "recipient", "connector", "organization", "user", "token"}
VERDICTS = ("relay: ", "incoming: ", "reject: ")
SECRETS = {"--password-file", "--client-certificate-password-file", "--oauth-client-secret-file"}


def run_here(example: Example) -> list[str] | None:
    """The words of a command that this test runs; None for others. Nothing here leaves the machine."""
    words = example.words[1:]
    if words[:1] == ["--config"]:
        words = words[2:]
    if not words or words[0] not in CONFIGURING or {"validate", "import", "…"} & set(words):
        return None
    return words


RECIPES = {
    page: found
    for page in sorted(DOCS.rglob("*.md"))
    if page.parent.name != "reference"
    and (
        found := [
            (words, example)
            for block in blocks()
            if block.page == page
            for example in examples(block)
            if (words := run_here(example)) is not None
        ]
    )
}


class Relay(threading.Thread):
    """A whole relay on free ports, in a thread of its own."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self.file, self.ready = file, threading.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        async with running(load_settings(self.file, {}), Journal.silent()) as relay:
            while not (self.file.parent / "state" / "admin.sock").exists():
                await asyncio.sleep(0)
            assert relay.addresses
            self.ready.set()
            await self.stop.wait()

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.join(20)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The settings of a running relay; the working folder has the certificates that the pages name."""
    monkeypatch.chdir(tmp_path)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = certificate("Contoso Devices CA", authority_key, issuer=None, signer=authority_key)
    device = certificate(
        "printer.contoso.com", ec.generate_private_key(ec.SECP256R1()), issuer=authority, signer=authority_key
    )
    Path("ca.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    Path("printer.pem").write_bytes(device.public_bytes(Encoding.PEM))
    file = tmp_path / "gatepost.toml"
    file.write_text('data_dir = "state"\n[[listener]]\nport = 0\n[admin]\nport = 0\n', "utf-8")
    relay = Relay(file)
    relay.start()
    assert relay.ready.wait(20)
    yield file
    relay.end()


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: x509.Certificate | None,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def refused_on_purpose(example: Example) -> bool:
    """Whether the page shows a refusal: a sentence with a remedy that is no warning."""
    said = example.output
    return "Remedy:" in said and not said.startswith("Warning:")


@pytest.mark.parametrize("page", RECIPES, ids=shown)
def test_what_a_page_configures_is_accepted_and_answered_as_shown(page: Path, settings: Path) -> None:
    runner, recipe = CliRunner(), RECIPES[page]
    if not any(words[:3] == ["domain", "add", "contoso.com"] for words, _ in recipe):
        runner.invoke(APP, ["--config", str(settings), "domain", "add", "contoso.com"])
    for words, example in recipe:
        for flag, name in pairwise(words):
            if flag in SECRETS:
                Path(name).write_text("correct horse\n", "utf-8")
        done = runner.invoke(APP, ["--config", str(settings), *words], prog_name="gatepost")
        expected = 1 if refused_on_purpose(example) else 0
        assert done.exit_code == expected, f"{' '.join(words)}: {done.output}{done.stderr}"
        first = example.output.partition("\n")[0]
        if first.startswith(VERDICTS) or first.startswith(("Added ", "Changed ")):
            assert first in done.stdout, " ".join(words)


def test_the_pages_have_recipes() -> None:
    assert {"quickstart.md", "certificate-connector.md", "microsoft-365.md"} <= {page.name for page in RECIPES}
