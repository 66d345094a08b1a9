"""The flags of sendmail(1): obeyed, passed over, or refused with a remedy."""

from pathlib import Path

import pytest

from gatepost.sendmail.command_line import UsageWrong, read_command_line
from gatepost.sendmail.preferences import PreferencesWrong, read_preferences


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-t -i", {"from_header": True, "dot_is_text": True}),
        ("-ti", {"from_header": True, "dot_is_text": True}),
        ("-oi -t", {"from_header": True, "dot_is_text": True}),
        ("-o i", {"dot_is_text": True}),
        ("-f a@x b@x", {"sender": "a@x", "recipients": ["b@x"]}),
        ("-fa@x b@x", {"sender": "a@x", "recipients": ["b@x"]}),
        ("-r a@x b@x", {"sender": "a@x"}),
        ("-f <> b@x", {"sender": ""}),
        ("b@x -f a@x", {"sender": "a@x", "recipients": ["b@x"]}),
        ("-t -- -odd@x", {"recipients": ["-odd@x"]}),
        ("-itf a@x", {"dot_is_text": True, "from_header": True, "sender": "a@x"}),
        ("-FRoot b@x", {"full_name": "Root"}),
        ("-N success,delay -R hdrs -V id b@x", {"notify": "SUCCESS,DELAY", "ret": "HDRS", "envid": "id"}),
        ("-B8BITMIME b@x", {"body": "8BITMIME"}),
        ("-bm -oem -oee -om -odb -A x -G -n -m -U -L tag -O Timeout=1 -h 3 -X log b@x", {"recipients": ["b@x"]}),
        ("-q", {"nothing_to_do": True}),
        ("-q30m", {"nothing_to_do": True}),
        ("-bi", {"nothing_to_do": True}),
        ("-I", {"nothing_to_do": True}),
        ("-v b@x", {"verbose": True}),
    ],
)  # fmt: skip
def test_flags_are_read_as_postfix_reads_them(line: str, told: dict[str, object]) -> None:
    asked = read_command_line(line.split())
    assert {name: getattr(asked, name) for name in told} == told


@pytest.mark.parametrize(
    "line", ["-f", "-bs", "-bp", "-bd", "-bv x", "-bz", "-N sometimes x", "-N never,delay x", "-y"]
)
def test_what_cannot_be_done_is_refused_with_a_remedy(line: str) -> None:
    with pytest.raises(UsageWrong, match="Remedy: "):
        read_command_line(line.split())


@pytest.mark.parametrize(
    ("server", "read"),
    [
        ("relay.contoso.com", ("relay.contoso.com", 25)),
        ("127.0.0.1:2525", ("127.0.0.1", 2525)),
        ("[::1]:2525", ("::1", 2525)),
        ("[::1]", ("::1", 25)),
        ("::1", ("::1", 25)),
    ],
)
def test_the_server_is_read_in_every_form(
    server: str, read: tuple[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEPOST_SENDMAIL_SERVER", raising=False)
    file = tmp_path / "sendmail.conf"
    file.write_text(f'# ours\n\nserver = "{server}"\ndomain=contoso.com\n')
    found = read_preferences(str(file))
    assert (found.servers, found.domain, found.pickup) == ((read,), "contoso.com", "")
    monkeypatch.setenv("GATEPOST_SENDMAIL_SERVER", "other.example:1")
    assert read_preferences(str(file)).servers == (("other.example", 1),)


@pytest.mark.parametrize("line", ["port = 25", "server", "server = x:y"])
def test_a_line_that_means_nothing_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "sendmail.conf"
    file.write_text(line)
    with pytest.raises(PreferencesWrong, match="Remedy: "):
        read_preferences(str(file))
    with pytest.raises(PreferencesWrong, match="does not exist"):
        read_preferences(str(tmp_path / "nowhere"))
