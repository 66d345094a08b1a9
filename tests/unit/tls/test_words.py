"""OpenSSL's reasons in our words, whichever OpenSSL gives them."""

import pytest

from gatepost.tls.words import failure_words, too_old


@pytest.mark.parametrize("prefix", ["sslv3 alert ", "ssl/tls alert ", "tls alert ", "tlsv1 alert ", "tlsv13 alert "])
@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("handshake failure", "no client certificate"),
        ("bad certificate", "refused our certificate as bad"),
        ("certificate expired", "it has expired"),
        ("certificate revoked", "it is revoked"),
        ("certificate unknown", "a reason of its own"),
        ("unsupported certificate", "purpose or kind"),
        ("unknown ca", "does not know the CA"),
        ("protocol version", "refused the TLS versions"),
    ],
)
def test_an_alert_is_understood_under_each_of_its_names(prefix: str, alert: str, words: str) -> None:
    assert words in failure_words([f"{prefix}{alert}"])


def test_what_is_not_known_is_told_as_openssl_says_it() -> None:
    assert failure_words(["tls alert something new"]) == "OpenSSL says: tls alert something new."
    assert failure_words([]) == "The conversation was broken off."


def test_what_is_too_old_is_told_from_other_failures() -> None:
    assert too_old(["Unsupported Protocol"]) and too_old(["no shared cipher"])
    assert not too_old(["wrong version number"]) and not too_old([])
