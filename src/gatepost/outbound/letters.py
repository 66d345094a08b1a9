"""Mail that this relay writes itself: reports to senders, digests, TLS reports. From nobody, and never reported on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatepost.mail import Address, BodyKind, Envelope, Language, Notify, Recipient, TlsWish
from gatepost.spool import Arrival, Content, Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """What letters depend on. All but the host name is asked anew for each: operators may have changed it.

    `destination` names the lane to a recipient, `expand` those whom an alias leads to; the others ask about an
    organization, or about None for mail that is nobody's. Nothing leaves one that is `in_sandbox`.
    """

    hostname: str
    destination: Callable[[Address, str | None], str]
    expand: Callable[[Address], tuple[Address, ...]] = lambda address: (address,)
    postmaster: Callable[[str | None], str | None] = lambda _: None
    language: Callable[[str | None], Language] = lambda _: Language.ENGLISH
    in_sandbox: Callable[[str | None], bool] = lambda _: False

    def writer(self, organization: str | None) -> str | None:
        """Whom the header says a letter is from, where an organization says so and a report can name him."""
        found = self.postmaster(organization)
        return found if found is not None and found.isascii() else None

    def arrival(
        self,
        octets: bytes,
        *,
        id: str,  # noqa: A002
        to: Sequence[Address],
        organization: str | None,
        at: float,
        subject: str,
        message_id: str,
        story: Mapping[str, Any],
        tls: TlsWish = TlsWish.USUAL,
    ) -> Arrival:
        """A letter as it goes into the spool; `at` is now, in seconds since 1970, and `subject` is for the trace."""
        readers = [reader for it in to for reader in self.expand(it)]
        return Arrival(
            id=id,
            envelope=Envelope(
                sender=None,
                recipients=tuple(Recipient(address=it, notify=(Notify.NEVER,)) for it in readers),
                body=BodyKind.SEVEN_BIT if octets.isascii() else BodyKind.EIGHT_BIT,
                smtputf8=not all(it.is_ascii for it in (*to, *readers)),
                tls=tls,
            ),
            content=Content(octets=len(octets), inline=octets),
            destinations=tuple(self.destination(it, organization) for it in readers),
            received_at=at,
            client="",
            organization=organization,
            subject=subject,
            message_id=message_id,
            story=dict(story),
            holds=(Hold(sandbox=True),) * len(readers) if self.in_sandbox(organization) else (),
        )
