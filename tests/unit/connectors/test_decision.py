"""A decision: what is decided at once, and the words that are found when somebody reads them."""

from gatepost.connectors import Decision
from gatepost.mail import reply


def test_near_misses_are_looked_for_when_somebody_reads_the_words_and_once() -> None:
    asked = []

    def near_misses() -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked.append(1)
        return ('Connector "A" nearly matches.',), ("Widen it.",)

    decision = Decision(
        result="reject",
        organization=None,
        connector=None,
        reply=reply.RELAY_DENIED,
        reasons=("Nobody stands for the client.",),
        remedies=(),
        near_misses=near_misses,
    )
    assert not decision.accepted
    assert not asked
    assert decision.reasons == ("Nobody stands for the client.", 'Connector "A" nearly matches.')
    assert decision.remedies == ("Widen it.",)
    assert asked == [1]
