"""The three relays of the lab: real ones, each with its own folder, on loopback addresses and free high ports.

    device ──> local relay ──TLS, client certificate──> cloud relay ──> mailbox of contoso.test
                       └──TLS, from a listed address──┘ (where the certificate is refused)
                                                             └──TLS──> the Internet: mailbox of fabrikam.test

Their connectors and domains are made through the desk, as every face makes them; nothing is put into a database.
"""

import asyncio
import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatepost.app import Relay, running
from gatepost.config import load_settings
from gatepost.journal import Journal, Level
from gatepost.manage import Caller

from .authority import Authority, Pfx

INTERNAL, EXTERNAL = "contoso.test", "fabrikam.test"
CLOUD, LOCAL, INTERNET = "mx.contoso.test", "relay.contoso.test", "mx.fabrikam.test"
LISTED, UNLISTED, DEVICE, STRANGER = "127.0.0.10", "127.0.0.11", "127.0.0.20", "127.0.0.66"
BY_ADDRESS, BY_CERTIFICATE = "SMTP Relay (Non-TLS)", "SMTP Relay (TLS)"  # the article's names
DEVICES, TO_CLOUD, TO_INTERNET = "Devices", "To the cloud relay", "To the Internet"
BY_OTHER_WAY = "To the cloud relay, from the listed address"
OTHER_NAME = "mail.other.test"

_PLANS = (  # the far end first: a smart host is named with its port
    ("internet", "the Internet", INTERNET),
    ("cloud", "the cloud relay", CLOUD),
    ("local", "the local relay", LOCAL),
)
_HERE = "127.0.0.1"
_ANSWERS_WITHIN = 5.0  # seconds until a house that says it is open answers the CLI
Tell = Callable[[str], None]


class Ear:
    """Hears what a relay tells its journal: the reasons and remedies of every refusal are there."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def journal(self) -> Journal:
        return Journal(lambda name, _, facts: self.told.append((name, facts)), quietest=Level.INFO)

    def since(self, mark: int, *names: str) -> list[dict[str, Any]]:
        """The facts of these names that came after `mark` facts."""
        return [facts for name, facts in self.told[mark:] if name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One relay that runs in the lab. `config` is its gatepost.toml, by which the command line finds it."""

    title: str
    hostname: str
    folder: Path
    config: Path
    port: int
    admin_port: int
    relay: Relay
    ear: Ear
    warnings: list[str]

    @property
    def address(self) -> str:
        return f"{_HERE}:{self.port}"

    @property
    def maildir(self) -> str:
        """The Maildir pattern of this house's mailboxes."""
        return str(self.folder / "mail" / "{domain}" / "{local}")

    async def ask(self, verb: str, **arguments: Any) -> Any:
        """What a command does: ask the desk; a warning is kept to be shown."""
        answer = await self.relay.desk.call(verb, arguments, caller=Caller.owner("lab"))
        self.warnings.extend(answer.warnings)
        return answer.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """Everything at its place. `good`, `other` and `self_signed` are the client certificates of the trials."""

    folder: Path
    authority: Authority
    good: Pfx
    other: Pfx
    self_signed: Pfx
    cloud: House
    local: House
    internet: House

    @property
    def houses(self) -> tuple[House, House, House]:
        return self.local, self.cloud, self.internet

    def mailbox_of(self, address: str) -> Path:
        """The Maildir in which mail for this address has to arrive."""
        local, _, domain = address.partition("@")
        house = self.cloud if domain == INTERNAL else self.internet
        return Path(house.maildir.format(domain=domain, local=local))


@contextlib.asynccontextmanager
async def standing(tell: Tell) -> AsyncIterator[Lab]:
    """The whole lab for the length of the block, in a temporary folder that is gone afterwards."""
    _check_loopback()
    folder = Path(tempfile.mkdtemp(prefix="gatepost-lab-"))
    try:
        tell("Making a throwaway certificate authority and certificates")
        authority = Authority(folder / "papers")
        ports = iter(_free_ports(2 * len(_PLANS)))
        async with contextlib.AsyncExitStack() as stack:
            opened: dict[str, House] = {}
            for name, title, hostname in _PLANS:
                tell(f"Starting {title} ({hostname})")
                config = _write_settings(folder / name, hostname, (next(ports), next(ports)), authority)
                opened[name] = await stack.enter_async_context(_open(title, config))
            lab = Lab(
                folder=folder,
                authority=authority,
                good=authority.client(LOCAL),
                other=authority.client(OTHER_NAME),
                self_signed=authority.self_signed(LOCAL),
                cloud=opened["cloud"],
                local=opened["local"],
                internet=opened["internet"],
            )
            await _furnish(lab, tell)
            yield lab
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def _open(title: str, config: Path) -> AsyncIterator[House]:
    """One relay, from its configuration file as `gatepost serve` would read it."""
    settings = load_settings(config, {})
    ear = Ear()
    async with running(settings, ear.journal()) as relay:
        yield House(
            title=title,
            hostname=settings.hostname,
            folder=config.parent,
            config=config,
            port=relay.addresses[0][1],
            admin_port=settings.admin.port,
            relay=relay,
            ear=ear,
            warnings=[],
        )


async def _furnish(lab: Lab, tell: Tell) -> None:
    """The connectors and domains, from the far end to the near one."""
    tell(f"Making the domain of the Internet: {EXTERNAL}, with mailboxes")
    await lab.internet.ask("domain.add", name=EXTERNAL, properties={"Maildir": lab.internet.maildir})

    tell(f"Making the connectors of the cloud relay: {BY_ADDRESS}, {BY_CERTIFICATE}")
    cloud = lab.cloud
    # Without this the certificates of the lab would count nowhere: no public authority vouches for them.
    await cloud.ask("organization.set", properties={"CertificateAuthorities": [lab.authority.root_pem]})
    await cloud.ask("domain.add", name=INTERNAL, properties={"Maildir": cloud.maildir})
    await cloud.ask("connector.add", name=BY_ADDRESS, properties=_by_address())
    await cloud.ask("connector.add", name=BY_CERTIFICATE, properties=_by_certificate())
    await cloud.ask("connector.add", outbound=True, name=TO_INTERNET, properties=_to(lab.internet))

    tell(f"Making the connectors of the local relay: {DEVICES}, {TO_CLOUD}, {BY_OTHER_WAY}")
    local = lab.local
    await local.ask("domain.add", name=INTERNAL, properties={"DomainType": "InternalRelay"})
    devices = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": [DEVICE]}
    await local.ask("connector.add", name=DEVICES, properties=devices)
    to_cloud: dict[str, Any] = {
        **_to(cloud),
        "ConnectorType": "OnPremises",
        "TlsSettings": "DomainValidation",
        "TlsDomain": CLOUD,
        "CertificateAuthorities": [lab.authority.root_pem],
        "ClientCertificatePfx": str(lab.good.file),
        "ClientCertificatePassword": lab.good.password,
    }
    shown = ("ClientCertificatePfx", "ClientCertificatePassword")
    by_other_way = {
        **{name: value for name, value in to_cloud.items() if name not in shown},
        "RecipientDomains": [],
        "IsTransportRuleScoped": True,
        "SourceIPAddress": LISTED,
    }
    await local.ask("connector.add", outbound=True, name=BY_OTHER_WAY, properties=by_other_way)
    to_cloud["FallbackConnectors"] = [BY_OTHER_WAY]
    await local.ask("connector.add", outbound=True, name=TO_CLOUD, properties=to_cloud)
    await _ready(lab)


def _by_address() -> Mapping[str, Any]:
    """The article's first script."""
    return {
        "ConnectorType": "OnPremises",
        "SenderDomains": ["*"],
        "SenderIPAddresses": [LISTED],
        "RestrictDomainsToIPAddresses": True,
    }


def _by_certificate() -> Mapping[str, Any]:
    """The article's second script."""
    return {
        "ConnectorType": "OnPremises",
        "SenderDomains": ["*"],
        "RequireTls": True,
        "TlsSenderCertificateName": LOCAL,
    }


def _to(house: House) -> Mapping[str, Any]:
    return {"RecipientDomains": ["*"], "UseMXRecord": False, "SmartHosts": [house.address]}


async def _ready(lab: Lab) -> None:
    """Wait until the admin sockets are there: the command line is promised to work."""
    async with asyncio.timeout(_ANSWERS_WITHIN):
        while not all((house.folder / "data" / "admin.sock").is_socket() for house in lab.houses):
            await asyncio.sleep(0.01)


def _write_settings(folder: Path, hostname: str, ports: tuple[int, int], authority: Authority) -> Path:
    """A gatepost.toml as a user would write it."""
    folder.mkdir(mode=0o700)
    certificate = authority.server(hostname)
    config = folder / "gatepost.toml"
    config.write_text(
        f"hostname = {json.dumps(hostname)}\n"
        'data_dir = "data"\n'
        'resolvers = ["127.0.0.1:9"]\n\n'  # every way has a smart host, and no name is ever asked for outside
        "[[listener]]\n"
        f'address = "{_HERE}"\n'
        f"port = {ports[0]}\n"
        'tls = "starttls"\n'
        f"certificate = {json.dumps(str(certificate))}\n\n"
        "[limits]\n"
        'min_free_space = "16M"\n\n'  # a small temporary disk will do for a few test messages
        "[admin]\n"
        f'address = "{_HERE}"\n'
        f"port = {ports[1]}\n",
        encoding="utf-8",
    )
    return config


def _free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.bind((_HERE, 0))
            found.append(int(one.getsockname()[1]))
        return found


class NoLoopback(Exception):
    """The lab's addresses cannot be used on this machine; the argument is a sentence with its remedy."""


def _check_loopback() -> None:
    """All of 127.0.0.0/8 belongs to the machine on Linux; elsewhere only 127.0.0.1 does until told otherwise."""
    for address in (LISTED, UNLISTED, DEVICE, STRANGER):
        try:
            with socket.socket() as one:
                one.bind((address, 0))
        except OSError:
            raise NoLoopback(
                f"The address {address} cannot be used on this machine. Remedy: give it to the loopback interface "
                f"(macOS: sudo ifconfig lo0 alias {address})."
            ) from None
