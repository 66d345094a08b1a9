"""Generator and sink: what pushes mail into a relay and counts what comes out."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from relays import TOOLS, CannotRunError, Relay, free_port, wait_for_port

SESSIONS = 20
OCTETS = 4096
HERE = Path(__file__).resolve().parent
COUNT = re.compile(rb"mesg=(\d+)")


class Sink:
    """Postfix's smtp-sink, writing its counters into a file that is looked at from time to time."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.counters = folder / f"sink-{self.port}.count"

    def __enter__(self) -> Self:
        # -c: counters after every message; -u is needed only when root starts it
        with self.counters.open("wb") as out:
            self.process = subprocess.Popen(
                [str(TOOLS / "bin" / "smtp-sink"), "-c", "-u", "nobody", f"127.0.0.1:{self.port}", "1000"],
                stdout=out, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        wait_for_port(self.port, self.process)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def count(self) -> int:
        """Messages received so far."""
        with self.counters.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 200))
            seen = COUNT.findall(file.read())
        return int(seen[-1]) if seen else 0

    def wait(self, messages: int, patience: float = 30.0) -> None:
        """Return when this many have arrived; a sentence when none has for `patience` seconds."""
        seen, limit = self.count(), time.monotonic() + patience
        while seen < messages:
            if time.monotonic() > limit:
                raise CannotRunError(f"after {seen} of {messages} messages nothing more arrived")
            time.sleep(0.005)
            if (now := self.count()) > seen:
                seen, limit = now, time.monotonic() + patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent: how many messages, with what program."""

    messages: int
    reuse: bool = False
    tls: bool = False
    octets: int = OCTETS
    sessions: int = SESSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured run, all of it end to end: from the generator's start to the last arrival at the sink."""

    messages: int
    seconds: float
    accepted_seconds: float  # until the generator had its last 250
    cpu_ms: float  # of the relay, a message
    generator_cpu_ms: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds


def start_generator(load: Load, relay: Relay) -> "subprocess.Popen[bytes]":
    """Begin to send; the process ends when all is accepted."""
    scene = relay.scene
    if load.tls:
        client = scene.identities.client
        words = [
            sys.executable, str(HERE / "tls_source.py"), "--port", str(scene.port),
            "--sessions", str(load.sessions), "--messages", str(load.messages), "--octets", str(load.octets),
            "--certificate", str(client.certificate), "--key", str(client.key),
            "--authority", str(scene.identities.authority),
        ]  # fmt: skip
    else:
        words = [
            str(TOOLS / "bin" / "smtp-source"), "-s", str(min(load.sessions, load.messages)),
            "-m", str(load.messages), "-l", str(load.octets),
            "-f", "scanner@contoso.test", "-t", "desk@fabrikam.test",
            *(["-d"] if load.reuse else []), f"127.0.0.1:{scene.port}",
        ]  # fmt: skip
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish_generator(generator: "subprocess.Popen[bytes]") -> None:
    """Wait for its end; what it complained about becomes a sentence."""
    _, complaint = generator.communicate(timeout=600)
    if generator.returncode:
        raise CannotRunError(f"the generator failed: {complaint.decode(errors='replace').strip()[-300:]}")


def children_cpu() -> float:
    """Processor seconds of this program's own children that have ended."""
    import resource  # here, since only this function needs it and only Unix has it

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def measure(relay: Relay, sink: Sink, load: Load) -> Figure:
    """Send the load through a running relay and wait for the last message at the sink."""
    before, arrived, spent = relay.usage(), sink.count(), children_cpu()
    began = time.monotonic()
    generator = start_generator(load, relay)
    finish_generator(generator)
    accepted = time.monotonic() - began
    generator_cpu = children_cpu() - spent
    sink.wait(arrived + load.messages)
    seconds = time.monotonic() - began
    time.sleep(0.5)  # the relay still removes its last files; that is its work too
    cpu = relay.usage().cpu - before.cpu
    return Figure(
        messages=load.messages, seconds=seconds, accepted_seconds=accepted,
        cpu_ms=1000 * cpu / load.messages, generator_cpu_ms=1000 * generator_cpu / load.messages,
    )  # fmt: skip
