"""Words for refusals: every code that administrators meet has a meaning and a next step."""

import errno
import socket

import pytest

from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.tools import advice_for, network_advice, tls_advice

# exchange-connectors §4.2-4.4, code by code.
MET = """550 5.7.64|451 4.4.62|550 4.4.4|451 4.3.2|451 4.4.3|550 5.7.51|550 5.7.68|550 5.7.711
550 5.7.750|550 5.7.705|550 5.7.708|550 5.7.54|550 5.7.1|550 5.4.1|550 5.1.10|550 5.7.367
530 5.7.57|550 5.7.57|451 5.7.3|535 5.7.3|535 5.7.139|550 5.7.30|550 5.7.60|554 5.7.60
550 5.1.8|432 4.3.2|554 5.2.0|550 5.2.251|550 5.2.255|451 4.7.500|451 4.7.699|451 4.7.650
550 5.7.606|550 5.7.649|450 4.7.26|550 5.7.25|550 5.7.510|452 4.5.3|550 5.5.3|552 5.3.4
554 5.4.14|554 5.4.6|550 5.7.232|550 5.7.233|550 5.7.236|550 5.6.11|550 5.7.512|550 5.7.506
550 5.7.509|550 5.7.23|550 5.2.2|550 5.2.121|550 5.2.122|450 4.4.312|450 4.4.316|450 4.4.317
550 4.4.7|454 4.7.0|454 4.7.5|530 5.7.0"""


@pytest.mark.parametrize("met", MET.replace("\n", "|").split("|"))
def test_every_refusal_of_the_reference_has_advice(met: str) -> None:
    code, _, status = met.partition(" ")
    found = advice_for(Reply(int(code), status.partition(".")[2], "x"))
    assert found is not None
    assert found.means.endswith(".") and found.next_step.endswith((".", ")"))


def test_every_refusal_that_we_speak_has_advice() -> None:
    ours = [value for value in vars(say).values() if isinstance(value, Reply) and not value.positive]
    assert len(ours) > 40
    assert [str(reply) for reply in ours if advice_for(reply) is None] == []


def test_acceptance_needs_no_advice() -> None:
    assert advice_for(say.RECIPIENT_OK) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "nothing listens there"),
        (TimeoutError(), "did not answer in time"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "cut the connection"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "cannot be resolved"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "source address"),
        (OSError(errno.ENETUNREACH, "x"), "no route"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
    ],
)
def test_network_trouble_is_explained(error: OSError, words: str) -> None:
    assert words in network_advice(error, host="relay.test", port=25).means


@pytest.mark.parametrize(
    ("detail", "implicit", "step"),
    [
        ("The other side does not speak TLS here.", True, "--tls starttls"),
        ("The other side does not speak TLS here.", False, "log"),
        ("The other side demands a client certificate.", False, "--pfx"),
        ("The other side refused our certificate: it has expired.", False, "whole chain"),
        ("The other side offers no TLS version that is allowed here.", False, "TLS 1.2"),
        ("OpenSSL says: something.", False, "log"),
    ],
)
def test_tls_trouble_is_explained(detail: str, implicit: bool, step: str) -> None:
    found = tls_advice(detail, implicit=implicit)
    assert detail in found.means and step in found.next_step
