"""gatepost device …, and sending mail back, as an administrator types them."""

from gatepost.cli.asking import WHAT_IF

from .asked import Gatepost, gatepost

__all__ = ["gatepost"]  # the fixture
DEVICE = "192.0.2.9"


def test_a_device_is_noted_let_in_and_kept_out(gatepost: Gatepost) -> None:
    assert "No device has connected." in gatepost("device", "list").out
    assert gatepost("device", "note", DEVICE, "--owner", "Facilities", "--retire-by", "2020-01-31").status == 0
    listed = gatepost("device", "list", "--state", "retire").out
    assert "Facilities" in listed and "was to be out of service by 2020-01-31" in listed
    would = gatepost("device", "allow", DEVICE, "--what-if").out
    assert "add inbound connector 'Devices'" in would and f"SenderIPAddresses: {DEVICE}" in would
    assert gatepost("connector", "list", "--json").json == []
    assert gatepost("device", "allow", DEVICE).out + f"{WHAT_IF}\n" == would
    shown = gatepost("device", "show", DEVICE).out
    assert f"Connector 'Devices' of Default lists {DEVICE}." in shown
    (change, _) = gatepost("device", "block", DEVICE, "--json").json["changes"]
    assert change["differences"] == [{"property": "SenderIPAddresses", "before": [DEVICE], "after": []}]
    assert gatepost("device", "show", DEVICE, "--json").json["blocked_by"] == [DEVICE]
    assert gatepost("connector", "explain", "--ip", DEVICE, "--mail-from", "a@x.example", "--rcpt", "b@y.example",
                    "--json").json["reply"].startswith("550 5.7.1 ")  # fmt: skip


def test_learning_is_started_and_stopped(gatepost: Gatepost) -> None:
    assert "Learning is off" in gatepost("device", "learning").out
    assert "Learning is on until" in gatepost("device", "learning", "start", "--hours", "2").out
    assert "Learning is on until" in gatepost("device", "list").out
    assert "Learning is off" in gatepost("device", "learning", "stop").out


def test_what_is_no_device_is_refused_in_a_sentence(gatepost: Gatepost) -> None:
    for words in (["show", "printer"], ["allow", "192.0.2.0/24"], ["show", "203.0.113.1"], ["note", DEVICE]):
        run = gatepost("device", *words)
        assert run.status == 1
        assert "Remedy" in run.err


def test_sending_back_wants_to_be_told_what(gatepost: Gatepost) -> None:
    run = gatepost("queue", "bounce")
    assert (run.status, "Nothing, or too much, is named" in run.err) == (1, True)
    assert gatepost("queue", "bounce", "--held").status == 1  # this server sends nothing
    assert gatepost("queue", "drop", "--held", "--destination", "mx:x.example", "--json").json == {"recipients": 0}
