"""The row about the admin centre: the speed of the relay while people look at it.

Two pages stay open and ask for themselves again at each event, at most once a second, as a browser does: the front page
with its chart of the traffic, and a list of the message trace. Somebody else searches the trace, once a second. They
share the machine's cores with everything else.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from socket import SHUT_RDWR
from statistics import median
from threading import Event, Thread
from typing import Self
from urllib.parse import urlencode

from endurance import missed
from identities import Identities
from load import Figure, Load, Sink, measure
from relays import CannotRunError, Gatepost, Scene, free_port
from report import Result, Row
from throughput import Say, middle

NAME, PASSWORD = "onlooker", "a few words in a row"
CHART, LIST = "/", "/trace?" + urlencode({"sender": "scanner@contoso.test"})
SEARCH = "/trace?" + urlencode({"recipient": "desk@fabrikam.test", "status": "delivered", "since": "1h"})
PATIENCE = 30.0  # seconds, for one answer


class Onlookers:
    """People signed in at the admin centre of a running relay, while the block lasts."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookie = ""
        self._over = Event()
        self._streams: list[HTTPConnection] = []
        self._threads: list[Thread] = []
        self.answered: list[float] = []  # seconds that each page took
        self.troubles: list[str] = []

    def __enter__(self) -> Self:
        self._cookie = self._sign_in()
        for look, page in ((self._watch, CHART), (self._watch, LIST), (self._search, SEARCH)):
            thread = Thread(target=self._until_over, args=(look, page))
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for stream in self._streams:
            with suppress(OSError):
                if stream.sock is not None:
                    stream.sock.shutdown(SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        if self.troubles:
            raise CannotRunError("; ".join(self.troubles))

    def _until_over(self, look: Callable[[str], None], page: str) -> None:
        try:
            look(page)
        except (OSError, HTTPException, CannotRunError) as reason:
            if not self._over.is_set():
                self.troubles.append(f"{page}: {reason}")

    def _watch(self, page: str) -> None:
        """A page that is live: it is asked for again when the stream of events says so."""
        stream, pages = self._connection(), self._connection()
        self._streams.append(stream)
        self._get(pages, page)
        events = self._ask(stream, "/live")
        while not self._over.is_set() and (line := events.readline()):
            if line.startswith(b"data:"):
                self._get(pages, page)

    def _search(self, page: str) -> None:
        pages = self._connection()
        while not self._over.wait(1.0):
            self._get(pages, page)

    def _connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)

    def _get(self, connection: HTTPConnection, page: str) -> None:
        began = time.monotonic()
        self._ask(connection, page).read()
        self.answered.append(time.monotonic() - began)

    def _ask(self, connection: HTTPConnection, address: str) -> HTTPResponse:
        connection.request("GET", address, headers={"Cookie": self._cookie, "HX-Request": "true"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise CannotRunError(f"{address} was answered with {answer.status}")
        return answer

    def _sign_in(self) -> str:
        connection = self._connection()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self._port}",
        }
        form = urlencode({"name": NAME, "password": PASSWORD})
        connection.request("POST", "/sign-in", form, headers)
        answer = connection.getresponse()
        cookie = answer.getheader("Set-Cookie", "").partition(";")[0]
        connection.close()
        if answer.status != 303 or not cookie:
            raise CannotRunError(f"nobody could sign in at the admin centre: {answer.status}")
        return cookie


def onlookers(folder: Path, identities: Identities, say: Say, *, rounds: int, messages: int = 8000) -> Result:
    """The speed with the admin centre open beside the speed without, taking turns; connections are reused."""
    what = "with the admin centre open: a search, a live list and the chart of the traffic"
    target = "≥ 90 % of the speed without"
    say(f"centre: {what} ({messages} messages, {rounds} rounds)")
    load = Load(messages=messages, reuse=True)
    alone: list[Figure] = []
    watched: list[Figure] = []
    answered: list[float] = []
    with Sink(folder / "centre") as sink:
        place = folder / "centre" / "gatepost"
        relay = Gatepost(Scene(folder=place, port=free_port(), sink=sink.port, identities=identities))
        try:
            relay.start()
            _let_in(relay)
            measure(relay, sink, Load(messages=300, reuse=True))
            for _ in range(rounds):
                alone.append(measure(relay, sink, load))
                with Onlookers(relay.admin) as people:
                    watched.append(measure(relay, sink, load))
                answered += people.answered
                say(
                    f"  alone {alone[-1].rate:6.0f}/s, {alone[-1].cpu_ms:.2f} ms of processor time a message; with "
                    f"{len(people.answered)} pages {watched[-1].rate:6.0f}/s, {watched[-1].cpu_ms:.2f} ms"
                )
        except (CannotRunError, OSError) as reason:
            return missed(say, what, target=target, reason=reason)
        finally:
            relay.stop()
    free, looked_at = middle(alone), middle(watched)
    kept = 100 * looked_at.rate / free.rate
    row = Row(
        what=what, postfix="–", gatepost=f"{looked_at.rate:.0f}/s, {kept:.0f} %", target=target, reached=kept >= 90,
    )  # fmt: skip
    note = (
        f"centre: {free.rate:.0f}/s and {free.cpu_ms:.2f} ms of processor time a message with nobody looking, "
        f"{looked_at.rate:.0f}/s and {looked_at.cpu_ms:.2f} ms, pages included, with somebody; under that load a page "
        f"took {1000 * median(answered):.0f} ms, {1000 * max(answered):.0f} ms at most ({len(answered)} pages)."
    )
    return Result(rows=(row,), notes=(note,))


def _let_in(relay: Gatepost) -> None:
    """Somebody who may sign in at the admin centre."""
    file = relay.scene.folder / "password"
    file.write_text(PASSWORD)
    relay.say("user", "add", NAME, "--password-file", str(file), "--role-groups", "Organization Management")
