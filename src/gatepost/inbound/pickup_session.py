"""A session without a socket: how the pickup folder speaks to the same machine and the same judgement as a device.

So every limit, refusal, fix-up, trace row and journal fact is the one that a client at 127.0.0.1 would meet; what is
decided for files cannot differ from what is decided for sessions.
"""

import asyncio
from ipaddress import IPv4Address
from typing import Any

from gatepost.connectors import Facts
from gatepost.mail import Reply
from gatepost.smtp import ServerSession, ServerTerms

from .facts import Caller
from .introduction import Later
from .reception import Reception
from .surroundings import Surroundings

HELLO = "pickup"
_CLIENT = IPv4Address("127.0.0.1")


class _Telling(Reception):
    """A reception that also remembers what would help, for the text beside a file that was refused."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.advice: list[str] = []

    def _refused(self, fact: str, reply: Reply, **why: Any) -> None:
        self.advice += [*why.get("reasons", ()), *(f"Remedy: {remedy}" for remedy in why.get("remedies", ()))]
        super()._refused(fact, reply, **why)


class PickupSession:
    """One conversation: `say` a command, or octets, and hear the reply. `close` it at the end, whatever happened."""

    def __init__(self, around: Surroundings) -> None:
        facts = Facts(client=_CLIENT, listener=HELLO)
        caller = Caller(facts=facts, text=str(_CLIENT), key=None, must_send_proxy=False, may_xclient=False)
        self._around = around
        self._finished: asyncio.Future[Reply]
        self._reception = _Telling(around, caller, lambda reply: self._finished.set_result(reply))
        self._machine = self._reception.machine = ServerSession(
            ServerTerms(
                hostname=around.hostname,
                client=str(_CLIENT),
                max_message_size=around.limits.max_message_size,
                max_recipients=around.limits.max_recipients,
            )
        )

    @property
    def advice(self) -> list[str]:
        """Reasons and remedies of all that was refused, as sentences."""
        return self._reception.advice

    async def open(self) -> str:
        """The greeting, or the last word to a client that is turned away; then EHLO."""
        if (refusal := self._reception.turned_away()) is not None:
            return str(refusal)
        greeting = await self._heard()
        return await self.say(f"EHLO {HELLO}\r\n".encode()) if greeting.startswith("2") else greeting

    async def say(self, octets: bytes) -> str:
        """The last line of the reply."""
        self._machine.receive(octets)
        return await self._heard()

    async def _heard(self) -> str:
        machine, reception = self._machine, self._reception
        while True:
            self._finished = self._around.loop.create_future()
            event = machine.next_event()
            if event is None:
                break
            answer = reception.answer(event)
            if isinstance(answer, Later):
                answer = await self._finished
            if answer is not None:
                machine.answer(answer)
        lines = machine.to_send().decode("utf-8", "replace").splitlines()
        return lines[-1] if lines else "421 4.0.0 Nothing was answered"

    def close(self) -> None:
        self._reception.ended()
