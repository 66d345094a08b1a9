"""What the rooms below say, read back into the reader's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from web_scenes import Browser

import gatepost.web.pages.sentences as room
from gatepost.mail import Cause, Language, remedy
from gatepost.web.pages.catalogue import sentences_of
from gatepost.web.pages.sentences import PLACE, read, reader_of, told

# The sentence as the room makes it, and what somebody reads who reads Chinese.
READ = [
    (
        "inbound connector 'Printers': SenderDomains is missing. Remedy: give '*' for any sender domain, or list the "
        "domains.",
        "入站连接器“Printers”：SenderDomains 缺失。解决办法：请用 '*' 表示任何发件人域，或列出这些域。",
    ),
    ("SmartHosts value 'x y' is not a host", "SmartHosts 值“x y”不是主机"),
    (
        "outbound connector 'A': FallbackConnectors value 'B' is no outbound connector of organization 'C'",
        "出站连接器“A”：FallbackConnectors 的值“B”不是组织“C”的出站连接器",
    ),
    (
        "Connector 'Printers' matched by address: 192.0.2.9 lies in 192.0.2.0/24.",
        "连接器“Printers”匹配，依据地址：192.0.2.9 位于 192.0.2.0/24 中。",
    ),
    (  # a phrase and what follows it; one place right behind another
        "Connector 'Printers' lists the client (the client's address is 192.0.2.9), but the sender domain x.example is "
        "not an accepted domain of Default (it belongs to Other).",
        "连接器“Printers”列出了此客户端（客户端的地址是 192.0.2.9），但发件人域 x.example 不是 Default 接受的域"
        "（它属于 Other）。",
    ),
    (
        "Connector 'Printers' lists the client (the client's address is 192.0.2.9), but requires TLS, and the session "
        "is in the clear.",
        "连接器“Printers”列出了此客户端（客户端的地址是 192.0.2.9），但需要 TLS，而会话未加密。",
    ),
    (
        "Let the client use STARTTLS, or drop the requirement: gatepost connector set Printers --require-tls false",
        "请让客户端使用 STARTTLS，或取消此要求：gatepost connector set Printers --require-tls false",
    ),
    ("Rule 'x' keeps mail for a@contoso.com in the sandbox.", "规则“x”将发往 a@contoso.com 的邮件保留在沙盒中。"),
    (
        "Device 192.0.2.9 uses TLSv1, which somebody on the line can break. Remedy: update or replace it. Note by "
        "when: gatepost device note 192.0.2.9 --retire-by DATE",
        "设备 192.0.2.9 使用 TLSv1，线路上的人可以破解。解决办法：请更新或更换它。请注明期限："
        "gatepost device note 192.0.2.9 --retire-by DATE",
    ),
    (  # a reply is what the other side said
        "3 recipients were given up in the last 24 hours. The last reply was: 550 5.1.1 It is missing.",
        "过去 24 小时内，3 个收件人的投递被放弃。最后的答复为：550 5.1.1 It is missing。",
    ),
    (  # commands stay as they are typed, quotes and all
        "If the client may relay, add a connector for it: gatepost connector add --name 'Relay from 192.0.2.9' "
        "--connector-type OnPremises --sender-domains '*' --sender-ip-addresses 192.0.2.9",
        "如果此客户端可以中继，请为其添加连接器：gatepost connector add --name 'Relay from 192.0.2.9' "
        "--connector-type OnPremises --sender-domains '*' --sender-ip-addresses 192.0.2.9",
    ),
    (
        "Add it: gatepost connector set 'It is disabled' --blocked false",
        "请添加它：gatepost connector set 'It is disabled' --blocked false",
    ),
    (  # names in quotes are somebody's, and never read
        "inbound connector 'It is disabled': Name 'is missing' is already taken",
        "入站连接器“It is disabled”：名称“is missing”已被占用",
    ),
]


@pytest.mark.parametrize(("english", "chinese"), READ)
def test_a_sentence_is_read(english: str, chinese: str) -> None:
    assert read(english, "zh-Hans") == chinese


def test_english_stays_as_it_was_written() -> None:
    for english, _ in READ:
        assert read(english, "en") == english
        assert told(english, "en") is english


@pytest.mark.parametrize("cause", Cause)
def test_what_reports_say_of_a_cause_is_said_on_pages_in_the_same_words(cause: Cause) -> None:
    assert read(remedy(cause), "zh-Hant") == remedy(cause, Language.TRADITIONAL_CHINESE)


@pytest.mark.parametrize(
    "reply", ["550 5.7.1 From is missing", "451-4.3.0 It is disabled", "250 2.0.0 It is disabled."]
)
def test_what_a_server_said_is_never_translated(reply: str) -> None:
    assert read(reply, "zh-Hans") == reply


def test_what_no_template_fits_stays_english_and_says_so() -> None:
    assert told("550 5.7.1 <Who> are you", "zh-Hans") == Markup('<span lang="en">550 5.7.1 &lt;Who&gt; are you</span>')
    assert read("550 5.7.1 <Who> are you", "zh-Hans") == "550 5.7.1 <Who> are you"


def test_what_is_translated_already_is_left_alone() -> None:
    kept = told("nobody said this", "zh-Hant")
    assert told(kept, "zh-Hant") is kept


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_every_template_is_read_with_values_in_its_places(language: str) -> None:
    reader = reader_of(language)
    for template, translated in sentences_of(language):
        names = PLACE.findall(template)
        values = {name: f"v{number}" for number, name in enumerate(names)}
        said = reader.read(PLACE.sub(lambda place, values=values: values[place[1]], template))  # type: ignore[misc]
        if " " not in template:
            continue  # a word that stands in another sentence's place
        assert said is not None, template
        for name in PLACE.findall(translated):
            assert values[name] in said, template


FRAGMENTS = sorted({piece for text, _ in sentences_of("zh-Hans") for piece in PLACE.split(text)[::2] if piece})[::7]


@given(st.lists(st.sampled_from([*FRAGMENTS, " ", "'", ". A", ", ", "; ", " but ", "x"]), max_size=60).map("".join))
def test_whatever_a_stranger_puts_together_is_read_within_bounds(text: str) -> None:
    reading = room._Reading(reader_of("zh-Hans"))
    said = reading.said(text)
    assert said is None or said
    assert reading.left > -20_000  # those beyond the last try cost nothing; without an end there would be millions


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-Hans", "规则“Scanner”：From 值“nobody”不是地址：本地部分后面没有 @domain"),
        ("zh-Hant", "規則「Scanner」：From 值「nobody」不是位址：本機部分後面沒有 @domain"),
    ],
)
def test_a_refused_form_says_why_in_the_language_of_the_page(anna: Browser, language: str, words: str) -> None:
    anna.post("/preferences", {"language": language})
    form = {"Name": "Scanner", "From": "nobody"}
    assert words in anna.post("/rules/new", form).text
