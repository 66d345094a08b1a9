"""The picture of a message's way: well-formed, bounded, harmless, in three languages, and readable without colours."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.headers import LANGUAGES, Own, analyse, brief, draw_picture
from gatepost.headers.fitting import cut_to, lines_of, width_of
from gatepost.headers.layout import MARGIN, WIDTH, layout_for
from gatepost.headers.words import TABLE
from gatepost.spool import State

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.eml"))
OWN = Own(hosts=frozenset({"local.test", "cloud.test"}), addresses=())
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"'><script>alert(1)</script>]]>&lt;<!--\x00\x1b[2J\u202e\u2066\ud800\ufffe"
ACTING = re.compile(
    r"<\s*(script|foreignObject|image|a|use|iframe|animate|set)\b|\son\w+=|href=|javascript:|@import|url\("
)


def parsed(picture: str) -> ElementTree.Element:
    """The tree of the picture, which must be one that a strict reader takes and that can do nothing."""
    tree = ElementTree.fromstring(picture.encode())
    assert tree.tag == f"{SVG}svg" and tree.get("role") == "img"
    assert {it.tag.removeprefix(SVG) for it in tree.iter()} <= {
        "svg", "title", "desc", "style", "rect", "path", "g", "text",
    }  # fmt: skip
    assert ACTING.search(picture) is None
    return tree


def texts(tree: ElementTree.Element) -> str:
    return " | ".join(it.text or "" for it in tree.iter(f"{SVG}text"))


def relayed() -> ElementTree.Element:
    sample = next(path for path in SAMPLES if path.stem == "gatepost")
    return parsed(draw_picture(analyse(sample.read_bytes(), OWN)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_gives_a_picture_with_a_station_for_each_hop(path: Path, language: str) -> None:
    found = analyse(path.read_bytes(), OWN)
    tree = parsed(draw_picture(found, language=language))
    cards = [it for it in tree.iter(f"{SVG}rect") if it.get("class") == "card"]
    assert len(cards) in (len(found.hops), len(found.hops) + 1)
    assert tree.get("lang") == language


def test_a_card_tells_role_host_connector_time_and_trust() -> None:
    told = texts(relayed())
    for expected in (
        "your local relay",
        "cloud.test",
        "Connector: SMTP Relay (TLS)",
        "2026-07-01 12:00:08Z",
        "trusted",
    ):
        assert expected in told
    assert "8 s" in told and "TLSv1.3" in told and "in clear" in told and "Total: 8 seconds" in told


def test_a_screen_reader_hears_the_verdict_and_the_way() -> None:
    tree = relayed()
    title, desc = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert title is not None and desc is not None and desc.text is not None
    assert tree.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert desc.text.startswith("The message went through cloud.test and its connector SMTP Relay (TLS)")
    assert "2: cloud.test (your connector's relay), 8 s, TLSv1.3, trusted." in desc.text


def test_trust_and_encryption_are_told_in_words_and_shapes_too() -> None:
    forged = (
        "Received: from bad.example (bad.example [203.0.113.9]) by mx.test (Postfix) with ESMTP id 1;"
        " Wed, 1 Jul 2026 12:00:00 +0000\n"
        "Received: from x (x [203.0.113.7]) by cloud.test (Postfix) with ESMTPS id 2; Wed, 1 Jul 2026 11:00:00 +0000\n"
        "Received: from y (y [203.0.113.6]) by other.test (Postfix) with ESMTPS id 3; Wed, 1 Jul 2026 10:00:00 +0000\n"
    )
    picture = draw_picture(analyse(forged, OWN))
    assert {"trusted", "claimed", "suspect"} <= set(texts(parsed(picture)).split(" | "))
    assert ".claimed .card { stroke: var(--way-warn); stroke-dasharray" in picture
    assert ".suspect .card { stroke: var(--way-bad); stroke-width: 2.5; stroke-dasharray" in picture


def test_a_clock_that_is_wrong_is_named_and_an_outdated_version_is_said() -> None:
    skewed = (
        "Received: from b.test (b.test [203.0.113.9]) (using TLSv1 with cipher X-Y (1/1 bits)) by c.test (Postfix)"
        " with ESMTPS id 2; Wed, 1 Jul 2026 11:00:00 +0000\n"
        "Received: from a.test (a.test [203.0.113.7]) by b.test (Postfix) with ESMTP id 1;"
        " Wed, 1 Jul 2026 12:00:00 +0000\n"
    )
    told = texts(parsed(draw_picture(analyse(skewed))))
    assert "\N{MINUS SIGN}1 h | clocks differ" in told and "outdated" in told
    assert "时钟不一致" in texts(parsed(draw_picture(analyse(skewed), language="zh-Hans")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_in_every_place_is_only_text(language: str) -> None:
    line = (
        f"from {HOSTILE} ({HOSTILE} [192.0.2.1]) by {HOSTILE} ({HOSTILE}) with {HOSTILE} id {HOSTILE} for <{HOSTILE}>"
    )
    found = analyse(
        f"Subject: {HOSTILE}\nReceived: {line}; {HOSTILE}\nReceived: by {HOSTILE}; Wed, 1 Jul 2026 12:00:00 +0000\n"
        f"X-Gatepost-Trace: {HOSTILE}\n"
    )
    picture = draw_picture(found, language=language)
    parsed(picture)
    assert not set("\x00\x1b\u202e\u2066\ud800\ufffe") & set(picture)


def test_long_names_are_shortened_and_whole_in_their_title() -> None:
    host = f"{'a-very-long-name.' * 8}example.com"
    tree = parsed(draw_picture(analyse(f"Received: from x by {host} with SMTP; Wed, 1 Jul 2026 12:00:00 +0000\n")))
    assert host not in texts(tree) and "…" in texts(tree)
    assert any(host in (it.text or "") for it in tree.iter(f"{SVG}title"))


def test_a_hundred_thousand_hops_make_a_picture_of_forty() -> None:
    line = "Received: from h{0}.test by h{1}.test with SMTP id {0}; Wed, 1 Jul 2026 12:00:00 +0000\n"
    found = analyse("".join(line.format(n, n + 1) for n in range(100_000)))
    picture = draw_picture(found)
    assert len(picture) < 100_000
    assert f"{len(found.hops) - 40} hops are" in texts(parsed(picture))


def test_a_message_without_hops_says_so() -> None:
    assert "No Received line" in texts(parsed(draw_picture(analyse("Subject: x\n"))))


def test_two_pictures_in_one_page_have_no_id_in_common() -> None:
    found = analyse(SAMPLES[0].read_bytes())
    one, other = (set(re.findall(r'id="([^"]+)"', draw_picture(found, name=name))) for name in ("first", "second"))
    assert one and other and one & other == set()
    assert all(row.startswith((".gatepost-way", "@media", "  ", "}")) for row in _style(draw_picture(found)))
    assert "<style" not in draw_picture(found, styled=False)
    with pytest.raises(ValueError, match="Remedy"):
        draw_picture(found, name='x"><script>')


def _style(picture: str) -> list[str]:
    return picture.partition("<style>")[2].partition("</style>")[0].strip().splitlines()


def test_every_station_stands_inside_the_picture_and_on_no_other() -> None:
    for count in range(43):
        places = layout_for(count, 20)
        corners = {(spot.left, spot.top) for spot in places.spots}
        assert len(corners) == count
        assert all(spot.left >= MARGIN and spot.left + spot.width <= WIDTH - MARGIN + 0.01 for spot in places.spots)


@given(st.text(max_size=300), st.floats(40, 300), st.integers(1, 4))
def test_a_text_fits_its_place(text: str, room: float, most: int) -> None:
    assert width_of(cut_to(text, room, 13), 13) <= room + 0.01
    lines = lines_of(text, room, 13, most)
    assert len(lines) <= most and all(width_of(line, 13) <= room + 0.01 for line in lines)


def test_a_full_width_letter_counts_twice() -> None:
    assert width_of("中", 10) == 2 * width_of("n", 10)
    assert lines_of("您的本地中继", 13 * 3.4, 13, 2) == ["您的本", "地中继"]
    assert lines_of("mail.protection.outlook.com", 130, 13, 2)[0] == "mail.protection."


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (2, "2 s"), (11_040, "3 h 4 min"), (9991, "2 h 46 min"), (-61, "\N{MINUS SIGN}1 min 1 s")],
)
def test_a_length_of_time_in_a_narrow_place(seconds: float, expected: str) -> None:
    assert brief(seconds) == expected
    assert brief(11_040, "zh-Hans") == "3 小时 4 分" and brief(11_040, "zh-Hant") == "3 小時 4 分"


_PIECES = st.sampled_from(
    [
        "from ",
        "by ",
        "with ESMTPS ",
        "id ",
        "(",
        ")",
        "[192.0.2.1] ",
        "a.example ",
        "; ",
        "Wed, 1 Jul 2026 12:00:00 +0000",
    ]
)
_LINES = st.lists(st.one_of(_PIECES, st.text(max_size=20)), max_size=12).map("".join)


@given(st.lists(_LINES, max_size=60), st.sampled_from(LANGUAGES))
def test_whatever_is_pasted_makes_a_well_formed_picture(lines: list[str], language: str) -> None:
    parsed(draw_picture(analyse("".join(f"Received: {line}\n" for line in lines)), language=language))


@given(st.binary(max_size=500))
def test_octets_of_any_kind_make_a_well_formed_picture(octets: bytes) -> None:
    parsed(draw_picture(analyse(b"Received: from " + octets)))


def test_the_picture_in_the_documentation_is_what_is_drawn() -> None:
    """Made by: gatepost headers SAMPLE --own relay.contoso.com --svg --output docs/headers.svg"""
    sample = next(path for path in SAMPLES if path.stem == "exchange-online-relayed")
    own = Own(hosts=frozenset({"relay.contoso.com"}), addresses=())
    shown = (Path(__file__).parents[3] / "docs" / "headers.svg").read_text("utf-8")
    assert shown == f"{draw_picture(analyse(sample.read_bytes(), own))}\n"


def test_every_state_of_a_recipient_has_words() -> None:
    assert {f"state.{state}" for state in State} <= set(TABLE)
