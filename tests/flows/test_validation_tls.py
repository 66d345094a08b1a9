"""Validating an outbound connector over TLS: the same terms as a delivery's."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import trustme
from OpenSSL import SSL
from probed import Host, serving

from gatepost.config import Config, load_settings
from gatepost.manage import Caller, Desk
from gatepost.tls import read_pem, server_context

pytestmark = pytest.mark.flow
CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
HOST_NAME = "mx1.fabrikam.com"


def shown(*names: str) -> SSL.Context:
    leaf = CA.issue_cert(*names, key_type=trustme.KeyType.ECDSA)
    text = b"".join(part.bytes() for part in leaf.cert_chain_pems)
    return server_context(read_pem(text, leaf.private_key_pem.bytes(), source="test"), request_client_certificate=False)


@pytest.mark.parametrize(
    ("properties", "good"),
    [
        ({"TlsSettings": "DomainValidation", "TlsDomain": "mx1.fabrikam.com"}, True),
        ({"TlsSettings": "DomainValidation", "TlsDomain": "*.fabrikam.com"}, True),
        ({"TlsSettings": "DomainValidation", "TlsDomain": "mx2.fabrikam.com"}, False),
        ({"TlsSettings": "DomainValidation"}, False),
        ({"TlsSettings": "CertificateValidation"}, True),
        ({"TlsSettings": "CertificateValidation", "UserName": "relay", "Password": "geheim"}, False),
        ({"TlsSettings": "CertificateValidation", "CertificateAuthorities": []}, False),
        ({"TlsSettings": "EncryptionOnly", "CertificateAuthorities": []}, True),
    ],
)
def test_the_certificate_is_checked_as_a_delivery_would_and_nothing_is_sent_where_it_is_bad(
    tmp_path: Path, properties: dict[str, Any], good: bool
) -> None:
    host = Host(context=shown(HOST_NAME), auth=True)

    async def run() -> list[dict[str, Any]]:
        async with serving(host), Config.open(tmp_path) as config:
            desk = Desk(config=config, settings=load_settings(environ={"GATEPOST_HOSTNAME": "relay.example"}))
            where = {"SmartHosts": f"127.0.0.1:{host.port}", "RecipientDomains": "fabrikam.com"}
            more = {"CertificateAuthorities": [CA.cert_pem.bytes().decode()], **where, **properties}
            arguments: dict[str, Any] = {"outbound": True, "name": "Upstream", "properties": more}
            await desk.call("connector.add", arguments, caller=Caller.owner("anna"))
            wanted = {"outbound": True, "identity": "Upstream", "recipients": ["b@fabrikam.com"]}
            answer = await desk.call("connector.validate", wanted, caller=Caller.owner("anna"))
            tasks: list[dict[str, Any]] = answer.value
            return tasks

    tasks = asyncio.run(run())
    tls = next(it for it in tasks if it["TaskName"] == "TLS with 127.0.0.1")
    assert tls["IsTaskSuccessful"] is good, tls
    assert all(it["IsTaskSuccessful"] for it in tasks) is good
    assert bool(host.messages) is good
    assert host.passwords == []
