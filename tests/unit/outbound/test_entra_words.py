"""What Entra's refusals become: a sentence with its remedy, whatever came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.outbound.entra import _WORDS, explain_refusal
from gatepost.routing import Application

APP = Application(
    tenant="contoso.com",
    client_id="app-id",
    authority="https://login.example",
    resource="https://outlook.example",
    client_secret_secret="name-of-the-secret",
)


@pytest.mark.parametrize("number", sorted(_WORDS))
def test_every_number_has_its_sentence(number: str) -> None:
    told = explain_refusal(f"invalid_client: AADSTS{number}: Words. Trace ID: 1", APP)
    assert f"(AADSTS{number}). Remedy: " in told
    assert "{" not in told
    assert "Words" not in told


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "invalid_client: AADSTS1: New words. Trace ID: 12\r\nCorrelation ID: 34",
            "AADSTS1: New words. Remedy: look",
        ),
        ("unauthorized_client: ", "knows no application app-id. Remedy"),
        ("temporarily_unavailable: ", "not available at the moment. Remedy: wait"),
        (
            "Unable to get authority configuration for https://login.example/contoso.com.",
            "knows no tenant contoso.com.",
        ),
        ("", "it does not say why. Remedy"),
    ],
)
def test_what_is_not_known_is_shown_as_it_came(said: str, words: str) -> None:
    assert words in explain_refusal(said, APP)


@given(st.text())
def test_any_words_become_one_line_with_a_remedy(said: str) -> None:
    told = explain_refusal(said, APP)
    assert "Remedy: " in told
    assert told.isprintable()
    assert len(told) < 700
