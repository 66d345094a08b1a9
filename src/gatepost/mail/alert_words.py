"""The words of alerts. English, 简体中文, 繁體中文; one row a text, and for each kind of alert one row with what to do.

The places of a row are the same in every language, so that pages find the row that an English sentence was made of.
What a host has said stays as it is, and so does what administrators type.
"""

from typing import Final

from .language import COLUMN, Language

# Around the alert in a letter.
_FRAME: Final[dict[str, tuple[str, str, str]]] = {
    "raised": ("[Alert] {host}: {sentence}", "[警报] {host}：{sentence}", "[警示] {host}：{sentence}"),
    "resolved": ("[Resolved] {host}: {sentence}", "[已解除] {host}：{sentence}", "[已解除] {host}：{sentence}"),
    "told_test": ("[Test] {host}: {sentence}", "[测试] {host}：{sentence}", "[測試] {host}：{sentence}"),
    "more": (
        "gatepost alert list, or the checks page of {host}, say more.",
        "运行 gatepost alert list，或打开 {host} 的“检查”页面，可了解更多。",
        "執行 gatepost alert list，或開啟 {host} 的「檢查」頁面，可了解更多。",
    ),
}

ALERT_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "test": ("This is a test, and nothing is wrong.", "这是一次测试，一切正常。", "這是一次測試，一切正常。"),
    "near": (
        "{who} was refused, and its address nearly matches: {neighbours}.",
        "{who} 被拒绝，而其地址与以下内容非常接近：{neighbours}。",
        "{who} 遭到拒絕，而其位址與以下內容非常接近：{neighbours}。",
    ),
    "near_remedy": (
        "If it is the same device or its neighbour, allow it.",
        "如果它是同一台设备或相邻的设备，请允许它。",
        "如果它是同一台裝置或相鄰的裝置，請允許它。",
    ),
    "destination": (
        "Mail to {destination} waits: {reason}",
        "发往 {destination} 的邮件正在等待：{reason}",
        "寄往 {destination} 的郵件正在等候：{reason}",
    ),
    "destination_remedy": (
        "Send a test there to see the conversation; the mail is tried again by itself.",
        "向那里发送测试邮件以查看会话；邮件会自动重试。",
        "向那裡傳送測試郵件以查看交談；郵件會自動重試。",
    ),
    "way": (
        "The outbound connector '{connector}' is not used: {reason}",
        "出站连接器“{connector}”未被使用：{reason}",
        "輸出連接器「{connector}」未被使用：{reason}",
    ),
    "way_remedy": (
        "Mend what the host complains of. One message after a growing pause asks if it is back; at once: {command}.",
        "请解决该主机所报告的问题。间隔逐渐延长后会用一封邮件探询它是否恢复；若要立即探询：{command}。",
        "請解決該主機所回報的問題。間隔逐漸延長後會用一封郵件探詢它是否恢復；若要立即探詢：{command}。",
    ),
    "held": (
        "Recipients that rule '{rule}' holds: {recipients}, the oldest since {since}.",
        "规则“{rule}”扣留的收件人：{recipients} 个，最早的自 {since} 起。",
        "規則「{rule}」保留的收件者：{recipients} 個，最早的自 {since} 起。",
    ),
    "held_by_hand": (
        "Recipients that an operator holds: {recipients}, the oldest since {since}.",
        "由操作人员扣留的收件人：{recipients} 个，最早的自 {since} 起。",
        "由操作人員保留的收件者：{recipients} 個，最早的自 {since} 起。",
    ),
    "held_remedy": (
        "Release it, drop it, or return it to its senders: it never leaves the queue by itself.",
        "请放行、丢弃，或退回给发件人：它不会自行离开队列。",
        "請放行、捨棄，或退回給寄件者：它不會自行離開佇列。",
    ),
    "queue": (
        "Mail for {destination} waits since {since}: {recipients} recipients.",
        "发往 {destination} 的邮件自 {since} 起一直等待：{recipients} 个收件人。",
        "寄往 {destination} 的郵件自 {since} 起一直等候：{recipients} 個收件者。",
    ),
    "queue_remedy": (
        "gatepost queue list shows what the host last said; gatepost queue retry tries again at once.",
        "gatepost queue list 显示该主机最后的答复；gatepost queue retry 立即重试。",
        "gatepost queue list 顯示該主機最後的回覆；gatepost queue retry 立即重試。",
    ),
    "disk": (
        "The disk of the data directory has {free} MB left; below {least} MB clients are told to try later.",
        "数据目录所在磁盘剩余 {free} MB；低于 {least} MB 时会让客户端稍后再试。",
        "資料目錄所在磁碟剩餘 {free} MB；低於 {least} MB 時會讓用戶端稍後再試。",
    ),
    "disk_remedy": (
        "Make room, or give it a larger disk; gatepost queue list and gatepost sandbox list show what is kept.",
        "请腾出空间，或更换更大的磁盘；gatepost queue list 和 gatepost sandbox list 显示保留的内容。",
        "請騰出空間，或更換更大的磁碟；gatepost queue list 和 gatepost sandbox list 顯示保留的內容。",
    ),
}


def alert_words(name: str, language: Language = Language.ENGLISH, **places: str) -> str:
    """One text with its places filled."""
    return (_FRAME.get(name) or ALERT_WORDS[name])[COLUMN[language]].format(**places)
