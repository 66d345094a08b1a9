"""Findings in words: English, 简体中文, 繁體中文. Each says what is odd, and where it helps, what to do."""

from typing import Final

FINDING_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    # --- the input
    "no_header": (
        "There is no header here. Remedy: give the message's source (in Outlook: File, Properties, Internet headers; "
        "elsewhere: Show original).",
        "这里没有标头。解决办法：提供邮件源码（Outlook：文件、属性、Internet 标头；其他程序：显示原始邮件）。",
        "這裡沒有標頭。解決辦法：提供郵件原始碼（Outlook：檔案、內容、網際網路標頭；其他程式：顯示原始郵件）。",
    ),
    "outlook_item": (
        "This is an Outlook item (.msg), not a message as it travelled. Remedy: copy its Internet headers (File, "
        "Properties), or save it as .eml.",
        "这是 Outlook 项目 (.msg)，不是传输中的邮件。解决办法：复制其 Internet 标头（文件、属性），或另存为 .eml。",
        "這是 Outlook 項目 (.msg)，不是傳輸中的郵件。解決辦法：複製其網際網路標頭（檔案、內容），或另存為 .eml。",
    ),
    "no_received": (
        "There is no Received line: the message has not travelled, or the copy lacks them.",
        "没有 Received 行：邮件未经传输，或副本中缺少这些行。",
        "沒有 Received 行：郵件未經傳輸，或副本中缺少這些行。",
    ),
    "several_messages": (
        "The file holds {count} messages; this is about one of them. Remedy: choose another with --message.",
        "文件包含 {count} 封邮件，此处仅分析其中一封。解决办法：用 --message 选择其他邮件。",
        "檔案包含 {count} 封郵件，此處僅分析其中一封。解決辦法：用 --message 選擇其他郵件。",
    ),
    "folding_lost": (
        "Continued lines had lost their white space; they were joined again.",
        "续行丢失了缩进，已重新拼接。",
        "續行遺失了縮排，已重新拼接。",
    ),
    "cut": (
        "The header is longer than 16 MiB; only its beginning was read.",
        "标头超过 16 MiB，仅读取了开头部分。",
        "標頭超過 16 MiB，僅讀取了開頭部分。",
    ),
    # --- hops
    "hops_repeated": (
        "{count} Received lines stood twice and were counted once.",
        "{count} 条 Received 行重复，只计一次。",
        "{count} 條 Received 行重複，只計一次。",
    ),
    "too_many_hops": (
        "There are {count} Received lines, more than any loop limit allows; only the newest {kept} were read.",
        "共有 {count} 条 Received 行，超出任何循环限制；仅读取最新的 {kept} 条。",
        "共有 {count} 條 Received 行，超出任何迴圈限制；僅讀取最新的 {kept} 條。",
    ),
    "order_reversed": (
        "The Received lines stood with the oldest on top; they were turned round.",
        "Received 行以最早的在上排列，已反转顺序。",
        "Received 行以最早的在上排列，已反轉順序。",
    ),
    "cycle": (
        "The message came to {host} again (hops {first} and {again}). Remedy: look for a loop between its routes.",
        "邮件再次到达 {host}（第 {first} 跳和第 {again} 跳）。解决办法：检查路由之间是否存在循环。",
        "郵件再次到達 {host}（第 {first} 和第 {again} 躍點）。解決辦法：檢查路由之間是否存在迴圈。",
    ),
    "suspect": (
        "Hop {hop} names {host}, but hop {below} saw another host: it was made up, or a server between wrote no line.",
        "第 {hop} 跳声称是 {host}，但第 {below} 跳看到的是另一台主机：该行系伪造，或中间有服务器未写入记录。",
        "第 {hop} 躍點聲稱是 {host}，但第 {below} 躍點看到的是另一台主機：該行係偽造，或中間有伺服器未寫入記錄。",
    ),
    "trust_ends": (
        "Only hop {hop} and later can be trusted; the lines below could have been written by anyone.",
        "只有第 {hop} 跳及之后的可信；更早的行可能由任何人写入。",
        "只有第 {hop} 躍點及之後的可信；更早的行可能由任何人寫入。",
    ),
    # --- times
    "no_time": (
        "Hop {hop} has no date that can be read.",
        "第 {hop} 跳没有可读的日期。",
        "第 {hop} 躍點沒有可讀的日期。",
    ),
    "and_more": ("{count} more of this kind.", "此类情况还有 {count} 处。", "此類情況還有 {count} 處。"),
    "zone_missing": (
        "{count} dates name no time zone; UTC was assumed.",
        "{count} 个日期未注明时区，按 UTC 处理。",
        "{count} 個日期未註明時區，按 UTC 處理。",
    ),
    "clock_unset": (
        "The clock of {host} is not set: it says {year}. Remedy: let it follow a time server.",
        "{host} 的时钟未设置：显示为 {year} 年。解决办法：与时间服务器同步。",
        "{host} 的時鐘未設定：顯示為 {year} 年。解決辦法：與時間伺服器同步。",
    ),
    "clock_ahead": (
        "The clock of {host} is {by} ahead of the clock of {other}.",
        "{host} 的时钟比 {other} 的时钟快 {by}。",
        "{host} 的時鐘比 {other} 的時鐘快 {by}。",
    ),
    "clock_behind": (
        "The clock of {host} is {by} behind the clock of {other}.",
        "{host} 的时钟比 {other} 的时钟慢 {by}。",
        "{host} 的時鐘比 {other} 的時鐘慢 {by}。",
    ),
    "gap_unlikely": (
        "Hop {hop} came {by} later: longer than any queue keeps mail. The clock of {other} or {host} is wrong, or the "
        "message was sent again.",
        "第 {hop} 跳晚了 {by}：超过任何队列的保留时间。{other} 或 {host} 的时钟有误，或邮件被重新发送。",
        "第 {hop} 躍點晚了 {by}：超過任何佇列的保留時間。{other} 或 {host} 的時鐘有誤，或郵件被重新傳送。",
    ),
    "slow_hop": (
        "The message waited {by} before hop {hop}. Remedy: look at the queue of {host}.",
        "邮件在第 {hop} 跳之前等待了 {by}。解决办法：查看 {host} 的队列。",
        "郵件在第 {hop} 躍點之前等待了 {by}。解決辦法：查看 {host} 的佇列。",
    ),
    "in_the_future": (
        "The clock of {host} is {by} ahead of this machine's.",
        "{host} 的时钟比本机快 {by}。",
        "{host} 的時鐘比本機快 {by}。",
    ),
    # --- TLS
    "in_clear": (
        "Hop {hop} went in the clear from {address} to {host}. Remedy: have the sending side use TLS.",
        "第 {hop} 跳从 {address} 到 {host} 以明文传输。解决办法：让发送方使用 TLS。",
        "第 {hop} 躍點從 {address} 到 {host} 以明文傳輸。解決辦法：讓傳送方使用 TLS。",
    ),
    "weak_tls": (
        "Hop {hop} used {version}, which is no longer safe. Remedy: update the older side to TLS 1.2 or later.",
        "第 {hop} 跳使用了已不安全的 {version}。解决办法：将较旧的一方升级到 TLS 1.2 或更高版本。",
        "第 {hop} 躍點使用了已不安全的 {version}。解決辦法：將較舊的一方升級到 TLS 1.2 或更高版本。",
    ),
    # --- Microsoft's filter
    "spam": (
        "The filter took the message for spam.",
        "筛选器将此邮件判定为垃圾邮件。",
        "篩選器將此郵件判定為垃圾郵件。",
    ),
    "spam_by_policy": (
        "An anti-spam policy blocks the sender. Remedy: look at the blocked senders of the policy.",
        "反垃圾邮件策略阻止了该发件人。解决办法：检查策略的阻止发件人列表。",
        "反垃圾郵件原則封鎖了該寄件者。解決辦法：檢查原則的封鎖寄件者清單。",
    ),
    "blocked_by_user": (
        "The recipient has blocked the sender.",
        "收件人已阻止该发件人。",
        "收件者已封鎖該寄件者。",
    ),
    "allowed_by_user": (
        "The sender is on the recipient's safe list; filtering was skipped.",
        "发件人在收件人的安全列表中，已跳过筛选。",
        "寄件者在收件者的安全清單中，已略過篩選。",
    ),
    "allowed_by_policy": (
        "An anti-spam policy allows the sender; filtering was skipped.",
        "反垃圾邮件策略允许该发件人，已跳过筛选。",
        "反垃圾郵件原則允許該寄件者，已略過篩選。",
    ),
    "inside_organization": (
        "The message stayed inside the organization; filtering was skipped.",
        "邮件在组织内部传递，已跳过筛选。",
        "郵件在組織內部傳遞，已略過篩選。",
    ),
    "released": ("The message was released from quarantine.", "邮件已从隔离区放行。", "郵件已從隔離區放行。"),
    "verdict_set_aside": ("The filter's verdict was set aside.", "筛选判定未被采用。", "篩選判定未被採用。"),
    "address_allowed": (
        "The connecting address is on the IP Allow List; filtering was skipped.",
        "连接地址在 IP 允许列表中，已跳过筛选。",
        "連線位址在 IP 允許清單中，已略過篩選。",
    ),
    "no_report": (
        "The header lacks X-Forefront-Antispam-Report, so the filter's verdict is not known.",
        "标头缺少 X-Forefront-Antispam-Report，无法得知筛选判定。",
        "標頭缺少 X-Forefront-Antispam-Report，無法得知篩選判定。",
    ),
    "bulk": (
        "The sender is a bulk sender with complaints (BCL {level}).",
        "发件人为有投诉的批量发件人（BCL {level}）。",
        "寄件者為有投訴的大量寄件者（BCL {level}）。",
    ),
    "to_inbox": ("It was delivered to the inbox.", "邮件已投递到收件箱。", "郵件已傳遞到收件匣。"),
    "to_junk": (
        "It was delivered to the junk mail folder.",
        "邮件已投递到垃圾邮件文件夹。",
        "郵件已傳遞到垃圾郵件資料夾。",
    ),
    "to_folder": (
        "It was delivered to a folder chosen by a rule.",
        "邮件已投递到规则指定的文件夹。",
        "郵件已傳遞到規則指定的資料夾。",
    ),
    # --- who vouches
    "spf_fail": (
        "SPF failed: the sender's domain does not list the address. Remedy: add the address to its SPF record.",
        "SPF 失败：发件人域名未列出该地址。解决办法：将该地址加入 SPF 记录。",
        "SPF 失敗：寄件者網域未列出該位址。解決辦法：將該位址加入 SPF 記錄。",
    ),
    "dkim_fail": (
        "A DKIM signature does not hold. Remedy: look for a server that changes messages after they are signed.",
        "DKIM 签名无效。解决办法：检查是否有服务器在签名后修改邮件。",
        "DKIM 簽章無效。解決辦法：檢查是否有伺服器在簽章後修改郵件。",
    ),
    "dmarc_fail": (
        "DMARC failed: neither SPF nor DKIM stands for the domain in From. Remedy: sign with DKIM of that domain.",
        "DMARC 失败：SPF 和 DKIM 均与 From 域名不一致。解决办法：用该域名的 DKIM 签名。",
        "DMARC 失敗：SPF 和 DKIM 均與 From 網域不一致。解決辦法：用該網域的 DKIM 簽章。",
    ),
}
