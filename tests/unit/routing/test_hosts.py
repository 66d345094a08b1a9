"""From DNS answers to hosts, and the addresses that no MX may lead to."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Deferred, Failed
from gatepost.mail.reply import MX_LOOP, NO_SUCH_DOMAIN, NULL_MX
from gatepost.routing import Answer, MxAnswer, MxHost, attempt_order, cut_at_ourselves, prohibited

US = frozenset({"relay.contoso.com"})


def mx(*records: tuple[int, str]) -> MxAnswer:
    return MxAnswer(answer=Answer.FOUND, hosts=tuple(MxHost(preference=p, host=h) for p, h in records))


def order(answer: MxAnswer) -> list[str] | Deferred | Failed:
    found = attempt_order("d.example", answer, ourselves=US, shuffle=random.Random(1).shuffle)
    return found if isinstance(found, Deferred | Failed) else [host.host for host in found]


@pytest.mark.parametrize(
    ("answer", "hosts"),
    [
        pytest.param(mx((20, "b.e"), (10, "a.e"), (30, "c.e")), ["a.e", "b.e", "c.e"], id="by preference"),
        pytest.param(MxAnswer(answer=Answer.EMPTY), ["d.example"], id="implicit MX"),
        pytest.param(mx((5, "a.e"), (10, "relay.contoso.com"), (10, "b.e"), (20, "c.e")), ["a.e"], id="cut at us"),
        pytest.param(mx(*((n, f"h{n}.e") for n in range(9))), [f"h{n}.e" for n in range(5)], id="five at most"),
        pytest.param(mx((0, "."), (10, "a.e")), ["a.e"], id="null MX beside others is skipped"),
    ],
)
def test_hosts_come_in_the_order_to_try(answer: MxAnswer, hosts: list[str]) -> None:
    assert order(answer) == hosts


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        pytest.param(mx((0, "")), NULL_MX, id="null MX"),
        pytest.param(MxAnswer(answer=Answer.NO_NAME), NO_SUCH_DOMAIN, id="no such domain"),
        pytest.param(mx((10, "relay.contoso.com"), (20, "b.e")), MX_LOOP, id="we are the best"),
    ],
)
def test_a_domain_that_can_never_be_reached_fails(answer: MxAnswer, reply: object) -> None:
    outcome = order(answer)
    assert isinstance(outcome, Failed)
    assert (outcome.reply, outcome.host) == (reply, "")


def test_dns_trouble_defers_and_is_the_destinations_trouble() -> None:
    outcome = order(MxAnswer(answer=Answer.TROUBLE, detail="no name server answered in time"))
    assert isinstance(outcome, Deferred) and outcome.host_trouble
    assert "no name server answered in time" in outcome.reason


def test_equal_preferences_are_shuffled_and_others_are_not() -> None:
    answer = mx((10, "a.e"), (10, "b.e"), (10, "c.e"), (20, "z.e"))
    seen = set()
    for seed in range(40):
        found = attempt_order("d", answer, ourselves=(), shuffle=random.Random(seed).shuffle)
        assert isinstance(found, tuple) and found[-1].host == "z.e"
        seen.add(tuple(host.host for host in found))
    assert len(seen) == 6


@given(
    records=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=8),
)
def test_nothing_of_our_own_or_worse_preference_is_left(records: list[tuple[int, bool]]) -> None:
    hosts = [MxHost(preference=p, host=f"h{n}") for n, (p, _) in enumerate(records)]
    kept = cut_at_ourselves(hosts, [own for _, own in records])
    limit = min((p for p, own in records if own), default=99)
    assert [h.preference for h in kept] == [p for p, _ in records if p < limit]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.9", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2002:7f00:1::1", "2002:a00:1::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
        "2001:db8::1", "fec0::1", "100::1", "localhost", "",
    ],
)  # fmt: skip
def test_an_mx_may_not_lead_inside(address: str) -> None:
    assert prohibited(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "192.0.1.1",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert prohibited(address) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "fd00::1", "::1", "::ffff:192.168.0.1"])
def test_private_mx_are_allowed_where_the_operator_says_so(address: str) -> None:
    assert prohibited(address, allow_private_mx=True) is None


@pytest.mark.parametrize("address", ["0.0.0.0", "255.255.255.255", "224.0.0.1", "ff02::1", "::", "x"])
def test_what_can_never_be_a_mail_host_stays_prohibited(address: str) -> None:
    assert prohibited(address, allow_private_mx=True)
