"""The judge of the crash tests is judged: it sees what a careless relay does, and nothing where all is well."""

import asyncio

import pytest
from ledger import Ledger, Letter, Load, Sink, letters

LETTER = Letter(id="one", octets=3_000, to=("a@x.test", "b@x.test"))
RECEIVED = b"Received: from device\r\n\tby relay; today\r\nX-Gatepost-Trace: 1\r\n"


def told(*, promised: bool = True, arrivals: tuple[tuple[str, ...], ...] = (), content: bytes | None = None) -> Ledger:
    """A ledger after one letter, which arrived so often and for these."""
    ledger = Ledger()
    sent = ledger.will_send(LETTER)
    for to in arrivals:
        ledger.was_acknowledged(ledger.arrived(LETTER.sender, to, RECEIVED + sent if content is None else content), to)
    if promised:
        ledger.was_promised(LETTER)
    else:
        ledger.was_refused(LETTER, "451 4.3.0 later")
    return ledger


def test_a_message_that_arrived_once_for_all_is_no_trouble() -> None:
    verdict = told(arrivals=(LETTER.to,)).verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0)
    assert told(arrivals=(LETTER.to[:1], LETTER.to[1:])).verdict() == verdict


def test_a_recipient_that_got_nothing_is_a_loss() -> None:
    assert told(arrivals=(LETTER.to[:1],)).verdict().lost == ("one b@x.test",)
    assert len(told().verdict().lost) == 2


def test_a_second_arrival_is_a_duplicate() -> None:
    assert told(arrivals=(LETTER.to, LETTER.to, LETTER.to)).verdict().duplicates == 2


def test_what_was_refused_and_arrives_is_a_phantom() -> None:
    assert told(promised=False, arrivals=(LETTER.to,)).verdict().phantom == ("one",)


@pytest.mark.parametrize(("sender", "to"), [("other@contoso.test", LETTER.to), (LETTER.sender, ("stranger@x.test",))])
def test_a_changed_envelope_is_a_phantom(sender: str, to: tuple[str, ...]) -> None:
    ledger = told()
    ledger.arrived(sender, to, LETTER.content)
    assert ledger.verdict().phantom == ("one",)


@pytest.mark.parametrize(
    "content",
    [
        RECEIVED + LETTER.content[:-1],
        RECEIVED + LETTER.content.replace(b"\r\n.one", b"\r\none", 1),  # a dot that was lost on the way
        RECEIVED + b"not a header\r\n" + LETTER.content,
        RECEIVED + LETTER.content + b".\r\n",
    ],
)
def test_a_changed_content_is_corrupt(content: bytes) -> None:
    assert told(arrivals=(LETTER.to,), content=content).verdict().corrupt == ("one",)


def test_client_and_sink_agree_with_each_other_when_nothing_stands_between_them() -> None:
    async def directly() -> Ledger:
        ledger = Ledger()
        async with Sink(ledger, tempfail=0.1, cut=0.05).running() as sink:
            await Load.of(ledger, sink.port, letters("d", [700, 5_000, 200_000], 60)).run(4)
        return ledger

    ledger = asyncio.run(directly())
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0)
    assert len(ledger.sent) == 60
    assert ledger.cut
    assert ledger.refused
    assert len(ledger.promised) + len(ledger.refused) + ledger.cut == 60
