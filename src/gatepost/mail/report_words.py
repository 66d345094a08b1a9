"""The words of reports and digests around causes and remedies. English, 简体中文, 繁體中文; one row a text."""

from datetime import datetime
from email.utils import format_datetime
from typing import Final

from .language import COLUMN, Language

WORDS: Final[dict[str, tuple[str, str, str]]] = {
    # the subject of a report
    "subject_failed": (
        "Undeliverable: your message was not delivered",
        "无法送达：您的邮件未能送达",
        "無法送達：您的郵件未能送達",
    ),
    "subject_delayed": (
        "Delayed: your message has not been delivered yet",
        "延迟：您的邮件尚未送达",
        "延遲：您的郵件尚未送達",
    ),
    "subject_delivered": (
        "Delivered: your message has arrived",
        "已送达：您的邮件已到达",
        "已送達：您的郵件已到達",
    ),
    "subject_relayed": (
        "Relayed: your message was passed on",
        "已转发：您的邮件已转交下一台服务器",
        "已轉送：您的郵件已轉交下一台伺服器",
    ),
    # its text
    "greeting": (
        "This is an automatic message from the mail relay {host}.",
        "这是邮件中继 {host} 自动发送的消息。",
        "這是郵件轉送伺服器 {host} 自動傳送的訊息。",
    ),
    "about": (
        "It is about your message of {arrival}{subject}.",
        "事关您于 {arrival} 发送的邮件{subject}。",
        "事關您於 {arrival} 傳送的郵件{subject}。",
    ),
    "about_subject": (' with the subject "{subject}"', "，主题为“{subject}”", "，主旨為「{subject}」"),
    "failed": (
        "It could not be delivered to {address}.",
        "邮件无法送达 {address} 。",
        "郵件無法送達 {address} 。",
    ),
    "delayed": (
        "It has not been delivered to {address} yet.",
        "邮件尚未送达 {address} 。",
        "郵件尚未送達 {address} 。",
    ),
    "delivered": ("It was delivered to {address}.", "邮件已送达 {address} 。", "郵件已送達 {address} 。"),
    "relayed": (
        "It was passed on to the next server for {address}; it will not report what follows.",
        "发往 {address} 的邮件已转交下一台服务器；该服务器不会报告后续情况。",
        "寄往 {address} 的郵件已轉交下一台伺服器；該伺服器不會回報後續情況。",
    ),
    "cause": ("Cause: {why}", "原因：{why}", "原因：{why}"),
    "details": ("In detail: {reason}", "详细信息：{reason}", "詳細資訊：{reason}"),
    "said": ("{host} said: {reply}", "{host} 的答复：{reply}", "{host} 的回覆：{reply}"),
    "next": ("What to do: {advice}", "解决办法：{advice}", "解決辦法：{advice}"),
    "patience": (
        "nothing; the relay keeps trying{until}. You will hear again only if it gives up.",
        "无需操作；中继会继续尝试{until}。只有放弃投递时才会再次通知您。",
        "無需操作；轉送伺服器會繼續嘗試{until}。只有放棄傳遞時才會再次通知您。",
    ),
    "until": (" until {time}", "，直到 {time}", "，直到 {time}"),
    "reference": (
        "For your administrator: queue id {queue_id} on {host}.",
        "供管理员参考：{host} 上的队列 ID {queue_id}。",
        "供系統管理員參考：{host} 上的佇列識別碼 {queue_id}。",
    ),
    # a digest
    "digest_subject": (
        "Mail of your devices: {failed} not delivered, {delayed} delayed",
        "您的设备的邮件：{failed} 封未送达，{delayed} 封延迟",
        "您的裝置的郵件：{failed} 封未送達，{delayed} 封延遲",
    ),
    "digest_about": (
        "You are named as the owner of the devices and applications below; their mail did not arrive, or not yet.",
        "您被登记为下列设备和应用程序的所有者；它们的邮件未能送达，或者尚未送达。",
        "您被登記為下列裝置和應用程式的擁有者；它們的郵件未能送達，或者尚未送達。",
    ),
    "digest_message": (
        'Message: from {sender}, subject "{subject}"',
        "邮件：发件人 {sender} ，主题“{subject}”",
        "郵件：寄件者 {sender} ，主旨「{subject}」",
    ),
    "digest_device": ("Sent by: {device}", "发送设备：{device}", "傳送裝置：{device}"),
    "digest_device_through": (
        "Sent by: {device} through the connector '{connector}'",
        "发送设备：{device}，通过连接器“{connector}”",
        "傳送裝置：{device}，透過連接器「{connector}」",
    ),
    "digest_trace": (
        "Noted on {time}; trace id {queue_id}",
        "记录时间：{time}；跟踪 ID {queue_id}",
        "記錄時間：{time}；追蹤識別碼 {queue_id}",
    ),
    "digest_more": (
        "There are {count} more; the message trace has them all.",
        "另有 {count} 条；邮件跟踪中有全部记录。",
        "另有 {count} 筆；郵件追蹤中有全部記錄。",
    ),
}


def words(name: str, language: Language, **places: str) -> str:
    """One text with its places filled. What is foreign in them must be clean."""
    return WORDS[name][COLUMN[language]].format(**places)


def moment(when: datetime, language: Language) -> str:
    """A time as the reader of a mail knows it."""
    return format_datetime(when) if language is Language.ENGLISH else f"{when:%Y-%m-%d %H:%M:%S} {when.tzname()}"
