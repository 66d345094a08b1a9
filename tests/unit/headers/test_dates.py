"""Dates of every form, those of Microsoft's analyser among them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.headers.dates import read_date
from gatepost.headers.received import read_received


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("x; Sat, 21 Apr 2018 03:01:01 +0000", 1524279661000),
        ("x; 4/20/2018 23:01:06 -0400 (EDT)", 1524279666000),
        ("x; 4-20-2018 11:01:07 PM", 1524265267000),
        ("x; Mon, 26 Mar 2018 13:35:10.102 +0000 (UTC)", 1522071310102),
        ("by x 2018-03-26 13:35:36.270951634 +0000 UTC", 1522071336270),
        ("by x Mon, 26 Mar 2018 13:35:36.102 +0000 (UTC)", 1522071336102),
        ("22 Apr 2018", None),
        ("; 22 Apr 2018", 1524355200000),
        (";", None),
        # Other analysers' troubles (§8.4).
        ("by x; 2018-03-26 13:35:36.270951634 +0000 UTC m=+0.123456789", 1522071336270),
        ("by x; Mon, 26 Mar 2018 13:35:36 +0000 (envelope-from <a@b.test>)", 1522071336000),
        ("by x; Mon, 26 Mar 2018 13:35:36 +0000; envelope-from=<a@b.test>", 1522071336000),
        ("by x id 2026.07.01.05.00.11; never", None),
        ("by x; Mon, 26 Mar 2018 06:35:36 (PDT)", 1522071336000),
        # A name that holds a weekday, and a year in an id, are no dates.
        ("from mon.test by sun.test with SMTP id 2018", None),
    ],
)
def test_the_date_of_a_line(received: str, expected: int | None) -> None:
    moment = read_received(received).moment
    assert (None if moment is None else milliseconds(moment.at)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 1 Jul 2026 12:00:00 +0000", "2026-07-01T12:00:00"),
        ("Wed,  1 Jul 2026 14:00:00 +0200 (CEST)", "2026-07-01T12:00:00"),
        ("1 Jul 2026 12:00:00 -0000", "2026-07-01T12:00:00"),
        ("Wed, 01 Jul 2026 08:00:00 EDT", "2026-07-01T12:00:00"),
        ("Wed, 01 Jul 2026 12:00:00 GMT", "2026-07-01T12:00:00"),
        ("Wed, 01 Jul 2026 14:00:00 GMT+0200", "2026-07-01T12:00:00"),
        ("Wed, 01 Jul 26 12:00:00 +0000", "2026-07-01T12:00:00"),
        ("Thu, 01 Jul 99 12:00:00 +0000", "1999-07-01T12:00:00"),
        ("1 Jul 126 12:00:00 +0000", "2026-07-01T12:00:00"),
        ("Wed, 1 Jul 2026 12:00 +0000", "2026-07-01T12:00:00"),
        ("Wed, 1 July 2026 12:00:00 +0000", "2026-07-01T12:00:00"),
        ("Wed Jul  1 12:00:00 2026", "2026-07-01T12:00:00"),
        ("Wed Jul 1 14:00:00 CEST 2026", "2026-07-01T12:00:00"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00"),
        ("2026-07-01T14:00:00+02:00", "2026-07-01T12:00:00"),
        ("2026-7-1 12:00:00", "2026-07-01T12:00:00"),
        ("7/1/2026 12:00:00 PM", "2026-07-01T12:00:00"),
        ("7/1/2026 12:00:00 AM", "2026-07-01T00:00:00"),
        ("31-12-2026 12:00:00", "2026-12-31T12:00:00"),
        ("01 Jul 2026 12:00:07.4820 (UTC)", "2026-07-01T12:00:07.482000"),
        ("Wed, 31 Dec 2025 23:59:60 +0000", "2026-01-01T00:00:00"),
    ],
)
def test_a_form_of_date(text: str, expected: str) -> None:
    moment = read_date(text)
    assert moment is not None
    assert moment.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "32 Jul 2026 12:00:00 +0000", "1 Foo 2026", "1 Jul 2026 25:00:00", "0/0/2026", "1:2"),
        *("1 Jul 0000 00:00:00 +2359", "31 Dec 9999 23:59:60 -2359", "99999-1-1", "8.17.1.9", "192.0.2.1"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(("text", "zoned"), [("1 Jul 2026 12:00:00", False), ("1 Jul 2026 12:00:00 XYZ", False)])
def test_where_no_zone_is_told_utc_is_assumed_and_said(text: str, zoned: bool) -> None:
    moment = read_date(text)
    assert moment is not None and moment.zoned is zoned and moment.at.hour == 12


@given(
    at=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),
    minutes=st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_every_date_of_rfc_5322_is_read_back(at: datetime, minutes: int) -> None:
    moment = at.replace(microsecond=0, tzinfo=UTC)
    local = moment + timedelta(minutes=minutes)
    hours, rest = divmod(abs(minutes), 60)
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905  a row
    text = f"{local.day} {months[local.month - 1]} {local:%Y %H:%M:%S} {'-' if minutes < 0 else '+'}{hours:02}{rest:02}"
    found = read_date(text)
    assert found is not None and found.at == moment and found.zoned


@given(st.text(max_size=300) | st.from_regex(r"\A[0-9:/ ,.+-]{0,60}\Z"))
def test_reading_a_date_never_raises(text: str) -> None:
    read_date(text)
