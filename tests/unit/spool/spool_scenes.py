"""Messages, couriers and fates for the tests of the spool."""

from gatepost.mail import Address, Deferred, Delivered, Envelope, Failed, Recipient, Reply
from gatepost.spool import Arrival, Claim, Content, MemorySpool, Refusal, Settled, Settlement, Spool

AnySpool = Spool | MemorySpool

NOON = 1_790_000_000.0
THERE, ELSEWHERE = "mx:there.example", "connector:Upstream"
ACCEPTED = Delivered("relay.example", Reply(250, "0.0", "Queued"))
LATER = Deferred("relay.example", "The host is busy.", Reply(451, "3.0", "Busy"))
NEVER = Failed("relay.example", "No such mailbox.", Reply(550, "1.1", "No such user"))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Porter:
    """A courier that takes what is for the destinations it was told."""

    def __init__(self, *destinations: str) -> None:
        self.destinations = destinations
        self.claims: list[Claim] = []

    def takes(self, destination: str) -> bool:
        return destination in self.destinations

    def take(self, claim: Claim) -> None:
        self.claims.append(claim)


def arrival(
    spool: AnySpool,
    *recipients: str,
    destinations: tuple[str, ...] = (),
    sender: str | None = "a@here.example",
    body: bytes = b"Subject: hi\r\n\r\nhello\r\n",
    at: float = NOON,
    subject: str = "hi",
    message_id: str = "<1@here.example>",
    organization: str | None = "contoso",
) -> Arrival:
    names = recipients or ("b@there.example",)
    return Arrival(
        id=spool.new_id(),
        envelope=Envelope(
            sender=None if sender is None else Address(*sender.split("@")),
            recipients=tuple(Recipient(address=Address(*name.split("@"))) for name in names),
        ),
        content=Content(octets=len(body), inline=body),
        destinations=destinations or (THERE,) * len(names),
        received_at=at,
        client="192.0.2.1",
        organization=organization,
        connector="printers",
        subject=subject,
        message_id=message_id,
        story={"why": "matches 192.0.2.0/24"},
    )


def settlement(claim: Claim, *fates: Settled, at: float = NOON + 1, reports: tuple[Arrival, ...] = ()) -> Settlement:
    return Settlement(claim=claim, at=at, results=fates, story={"host": "relay.example"}, reports=reports)


def delivered(claim: Claim) -> Settlement:
    return settlement(claim, *(Settled(row=one.row, outcome=ACCEPTED) for one in claim.waiting))


def deferred(claim: Claim, due: float) -> Settlement:
    return settlement(claim, *(Settled(row=one.row, outcome=LATER, due=due) for one in claim.waiting))


def refusal(
    spool: AnySpool,
    recipient: str = "b@there.example",
    *,
    client: str = "198.51.100.7",
    sender: str = "x@stranger.example",
    organization: str | None = None,
    connector: str | None = None,
    at: float = NOON,
) -> Refusal:
    return Refusal(
        id=spool.new_id(),
        at=at,
        client=client,
        reply="550 5.7.64 TenantAttribution; Relay Access Denied",
        hello="printer.example",
        sender=sender,
        recipient=recipient,
        organization=organization,
        connector=connector,
        tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
        story={"what": "recipient_refused", "reasons": ["No connector lists 198.51.100.7."], "remedies": ["List it."]},
    )
