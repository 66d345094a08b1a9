"""Microsoft's reports and the results of SPF, DKIM, DMARC and ARC, taken apart and explained."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.headers import analyse, say, values

SAMPLES = Path(__file__).parent / "samples"
RELAYED = (SAMPLES / "exchange-online-relayed.eml").read_bytes()
INTERNET = (SAMPLES / "exchange-online-internet.eml").read_bytes()


def antispam(source: bytes | str) -> dict[str, Any]:
    found: dict[str, Any] = values(analyse(source))["antispam"]
    return found


def meaning(key: str, value: str) -> str | None:
    told: str | None = antispam(f"X-Forefront-Antispam-Report: {key}:{value};")["forefront"][key]["meaning"]
    return told


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("DIR", "OUT", "Outbound: left the organization."),
        ("DIR", "INB", "Inbound: came into the organization."),
        ("SFV", "NSPM", "Filtered: not spam."),
        ("SFV", "SKN", "Marked as not spam before filtering, for example by a mail flow rule."),
        ("IPV", "NLI", "The address is on no reputation list."),
        ("CAT", "HPHISH", "Phishing with high confidence."),
        ("SFTY", "9.25", "Tip shown: first contact with this sender."),
        ("SCL", "-1", "Spam filtering was skipped."),
        ("SCL", "1", "Not spam."),
        ("SCL", "5", "Spam."),
        ("SCL", "9", "Spam with high confidence."),
        ("SFS", "(13230040)(36860700013)", "2 rules of the filter, whose numbers only Microsoft can read."),
        ("SFP", "1102", "A number of Microsoft's own; its meaning is not published."),
        ("CTRY", "US", None),
        ("SFV", "XYZ", None),
        ("SCL", "many", None),
    ],
)
def test_a_value_is_explained_where_its_meaning_is_known(key: str, value: str, expected: str | None) -> None:
    assert meaning(key, value) == expected


def test_the_keys_of_a_report_have_names_and_unknown_ones_stay() -> None:
    report = antispam("X-Forefront-Antispam-Report: CIP:2001:db8::1;UIP:(null);XYZ:1;DIR:INB;;\n")["forefront"]
    assert report["CIP"] == {"value": "2001:db8::1", "label": "Connecting IP address", "meaning": None}
    assert report["XYZ"]["label"] == "Not documented"
    assert report["UIP"]["value"] == ""
    assert list(report) == ["CIP", "UIP", "XYZ", "DIR"]


def test_the_delivery_into_a_mailbox_is_decoded() -> None:
    report = antispam(INTERNET)["mailbox_delivery"]
    assert report["dest"]["meaning"] == "The junk mail folder."
    assert report["OFR"]["meaning"].startswith("The spam filter sent it to junk")
    assert report["ENG"]["meaning"] == "5 rules of the filter, whose numbers only Microsoft can read."
    assert report["ucf"]["meaning"] == "No rule of the user's matched."


def test_bulk_mail_is_told_by_its_level() -> None:
    assert antispam(INTERNET)["microsoft"]["BCL"]["meaning"] == "From a bulk sender with some complaints."
    assert antispam(RELAYED)["microsoft"]["BCL"]["meaning"] == "Not from a bulk sender."
    assert antispam(RELAYED)["microsoft"]["ARA"]["meaning"].startswith("4 rules")


def test_the_stamps_of_exchange_are_explained() -> None:
    stamps = antispam(RELAYED)["exchange"]
    assert stamps["X-MS-Exchange-CrossTenant-FromEntityHeader"]["meaning"] == (
        "From the organization's own servers, through an OnPremises connector."
    )
    assert stamps["X-MS-Exchange-CrossTenant-AuthAs"]["meaning"] == "Not authenticated."
    assert stamps["X-MS-Exchange-CrossTenant-Id"]["label"] == "Tenant"
    inbound = antispam(INTERNET)["exchange"]
    assert inbound["X-MS-Exchange-Organization-MessageDirectionality"]["meaning"] == "Came from outside."
    assert inbound["X-MS-Exchange-Organization-SCL"]["meaning"] == "Spam with high confidence."


def test_what_the_filter_and_the_checks_found_is_said() -> None:
    told = [finding.note.code for finding in analyse(INTERNET).findings]
    for code in ("spam", "bulk", "spf_fail", "dkim_fail", "dmarc_fail", "to_junk"):
        assert code in told


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ("SFV:SKI", "inside_organization"),
        ("SFV:BLK", "blocked_by_user"),
        ("SFV:SFE", "allowed_by_user"),
        ("SFV:SKA", "allowed_by_policy"),
        ("SFV:SKB", "spam_by_policy"),
        ("SFV:SKQ", "released"),
        ("SFV:DMS", "verdict_set_aside"),
        ("IPV:CAL", "address_allowed"),
    ],
)
def test_a_verdict_of_the_filter_becomes_a_finding(report: str, code: str) -> None:
    found = analyse(f"X-Forefront-Antispam-Report: {report};\n").findings
    assert code in [finding.note.code for finding in found]
    assert all(say(finding.note) for finding in found)


# --- who vouches for it ---------------------------------------------------------------------------------------------


def vouched(source: bytes | str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = values(analyse(source))["authentication"]
    return found


def test_results_without_the_name_of_a_server_are_microsofts() -> None:
    one = next(it for it in vouched(INTERNET) if it["header"] == "Authentication-Results")
    assert one["server"] is None
    assert [(it["method"], it["result"]) for it in one["results"]] == [
        ("spf", "fail"),
        ("dkim", "fail"),
        ("dmarc", "fail"),
        ("compauth", "fail"),
    ]
    spf, dkim, dmarc, compauth = one["results"]
    assert spf["comment"] == "sender IP is 198.51.100.7"
    assert spf["properties"] == {"smtp.mailfrom": "fabrikam.com"}
    assert dkim["comment"] == "body hash did not verify"
    assert dmarc["meaning"].endswith("the organization's policy took the message all the same.")
    assert compauth["meaning"].endswith("DMARC of the domain asks for quarantine or rejection.")


def test_results_with_the_name_of_a_server_are_read() -> None:
    one = vouched(RELAYED)[0]
    assert one["server"] == "mx.google.com"
    assert [(it["method"], it["result"]) for it in one["results"]] == [
        ("dkim", "pass"),
        ("arc", "pass"),
        ("spf", "pass"),
        ("dmarc", "pass"),
    ]
    assert one["results"][0]["properties"]["header.s"] == "selector1"


def test_an_arc_set_is_told_by_its_instance() -> None:
    seal, signature, results = (it for it in vouched(RELAYED) if it["header"].startswith("ARC-"))
    assert (seal["instance"], seal["tags"]["cv"], seal["tags"]["d"]) == (1, "none", "microsoft.com")
    assert (signature["instance"], signature["tags"]["s"]) == (1, "arcselector10001")
    assert (results["instance"], results["server"]) == (1, "mx.microsoft.com")
    assert results["results"][0]["properties"]["smtp.rcpttodomain"] == "gmail.com"


def test_received_spf_tells_the_client() -> None:
    one = next(it for it in vouched(RELAYED) if it["header"] == "Received-SPF")
    assert one["results"][0]["result"] == "pass"
    assert (one["server"], one["tags"]["client-ip"]) == ("protection.outlook.com", "203.0.113.9")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('a.test; dkim=fail reason="bad; signature" header.d=b.test', [("dkim", "fail", {"header.d": "b.test"})]),
        ("a.test 1; none", []),
        ("i=2; a.test; spf=pass (a (nested; one)) smtp.mailfrom=b", [("spf", "pass", {"smtp.mailfrom": "b"})]),
        ("spf=pass", [("spf", "pass", {})]),
        ("; ;;", []),
    ],
)
def test_odd_results_are_read_by_the_rfc(value: str, expected: list[Any]) -> None:
    (one,) = vouched(f"Authentication-Results: {value}\n")
    shown = [
        (it["method"], it["result"], {key: text for key, text in it["properties"].items() if key != "reason"})
        for it in one["results"]
    ]
    assert shown == expected


@given(
    st.lists(st.sampled_from(["spf=", "pass", ";", "(", ")", '"', "\\", "i=1", " ", "=", "a.b", "\x1b"])).map("".join)
)
def test_broken_results_never_raise(value: str) -> None:
    for name in ("Authentication-Results", "ARC-Seal", "Received-SPF", "DKIM-Signature", "X-Forefront-Antispam-Report"):
        values(analyse(f"{name}: {value}\n"))
