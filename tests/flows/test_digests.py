"""Owners of devices are told although the sender is nobody; a relay that is killed neither forgets nor repeats."""

import asyncio
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from house import PATIENCE, Client
from process import TOML, gatepost, serving
from sink import Delivery, Sink
from sink import running as sinking

pytestmark = pytest.mark.flow

OWNER = "facilities@contoso.com"


def refusing(line: str) -> str:
    return "550 5.1.1 no such user" if "gone@" in line else "250 2.1.5 ok"


@contextmanager
def sink_in_a_thread() -> Iterator[tuple[Sink, asyncio.AbstractEventLoop]]:
    """A sink that outlives the relay."""
    loop, sink, stop = asyncio.new_event_loop(), Sink(rcpt=refusing), asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        async with sinking(sink):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield sink, loop
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        loop.close()


def mail(sink: Sink, loop: asyncio.AbstractEventLoop, count: int) -> list[Delivery]:
    asyncio.run_coroutine_threadsafe(sink.wait_for(count), loop).result(PATIENCE)
    return sink.deliveries


def text_of(digest: Delivery) -> str:
    message = message_from_bytes(digest.content, policy=policy.default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert digest.mail.startswith("MAIL FROM:<>")
    return str(message.get_content())


def test_an_owner_is_told_at_once_then_rarely_and_over_a_crash_neither_twice_nor_never(tmp_path: Path) -> None:
    with sink_in_a_thread() as (sink, loop):
        with serving(tmp_path) as relay:
            for words in (
                "domain add contoso.com --domain-type InternalRelay",
                "organization set Default --notification-language zh-Hans",
                f"connector add --name Printers --connector-type OnPremises --sender-domains * --owner {OWNER} "
                "--sender-ip-addresses 127.0.0.1",
                "connector add --outbound --name Sink --recipient-domains * --use-mx-record false "
                f"--smart-hosts 127.0.0.1:{sink.port}",
            ):
                told = gatepost(tmp_path, *words.split())
                assert told.returncode == 0, told.stdout + told.stderr
            with Client(relay.port) as printer:
                printer.say("EHLO printer")
                printer.say("MAIL FROM:<nobody@contoso.com>")
                assert printer.say("RCPT TO:<gone@fabrikam.com> NOTIFY=NEVER").startswith("250 ")
                first = printer.message(b"Subject: Scan 4\r\n\r\nHello\r\n").split()[2]
            (digest,) = mail(sink, loop, 1)
            assert f"<{OWNER}>" in digest.rcpt[0]
            text = text_of(digest)
            assert "原因：接收服务器上没有此地址。" in text  # the organization's language, then English
            for told_of in ("gone@fabrikam.com", "Scan 4", "127.0.0.1", "'Printers'", "check the address", first):
                assert told_of in text
            assert "unknown-recipient" in gatepost(tmp_path, "trace", "show", first).stdout
            with Client(relay.port) as printer:  # within the hour: kept for the next digest
                printer.say("EHLO printer")
                printer.deliver(b"Subject: Scan 5\r\n\r\nHello\r\n", "gone@fabrikam.com", sender="nobody@contoso.com")
            report = mail(sink, loop, 2)[1]
            assert b"multipart/report" in report.content  # the sender's own report stays
            for _ in range(2):  # digest and report: what has left, and is not settled, may be sent again after a crash
                relay.wait_for("delivered")
            relay.signal(signal.SIGKILL)
            relay.wait()
        waiting = _notices(tmp_path)
        assert waiting == [(OWNER, "failed")]
        _an_hour_passes(tmp_path)
        _many_more(tmp_path, 10_050)
        with serving(tmp_path, TOML + "[delivery]\ndigest_minutes = 1\n") as relay:
            second = mail(sink, loop, 3)[2]
            assert "Scan 5" in text_of(second)
            assert "There are 9951 more" in " ".join(text_of(second).split())
            assert "Scan 4" not in text_of(second)
            relay.signal(signal.SIGTERM)
            relay.wait()
        assert _notices(tmp_path) == []
        assert len(sink.deliveries) == 3


def _notices(folder: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(folder / "data" / "queue.db") as database:
        return database.execute("SELECT owner, kind FROM notice").fetchall()


def _many_more(folder: Path, count: int) -> None:
    """Notices of a device that writes to a wrong address all night; the first is there."""
    with sqlite3.connect(folder / "data" / "queue.db") as database:
        owner, organization, detail = database.execute("SELECT owner, organization, detail FROM notice").fetchone()
        rows = ((1 << 40 | it, "delayed", owner, organization, 0.0, detail) for it in range(count))
        database.executemany(
            "INSERT INTO notice (recipient, kind, owner, organization, at, detail) VALUES (?, ?, ?, ?, ?, ?)", rows
        )


def _an_hour_passes(folder: Path) -> None:
    """While nobody has the file open."""
    with sqlite3.connect(folder / "data" / "queue.db") as database:
        database.execute("UPDATE digest SET told_at = told_at - 3600")
