"""Verdicts, their evidence, roles and titles in words: English, 简体中文, 繁體中文."""

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str, str]]] = {
    # --- verdicts
    "through_connector": (
        "The message went through {relay} and its connector {connector} (queue id {queue_id}).",
        "邮件经过 {relay}，匹配其连接器 {connector}（队列 ID {queue_id}）。",
        "郵件經過 {relay}，符合其連接器 {connector}（佇列 ID {queue_id}）。",
    ),
    "through_no_connector": (
        "The message went through {relay}, where no connector stood for its client (queue id {queue_id}).",
        "邮件经过 {relay}，但没有连接器匹配其客户端（队列 ID {queue_id}）。",
        "郵件經過 {relay}，但沒有連接器符合其用戶端（佇列 ID {queue_id}）。",
    ),
    "through_unsigned": (
        "The message went through {relay}; which connector it matched there is no longer in the header.",
        "邮件经过 {relay}；标头中已没有它匹配的连接器。",
        "郵件經過 {relay}；標頭中已沒有它符合的連接器。",
    ),
    "through_exchange": (
        "Exchange Online took the message from {client} through an OnPremises connector of tenant {tenant}, at {door}.",
        "Exchange Online 在 {door} 通过租户 {tenant} 的 OnPremises 连接器接收了来自 {client} 的邮件。",
        "Exchange Online 在 {door} 透過租用戶 {tenant} 的 OnPremises 連接器接收了來自 {client} 的郵件。",
    ),
    "through_exchange_from_relay": (
        "The message went through your relay {client}, and Exchange Online took it through an OnPremises connector of "
        "tenant {tenant}, at {door}.",
        "邮件经过您的中继 {client}，Exchange Online 在 {door} 通过租户 {tenant} 的 OnPremises 连接器接收。",
        "郵件經過您的轉送伺服器 {client}，Exchange Online 在 {door} 透過租用戶 {tenant} 的 OnPremises 連接器接收。",
    ),
    "exchange_mailbox": (
        "The message was sent from a mailbox in Exchange Online, not through a relay.",
        "邮件由 Exchange Online 邮箱发出，未经过中继。",
        "郵件由 Exchange Online 信箱寄出，未經過轉送伺服器。",
    ),
    "exchange_internet": (
        "Exchange Online took the message as Internet mail: it matched no OnPremises connector.",
        "Exchange Online 将此邮件作为互联网邮件接收：未匹配任何 OnPremises 连接器。",
        "Exchange Online 將此郵件作為網際網路郵件接收：未符合任何 OnPremises 連接器。",
    ),
    "relay_not_believed": (
        "Hop {hop} names your relay {relay}, but the hop above it saw another host: do not believe it.",
        "第 {hop} 跳声称来自您的中继 {relay}，但上一跳看到的是另一台主机：不可信。",
        "第 {hop} 躍點聲稱來自您的轉送伺服器 {relay}，但上一躍點看到的是另一台主機：不可信。",
    ),
    "not_through": (
        "No hop shows that the message went through one of your relays.",
        "没有任何一跳表明邮件经过您的中继。",
        "沒有任何躍點顯示郵件經過您的轉送伺服器。",
    ),
    "not_known": (
        "Nothing in the header shows a Gatepost or a connector.",
        "标头中没有 Gatepost 或连接器的痕迹。",
        "標頭中沒有 Gatepost 或連接器的痕跡。",
    ),
    "no_hops": (
        "There is no Received line, so nothing can be said of the message's way.",
        "没有 Received 行，无法判断邮件的路径。",
        "沒有 Received 行，無法判斷郵件的路徑。",
    ),
    "uncertain": (
        "No line that can be believed confirms it.",
        "没有可信的行能够证实这一点。",
        "沒有可信的行能夠證實這一點。",
    ),
    # --- evidence
    "evidence.mark": (
        "Trace header of {relay}, queue id {queue_id}.",
        "{relay} 的跟踪标头，队列 ID {queue_id}。",
        "{relay} 的追蹤標頭，佇列 ID {queue_id}。",
    ),
    "evidence.received": (
        "Hop {hop}: {host} took the message (id {id}).",
        "第 {hop} 跳：{host} 接收了邮件（ID {id}）。",
        "第 {hop} 躍點：{host} 接收了郵件（ID {id}）。",
    ),
    "evidence.tls": ("Hop {hop} came over TLS.", "第 {hop} 跳使用 TLS。", "第 {hop} 躍點使用 TLS。"),
    "evidence.clear": ("Hop {hop} came in the clear.", "第 {hop} 跳为明文。", "第 {hop} 躍點為明文。"),
    "evidence.entity": (
        "X-MS-Exchange-CrossTenant-FromEntityHeader is {value}.",
        "X-MS-Exchange-CrossTenant-FromEntityHeader 为 {value}。",
        "X-MS-Exchange-CrossTenant-FromEntityHeader 為 {value}。",
    ),
    "evidence.direction": (
        "The filter's direction is {value}.",
        "筛选方向为 {value}。",
        "篩選方向為 {value}。",
    ),
    "evidence.attributed": (
        "X-EOPAttributedMessage is {value}.",
        "X-EOPAttributedMessage 为 {value}。",
        "X-EOPAttributedMessage 為 {value}。",
    ),
    "evidence.client": (
        "Exchange Online saw the client {address}, which greeted as {hello}.",
        "Exchange Online 看到的客户端为 {address}，问候名称为 {hello}。",
        "Exchange Online 看到的用戶端為 {address}，問候名稱為 {hello}。",
    ),
    "evidence.own_tenant": (
        "Tenant {tenant} is yours.",
        "租户 {tenant} 属于您。",
        "租用戶 {tenant} 屬於您。",
    ),
    # --- roles
    "role.device": ("device", "设备", "裝置"),
    "role.sender": ("sending host", "发送主机", "傳送主機"),
    "role.mailbox": ("mailbox", "邮箱", "信箱"),
    "role.program": ("program on the server", "服务器上的程序", "伺服器上的程式"),
    "role.local_relay": ("your local relay", "您的本地中继", "您的本機轉送伺服器"),
    "role.connector_relay": ("your connector's relay", "您的连接器中继", "您的連接器轉送伺服器"),
    "role.front_door": ("EOP front door", "EOP 入口", "EOP 入口"),
    "role.hub": ("Exchange Online hub", "Exchange Online 中枢", "Exchange Online 中樞"),
    "role.outbound_pool": ("outbound pool", "出站池", "輸出集區"),
    "role.relay": ("relay", "中继", "轉送伺服器"),
    "role.filter": ("content filter", "内容筛选", "內容篩選"),
    "role.recipient_mx": ("recipient's MX", "收件人的 MX", "收件者的 MX"),
    "role.inner": ("recipient's inner server", "收件方内部服务器", "收件方內部伺服器"),
    # --- the table
    "title.hop": ("HOP", "跳", "躍點"),
    "title.from": ("FROM", "来自", "來自"),
    "title.by": ("BY", "接收", "接收"),
    "title.role": ("ROLE", "角色", "角色"),
    "title.time": ("TIME (UTC)", "时间 (UTC)", "時間 (UTC)"),
    "title.delay": ("DELAY", "延迟", "延遲"),
    "title.tls": ("TLS", "TLS", "TLS"),
    "title.connector": ("CONNECTOR", "连接器", "連接器"),
    "title.total": ("Total", "合计", "合計"),
    "title.evidence": ("Evidence", "依据", "依據"),
    "title.findings": ("Findings", "发现", "發現"),
    "title.forefront": ("Forefront antispam report", "Forefront 反垃圾邮件报告", "Forefront 反垃圾郵件報告"),
    "title.microsoft": ("Microsoft antispam", "Microsoft 反垃圾邮件", "Microsoft 反垃圾郵件"),
    "title.forefront_untrusted": (
        "Forefront report of another organization",
        "其他组织的 Forefront 报告",
        "其他組織的 Forefront 報告",
    ),
    "title.microsoft_untrusted": (
        "Microsoft antispam of another organization",
        "其他组织的 Microsoft 反垃圾邮件",
        "其他組織的 Microsoft 反垃圾郵件",
    ),
    "title.mailbox_delivery": ("Delivery into the mailbox", "投递到邮箱", "傳遞到信箱"),
    "title.exchange": ("Exchange transport", "Exchange 传输", "Exchange 傳輸"),
    "title.authentication": ("Who vouches for it", "身份验证", "驗證"),
    "clear": ("clear", "明文", "明文"),
    "trust.claimed": ("claimed", "声称", "聲稱"),
    "trust.suspect": ("suspect", "可疑", "可疑"),
}
