"""Connectors that trust loopback or a gateway of this machine: found, and told once."""

import struct
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, Edit, ObjectKind
from gatepost.config.gateways import default_gateways, far_reaching
from gatepost.config.store import Store
from gatepost.connectors import ConnectorType, InboundConnector

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def hexadecimal(address: str) -> str:
    (number,) = struct.unpack("=I", ip_address(address).packed)
    return f"{number:08X}"


def row(destination: str, gateway: str, flags: str = "0003") -> str:
    return f"eth0\t{hexadecimal(destination)}\t{hexadecimal(gateway)}\t{flags}\t0\t0\t0\t00000000\t0\t0\t0\n"


def row6(destination: str, length: int, gateway: str) -> str:
    def packed(address: str) -> str:
        return ip_address(address).packed.hex()

    return f"{packed(destination)} {length:02x} {'0' * 32} 00 {packed(gateway)} 00000400 00000001 00000000 0003 eth0\n"


def test_only_the_default_routes_of_linux_are_read(tmp_path: Path) -> None:
    routes, routes6 = tmp_path / "route", tmp_path / "ipv6_route"
    routes.write_text(HEAD + row("0.0.0.0", "172.17.0.1") + row("10.0.0.0", "10.9.9.9") + row("0.0.0.0", "0.0.0.0"))
    routes6.write_text(row6("::", 0, "fd00::1") + row6("::", 0, "::") + row6("2001:db8::", 32, "fd00::2"))
    assert default_gateways(routes, routes6) == {ip_address("172.17.0.1"), ip_address("fd00::1")}


@pytest.mark.parametrize("content", ["", "x", HEAD, HEAD + "eth0\t00000000\tzz\n", "\x00\xff" * 9, "eth0 00000000\n"])
def test_an_odd_or_missing_table_names_no_gateway(tmp_path: Path, content: str) -> None:
    table = tmp_path / "route"
    table.write_text(content, "latin-1")
    assert default_gateways(table, table) == frozenset()
    assert default_gateways(tmp_path / "missing", tmp_path) == frozenset()


def trusting(*networks: str, **more: Any) -> InboundConnector:
    return InboundConnector(
        name="Printers",
        organization="Default",
        **{"connector_type": ConnectorType.ON_PREMISES, **more},
        sender_ip_addresses=tuple(map(ip_network, networks)),
    )


@pytest.mark.parametrize(
    ("connector", "addresses"),
    [
        (trusting("127.0.0.1"), ("127.0.0.1",)),
        (trusting("127.0.0.3", "192.0.2.1"), ("127.0.0.3",)),
        (trusting("::1"), ("::1",)),
        (trusting("64.0.0.0/2"), ("64.0.0.0/2",)),
        (trusting("172.17.0.0/16"), ("172.17.0.0/16",)),
        (trusting("172.17.0.1", "fd00::/8"), ("172.17.0.1", "fd00::/8")),
        (trusting("172.17.0.2", "192.0.2.0/24", "2001:db8::/64"), ()),
        (trusting("127.0.0.1", enabled=False), ()),
        (trusting("127.0.0.1", connector_type=ConnectorType.PARTNER), ()),
    ],
)
def test_trust_in_loopback_and_in_gateways_is_found(connector: InboundConnector, addresses: tuple[str, ...]) -> None:
    gateways = [ip_address("172.17.0.1"), ip_address("fd00::1")]
    found, meaning = far_reaching(connector, gateways)
    assert found == addresses
    assert bool(meaning) is bool(addresses)


def test_many_loopback_addresses_make_one_short_sentence() -> None:
    _, meaning = far_reaching(trusting(*(f"127.0.0.{n}" for n in range(1, 200))), [])
    assert meaning.startswith("127.0.0.1, 127.0.0.2, 127.0.0.3 and 196 more: this is the machine itself")
    assert len(meaning) < 200


class Told:
    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, Any]]] = []

    def fact(self, name: str, **facts: Any) -> None:
        self.facts.append((name, facts))

    def take(self) -> list[str]:
        found = [f"{facts['connector']}: {','.join(facts['addresses'])}" for name, facts in self.facts
                 if name == "trusts_gateway"]  # fmt: skip
        self.facts.clear()
        return found


def test_each_connector_is_told_of_once_at_the_start_and_when_it_changes(tmp_path: Path) -> None:
    def opened() -> Config:
        return Config(Store(tmp_path / "config.db"), journal=told, gateways=lambda: [ip_address("172.17.0.1")])

    def change(action: str, **properties: Any) -> None:
        edit = Edit(action=action, kind=ObjectKind.INBOUND, name="Printers", properties=properties)
        config.change([edit], who="test", origin="test")

    told = Told()
    with opened() as config:
        assert told.take() == []
        change("add", ConnectorType="OnPremises", SenderDomains="*", SenderIPAddresses="172.17.0.0/24")
        assert told.take() == ["Printers: 172.17.0.0/24"]
        change("set", Comment="the same trust")
        assert told.take() == []
        change("set", SenderIPAddresses={"Add": "127.0.0.1"})
        assert told.take() == ["Printers: 127.0.0.1,172.17.0.0/24"]
        change("set", SenderIPAddresses="192.0.2.1")
        assert told.take() == []
        change("set", SenderIPAddresses="127.0.0.1")
    told.take()
    with opened() as config:
        assert told.take() == ["Printers: 127.0.0.1"]
        change("remove")
        assert told.take() == []


def test_the_octets_of_a_route_are_in_the_order_of_this_machine() -> None:
    assert hexadecimal("172.17.0.1") == ("010011AC" if sys.byteorder == "little" else "AC110001")
