"""Which TLSA records count, whatever stands in the DNS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.routing import Fingerprint, worth_matching

LENGTHS = {1: 32, 2: 64}


def record(usage: int, selector: int, matching: int, length: int | None = None) -> Fingerprint:
    octets = bytes(LENGTHS.get(matching, 100) if length is None else length)
    return Fingerprint(usage=usage, selector=selector, matching=matching, octets=octets)


@pytest.mark.parametrize("usage", range(5))
@pytest.mark.parametrize("selector", range(3))
@pytest.mark.parametrize("matching", range(4))
def test_only_what_rfc_7672_knows_is_usable(usage: int, selector: int, matching: int) -> None:
    known = usage in (2, 3) and selector in (0, 1) and matching in (0, 1, 2)
    assert record(usage, selector, matching).usable is known


@pytest.mark.parametrize(("matching", "length"), [(0, 0), (1, 0), (1, 31), (1, 33), (2, 32), (2, 0)])
def test_a_record_of_the_wrong_length_is_of_no_use(matching: int, length: int) -> None:
    assert not record(3, 1, matching, length).usable


def test_of_digests_of_the_same_thing_the_strongest_counts() -> None:
    weak, strong, whole, other = record(3, 1, 1), record(3, 1, 2), record(3, 1, 0), record(2, 1, 1)
    assert worth_matching((weak, strong, whole, other)) == (strong, whole, other)
    assert worth_matching((weak, weak)) == (weak,)


@given(
    st.lists(
        st.builds(
            Fingerprint,
            usage=st.integers(0, 255),
            selector=st.integers(0, 255),
            matching=st.integers(0, 255),
            octets=st.binary(max_size=80),
        )
    )
)
def test_any_records_give_a_subset_that_is_usable_and_can_be_told(records: list[Fingerprint]) -> None:
    found = worth_matching(records)
    assert set(found) <= set(records)
    assert all(it.usable and str(it) for it in found)
    assert bool(found) is any(it.usable for it in records)
