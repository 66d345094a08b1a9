"""What people are told of a cause: why, and what to do. English, 简体中文, 繁體中文.

The reader may be the sender, the owner of a device, or an administrator: what the first can do is said first, and what
only the last can do names him. A remedy goes on a sentence, so it begins small and has its full stop.
"""

from typing import Final

from .cause import Cause
from .language import COLUMN, Language

WHY: Final[dict[Cause, tuple[str, str, str]]] = {
    Cause.UNKNOWN_RECIPIENT: (
        "The address was not found at the receiving server.",
        "接收服务器上没有此地址。",
        "接收伺服器上沒有此位址。",
    ),
    Cause.UNKNOWN_DOMAIN: (
        "The domain behind the @ does not exist, or takes no mail.",
        "@ 后面的域名不存在，或者不接收邮件。",
        "@ 後面的網域不存在，或者不接收郵件。",
    ),
    Cause.MAILBOX_FULL: (
        "The recipient's mailbox has no room.",
        "收件人的邮箱已满。",
        "收件人的信箱已滿。",
    ),
    Cause.POLICY: (
        "The receiving server refused the message by its rules, such as those against spam.",
        "接收服务器根据其规则（例如反垃圾邮件规则）拒绝了此邮件。",
        "接收伺服器依其規則（例如反垃圾郵件規則）拒絕了此郵件。",
    ),
    Cause.SIGN_IN: (
        "This relay could not sign in at the next server.",
        "本中继无法登录下一台服务器。",
        "本轉送伺服器無法登入下一台伺服器。",
    ),
    Cause.TLS: (
        "No connection to the next server could be secured as it has to be (TLS).",
        "与下一台服务器的连接无法按要求加密 (TLS)。",
        "與下一台伺服器的連線無法依要求加密 (TLS)。",
    ),
    Cause.NETWORK: (
        "The next server could not be reached, or broke the connection off.",
        "无法连接到下一台服务器，或者连接被其中断。",
        "無法連線到下一台伺服器，或者連線被其中斷。",
    ),
    Cause.SIZE: (
        "The message is larger than the receiving server takes.",
        "邮件超过了接收服务器允许的大小。",
        "郵件超過了接收伺服器允許的大小。",
    ),
    Cause.RATE_LIMIT: (
        "The next server takes no more mail from this relay for now.",
        "下一台服务器暂时不再接收本中继的邮件。",
        "下一台伺服器暫時不再接收本轉送伺服器的郵件。",
    ),
    Cause.RELAY_DENIED: (
        "The next server does not carry mail on for this relay.",
        "下一台服务器不为本中继转发邮件。",
        "下一台伺服器不為本轉送伺服器轉送郵件。",
    ),
    Cause.FORMAT: (
        "The next server cannot take a message of this form.",
        "下一台服务器无法接收这种形式的邮件。",
        "下一台伺服器無法接收這種形式的郵件。",
    ),
    Cause.LOOP: (
        "Mail for this address runs in a circle.",
        "发往此地址的邮件在循环转发。",
        "寄往此位址的郵件在循環轉送。",
    ),
    Cause.EXPIRED: (
        "The message could not be delivered for so long that it was given up.",
        "邮件长时间无法送达，已放弃投递。",
        "郵件長時間無法送達，已放棄傳遞。",
    ),
    Cause.RETURNED: (
        "The administrator of this relay sent it back.",
        "本中继的管理员退回了邮件。",
        "本轉送伺服器的系統管理員退回了郵件。",
    ),
    Cause.LOCAL: (
        "This relay itself could not do its part.",
        "本中继自身无法完成处理。",
        "本轉送伺服器自身無法完成處理。",
    ),
    Cause.OTHER: (
        "The receiving server did not say why in a way that is known.",
        "接收服务器没有说明可以识别的原因。",
        "接收伺服器沒有說明可以辨識的原因。",
    ),
}

REMEDY: Final[dict[Cause, tuple[str, str, str]]] = {
    Cause.UNKNOWN_RECIPIENT: (
        "check the address for typing errors, and ask the recipient for the right one.",
        "检查地址是否输入有误，并向收件人确认正确的地址。",
        "檢查位址是否輸入有誤，並向收件人確認正確的位址。",
    ),
    Cause.UNKNOWN_DOMAIN: (
        "check the part of the address behind the @ for typing errors; if it is right, reach the recipient in another "
        "way.",
        "检查地址中 @ 后面的部分是否输入有误；如果无误，请以其他方式联系收件人。",
        "檢查位址中 @ 後面的部分是否輸入有誤；如果無誤，請以其他方式聯絡收件人。",
    ),
    Cause.MAILBOX_FULL: (
        "ask the recipient to make room in the mailbox, then send the message again.",
        "请收件人清理邮箱，然后重新发送邮件。",
        "請收件人清理信箱，然後重新傳送郵件。",
    ),
    Cause.POLICY: (
        "show this report to your administrator, who can look at SPF, DKIM and the relay's reputation, and talk to the "
        "recipient's.",
        "将此报告交给您的管理员；管理员可以检查 SPF、DKIM 和中继的信誉，并与对方管理员联系。",
        "將此報告交給您的系統管理員；系統管理員可以檢查 SPF、DKIM 和轉送伺服器的信譽，並與對方系統管理員聯絡。",
    ),
    Cause.SIGN_IN: (
        "your administrator has to look at the credentials of the outbound connector.",
        "管理员需要检查出站连接器的凭据。",
        "系統管理員需要檢查輸出連接器的認證。",
    ),
    Cause.TLS: (
        "your administrator has to look at certificates and TLS settings, here and at the next server.",
        "管理员需要检查本端和下一台服务器的证书与 TLS 设置。",
        "系統管理員需要檢查本端和下一台伺服器的憑證與 TLS 設定。",
    ),
    Cause.NETWORK: (
        "your administrator should check DNS, firewall and the next server, if it lasts.",
        "如果持续如此，管理员应检查 DNS、防火墙和下一台服务器。",
        "如果持續如此，系統管理員應檢查 DNS、防火牆和下一台伺服器。",
    ),
    Cause.SIZE: (
        "send a smaller message, or share the attachments in another way.",
        "发送较小的邮件，或者以其他方式共享附件。",
        "傳送較小的郵件，或者以其他方式共用附件。",
    ),
    Cause.RATE_LIMIT: (
        "send again later; your administrator can set limits on the outbound connector that fit those of the server.",
        "请稍后重新发送；管理员可以在出站连接器上设置与该服务器相符的限制。",
        "請稍後重新傳送；系統管理員可以在輸出連接器上設定與該伺服器相符的限制。",
    ),
    Cause.RELAY_DENIED: (
        "your administrator has to make this relay known at the next server: its address or certificate, and the "
        "sender's domain.",
        "管理员需要在下一台服务器上登记本中继：其 IP 地址或证书，以及发件人的域名。",
        "系統管理員需要在下一台伺服器上登記本轉送伺服器：其 IP 位址或憑證，以及寄件者的網域。",
    ),
    Cause.FORMAT: (
        "use addresses in plain letters and an ordinary message; your administrator can see more in the trace.",
        "请使用普通字母的地址和普通格式的邮件；管理员可以在邮件跟踪中查看详情。",
        "請使用一般字母的位址和一般格式的郵件；系統管理員可以在郵件追蹤中查看詳情。",
    ),
    Cause.LOOP: (
        "show this report to your administrator: two servers, or a rule of forwarding, send it to each other.",
        "将此报告交给您的管理员：两台服务器或某条转发规则在互相转发邮件。",
        "將此報告交給您的系統管理員：兩台伺服器或某條轉寄規則在互相轉送郵件。",
    ),
    Cause.EXPIRED: (
        "send the message again later; your administrator can see in the trace what every attempt met with.",
        "请稍后重新发送邮件；管理员可以在邮件跟踪中查看每次尝试的结果。",
        "請稍後重新傳送郵件；系統管理員可以在郵件追蹤中查看每次嘗試的結果。",
    ),
    Cause.RETURNED: (
        "ask your administrator why.",
        "请向管理员询问原因。",
        "請向系統管理員詢問原因。",
    ),
    Cause.LOCAL: (
        "your administrator has to look at this relay: gatepost check names what is missing.",
        "管理员需要检查本中继：gatepost check 会指出缺少什么。",
        "系統管理員需要檢查本轉送伺服器：gatepost check 會指出缺少什麼。",
    ),
    Cause.OTHER: (
        "show this report to your administrator.",
        "将此报告交给您的管理员。",
        "將此報告交給您的系統管理員。",
    ),
}


def why(cause: Cause, language: Language = Language.ENGLISH) -> str:
    """The cause as a sentence."""
    return WHY[cause][COLUMN[language]]


def remedy(cause: Cause, language: Language = Language.ENGLISH) -> str:
    """What to do about it, as the end of a sentence."""
    return REMEDY[cause][COLUMN[language]]
