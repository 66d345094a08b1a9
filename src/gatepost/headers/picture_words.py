"""The words of the picture and of the page: English, 简体中文, 繁體中文."""

from typing import Final

PICTURE_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    # --- the picture
    "picture.title": ("The way of the message", "邮件的路径", "郵件的路徑"),
    "picture.oldest_first": ("Hops, oldest first.", "各跳，从最早开始。", "各躍點，從最早開始。"),
    "picture.connector": ("Connector: {connector}", "连接器：{connector}", "連接器：{connector}"),
    "picture.in_clear": ("in clear", "明文", "明文"),
    "picture.tls": ("TLS", "TLS", "TLS"),
    "picture.outdated": ("outdated", "已过时", "已過時"),
    "picture.clocks": ("clocks differ", "时钟不一致", "時鐘不一致"),
    "picture.no_time": ("no time", "无时间", "無時間"),
    "picture.nameless": ("(no name)", "（无名称）", "（無名稱）"),
    "picture.not_drawn": (
        "{count} hops are not drawn",
        "省略 {count} 跳",
        "省略 {count} 個躍點",
    ),
    "picture.no_hops": ("No Received line", "没有 Received 行", "沒有 Received 行"),
    "picture.key.tls": ("over TLS", "使用 TLS", "使用 TLS"),
    "picture.key.delay": ("part of all waiting", "占总等待时间的比例", "佔總等待時間的比例"),
    "trust.trusted": ("trusted", "可信", "可信"),
    # --- the page
    "page.title": ("The headers of a message", "邮件标头", "郵件標頭"),
    "page.nothing": ("There is no message to tell of.", "没有可显示的邮件。", "沒有可顯示的郵件。"),
    "page.summary": ("The message", "邮件", "郵件"),
    "page.hops": ("Hops", "各跳", "各躍點"),
    "page.trust": ("TRUST", "可信度", "可信度"),
    "page.field": ("Field", "字段", "欄位"),
    "page.value": ("Value", "值", "值"),
    "page.meaning": ("Meaning", "含义", "意義"),
    "page.method": ("Method", "方法", "方法"),
    "page.result": ("Result", "结果", "結果"),
    "page.other": ("Other fields", "其他字段", "其他欄位"),
    "page.more": ("{count} more are not shown.", "还有 {count} 项未显示。", "還有 {count} 項未顯示。"),
    "severity.error": ("Error", "错误", "錯誤"),
    "severity.warning": ("Warning", "警告", "警告"),
    "severity.note": ("Note", "提示", "提示"),
    # --- the trace of this server
    "trace.here": (
        "Trace of this server: {told}; gatepost trace show {id}",
        "此服务器的跟踪：{told}；gatepost trace show {id}",
        "此伺服器的追蹤：{told}；gatepost trace show {id}",
    ),
    "trace.nobody": ("no recipients", "没有收件人", "沒有收件者"),
    "state.waiting": ("waiting", "等待中", "等候中"),
    "state.sending": ("sending", "发送中", "傳送中"),
    "state.held": ("held", "已保留", "已保留"),
    "state.delivered": ("delivered", "已送达", "已送達"),
    "state.failed": ("failed", "失败", "失敗"),
    "state.refused": ("refused", "已拒绝", "已拒絕"),
}
