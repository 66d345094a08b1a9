"""The words of the pages in three languages, and which of them a browser asks for."""

import re
from collections.abc import Mapping
from typing import Final

_QUALITY = re.compile(r"\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*")

ENGLISH, SIMPLIFIED, TRADITIONAL = "en", "zh-Hans", "zh-Hant"
_TRADITIONAL_PLACES = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def language_of(accepted: str) -> str:
    """The language for an Accept-Language header (RFC 9110 §12.5.4).

    >>> language_of("fr, zh-TW;q=0.9, en;q=0.8")
    'zh-Hant'
    """
    wishes: list[tuple[float, str]] = []
    for part in accepted[:1000].split(","):
        wish, _, quality = part.partition(";")
        wishes.append((_weight(quality), wish.strip().lower()))
    for weight, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if weight <= 0:
            break
        if tag.startswith(_TRADITIONAL_PLACES):
            return TRADITIONAL
        if tag == "zh" or tag.startswith("zh-"):
            return SIMPLIFIED
        if tag == "en" or tag.startswith("en-"):
            return ENGLISH
    return ENGLISH


def _weight(quality: str) -> float:
    """1 where none is given; 0, which refuses the language, where it is none."""
    if not quality.strip():
        return 1.0
    found = _QUALITY.fullmatch(quality)
    return float(found[1]) if found else 0.0


WELCOME: Final[Mapping[str, Mapping[str, str]]] = {
    ENGLISH: {
        "title": "Welcome to Gatepost",
        "lead": "Nobody can manage this server yet. Make its first administrator.",
        "reach": "This administrator manages every organization of the server.",
        "name": "Name",
        "name_hint": "For example admin@contoso.com.",
        "password": "Password",
        "password_hint": "At least 12 characters; a few words in a row are good.",
        "again": "Password again",
        "submit": "Make the administrator",
        "different": "The two passwords are not the same. Type it twice alike.",
        "errors": "This could not be done:",
        "remedy": "What to do:",
        "done": "The administrator has been made",
        "done_lead": "{name} can sign in now. This link has ended.",
        "next": "How to go on",
        "next_sign_in": "Sign in over REST, for a token that lasts eight hours:",
        "next_token": "Or make a token for a program, on the server itself:",
        "gone": "This link is not good",
        "wait": "Too many attempts",
    },
    SIMPLIFIED: {
        "title": "欢迎使用 Gatepost",
        "lead": "目前还没有人能管理这台服务器。请创建第一位管理员。",
        "reach": "这位管理员管理服务器上的所有组织。",
        "name": "名称",
        "name_hint": "例如 admin@contoso.com。",
        "password": "密码",
        "password_hint": "至少 12 个字符；连用几个词语是不错的选择。",
        "again": "再次输入密码",
        "submit": "创建管理员",
        "different": "两次输入的密码不一致。请输入相同的密码。",
        "errors": "无法完成此操作：",
        "remedy": "解决办法：",
        "done": "管理员已创建",
        "done_lead": "{name} 现在可以登录。此链接已失效。",
        "next": "接下来",
        "next_sign_in": "通过 REST 登录，取得有效期为八小时的令牌：",
        "next_token": "或者在服务器上为程序创建令牌：",
        "gone": "此链接无效",
        "wait": "尝试次数过多",
    },
    TRADITIONAL: {
        "title": "歡迎使用 Gatepost",
        "lead": "目前還沒有人能管理這台伺服器。請建立第一位系統管理員。",
        "reach": "這位系統管理員管理伺服器上的所有組織。",
        "name": "名稱",
        "name_hint": "例如 admin@contoso.com。",
        "password": "密碼",
        "password_hint": "至少 12 個字元；連用幾個詞語是不錯的選擇。",
        "again": "再次輸入密碼",
        "submit": "建立系統管理員",
        "different": "兩次輸入的密碼不一致。請輸入相同的密碼。",
        "errors": "無法完成此操作：",
        "remedy": "解決方法：",
        "done": "系統管理員已建立",
        "done_lead": "{name} 現在可以登入。此連結已失效。",
        "next": "接下來",
        "next_sign_in": "透過 REST 登入，取得有效期為八小時的權杖：",
        "next_token": "或者在伺服器上為程式建立權杖：",
        "gone": "此連結無效",
        "wait": "嘗試次數過多",
    },
}
