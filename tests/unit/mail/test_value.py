"""Values: cheap to make, compared by their fields, and left alone once made."""

from dataclasses import replace

import pytest

from gatepost.mail import Address, Envelope, Recipient, value


@value
class Spot:
    x: int
    y: int = 0


def test_values_are_compared_and_hashed_by_their_fields() -> None:
    assert Spot(x=1) == Spot(x=1, y=0) != Spot(x=1, y=2)
    assert len({Spot(x=1), Spot(x=1), Spot(x=2)}) == 2
    assert replace(Spot(x=1), y=3) == Spot(x=1, y=3)


def test_a_value_has_room_for_what_was_declared_and_is_made_by_name() -> None:
    with pytest.raises(TypeError):
        Spot(1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Spot(x=1).z = 1  # type: ignore[attr-defined]


def test_the_type_checker_refuses_to_change_a_value() -> None:
    envelope = Envelope(sender=None, recipients=(Recipient(address=Address("a", "b.example")),))
    envelope.smtputf8 = True  # type: ignore[misc]  # unused, and so an error of `make check`, were this allowed
