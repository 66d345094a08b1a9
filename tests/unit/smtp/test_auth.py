"""AUTH: decoded strictly, secrets in no repr, both chairs."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.smtp import Authenticate
from gatepost.smtp.auth import AuthExchange, AuthScript


def b64(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (b64(b"\0ann\0secret"), Authenticate("PLAIN", "ann", "secret")),
        (b64(b"ann\0ann\0secret"), Authenticate("PLAIN", "ann", "secret")),
        (b64("\0ann\0gehëim".encode()), Authenticate("PLAIN", "ann", "gehëim")),
        (b64(b"bob\0ann\0secret"), say.AUTH_FAILED),
        (b64(b"ann\0secret"), say.AUTH_MALFORMED),
        (b64(b"\0ann\0se\0cret"), say.AUTH_MALFORMED),
        (b64(b"\0\0secret"), say.AUTH_MALFORMED),
        (b64(b"\0ann\0"), say.AUTH_MALFORMED),
        (b64(b"\0a\nn\0secret"), say.AUTH_MALFORMED),
        (b64(b"\0\xff\0secret"), say.AUTH_MALFORMED),
        (b64(b"\0ann\0" + b"x" * 1025), say.AUTH_MALFORMED),
        ("not base64", say.AUTH_MALFORMED),
        ("AGFubgBzZWNyZXQ", say.AUTH_MALFORMED),
        ("é", say.AUTH_MALFORMED),
        ("*", say.AUTH_CANCELLED),
    ],
)
def test_plain_is_decoded_strictly(response: str, outcome: Reply | Authenticate) -> None:
    exchange = AuthExchange()
    assert exchange.begin("plain") == Reply(334, None, "")
    assert exchange.proceed(response) == outcome
    if response != "*":
        assert AuthExchange().begin(f"PLAIN {response}") == outcome or " " in response


def test_login_asks_twice_or_once() -> None:
    for begin in ("LOGIN", f"LOGIN {b64(b'ann')}"):
        exchange = AuthExchange()
        step = exchange.begin(begin)
        if begin == "LOGIN":
            step = exchange.proceed(b64(b"ann"))
        assert step == Reply(334, None, "UGFzc3dvcmQ6")
        assert exchange.proceed(b64(b"secret")) == Authenticate("LOGIN", "ann", "secret")


def test_no_repr_shows_a_secret() -> None:
    exchange = AuthExchange()
    exchange.begin(f"LOGIN {b64(b'ann')}")
    script = AuthScript.write("PLAIN", "ann", "secret")
    shown = repr((exchange, exchange.proceed(b64(b"secret")), script))
    assert "secret" not in shown
    assert b64(b"\0ann\0secret") not in shown


@given(
    st.text(min_size=1, max_size=20).filter(str.isprintable),
    st.sampled_from(["PLAIN LOGIN", "login", "plain"]),
)
def test_what_the_client_writes_the_server_reads(password: str, offered: str) -> None:
    script = AuthScript.write(offered, "ann", password)
    assert script is not None
    exchange = AuthExchange()
    step: Reply | Authenticate = exchange.begin(script.command.decode().strip().removeprefix("AUTH "))
    for answer in script.answers:
        step = exchange.proceed(answer.decode().strip())
    assert isinstance(step, Authenticate)
    assert (step.identity, step.password) == ("ann", password)


def test_long_passwords_wait_for_the_challenge() -> None:
    script = AuthScript.write("PLAIN", "ann", "x" * 500)
    assert script is not None
    assert (script.command, len(script.answers)) == (b"AUTH PLAIN\r\n", 1)


def test_nothing_is_written_for_mechanisms_that_we_do_not_have() -> None:
    assert AuthScript.write("CRAM-MD5 XOAUTH2", "ann", "secret") is None
    assert AuthScript.write("", "ann", "secret") is None
    assert AuthScript.write("PLAIN LOGIN", "ann", "token", mechanism="XOAUTH2") is None


def test_a_named_mechanism_is_used_though_another_would_be_preferred() -> None:
    script = AuthScript.write("PLAIN LOGIN XOAUTH2", "ann", "secret", mechanism="login")
    assert script is not None and script.command == b"AUTH LOGIN\r\n"
    token = AuthScript.write("PLAIN XOAUTH2", "ann", "token", mechanism="XOAUTH2")
    assert token is not None and token.command.startswith(b"AUTH XOAUTH2 dXNlcj1hbm4B") and "dXNl" not in repr(token)
