"""--what-if of connectors, domains and organizations."""

import pytest

from .asked import Gatepost, gatepost

__all__ = ["gatepost"]  # the fixture
OURS = "--connector-type OnPremises --sender-domains * --sender-ip-addresses 192.0.2.9"


@pytest.mark.parametrize(
    "words",
    [
        f"connector add --name Printers {OURS}",
        "connector set Old --comment x",
        "connector disable Old",
        "connector remove Old",
        "domain add fabrikam.com",
        "domain set contoso.com --domain-type InternalRelay",
        "domain remove contoso.com",
        "organization set Default --reject-direct-send true",
    ],
)
def test_what_if_says_what_would_change_and_changes_nothing(gatepost: Gatepost, words: str) -> None:
    gatepost("domain", "add", "contoso.com")
    gatepost("connector", "add", "--name", "Old", *OURS.split())
    before = gatepost("export").out
    told = gatepost(*words.split(), "--what-if")
    assert (told.status, told.out) == (0, "No session of the last 7 days would be judged differently.\n"), told.err
    assert gatepost(*words.split(), "--what-if", "--json").json["judged"] == 0
    assert gatepost("export").out == before


def test_what_could_not_be_stored_is_refused(gatepost: Gatepost) -> None:
    told = gatepost("domain", "remove", "nowhere.example", "--what-if")
    assert (told.status, "Remedy" in told.err) == (1, True)
