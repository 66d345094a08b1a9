"""The rows about size: ten thousand idle connections, a large message, a million waiting for a dead host; and about
what is only computed: attribution, and the reading of headers.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import builds
from accounting import forget_peak, peak_resident
from identities import Identities
from load import Load, Sink, measure
from relays import ROOT, CannotRunError, Gatepost, Scene, free_port
from report import Result, Row
from throughput import Say

from gatepost.spool import Spool

MIB = 2**20


def missed(say: Say, what: str, *, target: str, reason: object) -> Result:
    """A row that could not be measured counts as missed, with the reason."""
    say(f"  not measured: {reason}")
    row = Row(what=what, postfix="–", gatepost="not measured", target=target, reached=False)
    return Result(rows=(row,), notes=(f"{what}: not measured, because {reason}",))


def _scene(folder: Path, sink: int, identities: Identities) -> Scene:
    return Scene(folder=folder / "gatepost", port=free_port(), sink=sink, identities=identities)


async def _greet(port: int) -> asyncio.StreamWriter:
    """One client that has said EHLO and now does nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"EHLO idle.bench.test\r\n")
    while not (await reader.readline()).startswith(b"250 "):
        pass
    return writer


async def _crowd(port: int, size: int, relay: Gatepost) -> tuple[int, float]:
    """Resident octets of the relay with this many idle sessions, and the milliseconds one more then takes."""
    idle: list[asyncio.StreamWriter] = []
    for start in range(0, size, 100):
        idle += await asyncio.gather(*(_greet(port) for _ in range(min(100, size - start))))
    resident = relay.usage().resident
    began = time.perf_counter()
    one_more = await asyncio.wait_for(_greet(port), 10)
    greeting = 1000 * (time.perf_counter() - began)
    for writer in (*idle, one_more):
        writer.close()
    return resident, greeting


def idle_connections(folder: Path, identities: Identities, say: Say, *, size: int = 10_000) -> Result:
    """Memory of the relay while ten thousand clients have said EHLO and wait."""
    what, target = f"{size:,} idle connections", "≤ 400 MB"
    say(f"idle: {what}")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < size + 200:
        return missed(say, what, target=target, reason=f"this shell allows only {hard} open files (ulimit -n)")
    relay = Gatepost(_scene(folder / "idle", free_port(), identities))
    try:
        relay.start()
        before = relay.usage().resident
        resident, greeting = asyncio.run(_crowd(relay.scene.port, size, relay))
    except (CannotRunError, OSError, TimeoutError) as reason:
        return missed(say, what, target=target, reason=reason)
    finally:
        relay.stop()
    say(f"  {resident / MIB:.0f} MiB, {before / MIB:.0f} of them without any; one more greets in {greeting:.1f} ms")
    row = Row(
        what=what, postfix="a process each", target=target, reached=resident <= 400e6,
        gatepost=f"{resident / 1e6:.0f} MB ({(resident - before) / size / 1024:.1f} KiB each)",
    )  # fmt: skip
    return Result(rows=(row,))


def large_message(folder: Path, identities: Identities, say: Say, *, octets: int = 150_000_000) -> Result:
    """How much more memory the relay ever has while one large message passes, in and out."""
    what, target = f"a message of {octets // 1_000_000} MB through", "≤ 32 MB more memory"
    say(f"large: {what}")
    with Sink(folder / "large") as sink:
        relay = Gatepost(_scene(folder / "large", sink.port, identities))
        try:
            relay.start()
            measure(relay, sink, Load(messages=200))
            forget_peak(relay.pid)
            before = relay.usage().resident
            figure = measure(relay, sink, Load(messages=1, sessions=1, octets=octets))
            more = peak_resident(relay.pid) - before
        except (CannotRunError, OSError) as reason:
            return missed(say, what, target=target, reason=reason)
        finally:
            relay.stop()
    say(f"  {more / 1e6:.1f} MB more at the peak, {figure.seconds:.1f} s")
    row = Row(what=what, postfix="–", gatepost=f"{more / 1e6:.1f} MB more", target=target, reached=more <= 32e6)
    return Result(
        rows=(row,),
        notes=(f"large: in and out took {figure.seconds:.1f} s, {figure.cpu_ms / 1000:.2f} s of processor time.",),
    )


def attribution(say: Say) -> Result:
    """The time of one decision among 10,000 connectors, by bench/attribution.py."""
    what, target = "attribution among 10,000 connectors", "≤ 20 µs"
    say(f"attribution: {what}")
    script = ROOT / "bench" / "attribution.py"
    if not script.exists():
        return missed(say, what, target=target, reason="bench/attribution.py is not here")
    done = subprocess.run(
        [builds.chosen().program, str(script), "--json"], capture_output=True, text=True, timeout=600, check=False,
        env=builds.environment(),
    )  # fmt: skip
    if done.returncode:
        return missed(say, what, target=target, reason=done.stderr.strip()[-200:])
    cases = json.loads(done.stdout)["us"]
    for case in cases:
        say(f"  {case['case']:42} {case['first']:6.1f} µs, again {case['again']:.1f}, words {case['words']:.1f}")
    worst = max(float(case["first"]) for case in cases)
    usual = next(float(case["again"]) for case in cases if case["case"] == "address")
    row = Row(
        what=what, postfix="–", gatepost=f"{worst:.1f} µs", target=target, reached=worst <= 20,
    )  # fmt: skip
    wordiest = max(float(case["words"]) for case in cases)
    note = (
        "attribution: the slowest kind of client, seen for the first time; a listed address that was seen "
        f"before costs {usual:.1f} µs. What was nearly right about a refused client is looked for when log and "
        f"trace want the words, once a refusal: {wordiest:.1f} µs more at most."
    )
    return Result(rows=(row,), notes=(note,))


def headers(say: Say) -> Result:
    """What the header analyser reads in a second, by bench/headers.py."""
    what, target = "headers analysed, one core", "≥ 2,000/s"
    say(f"headers: {what}")
    script = ROOT / "bench" / "headers.py"
    done = subprocess.run(
        [builds.chosen().program, str(script), "--json"], capture_output=True, text=True, timeout=600, check=False,
        env=builds.environment(),
    )  # fmt: skip
    if done.returncode:
        return missed(say, what, target=target, reason=done.stderr.strip()[-200:])
    kinds = json.loads(done.stdout)["per_second"]
    for kind in kinds:
        say(f"  {kind['kind']:26} {kind['read']:6,.0f}/s, told {kind['told']:,.0f}/s")
    longest = kinds[0]
    row = Row(
        what=what, postfix="–", gatepost=f"{longest['read']:,.0f}/s", target=target, reached=longest["read"] >= 2000,
    )  # fmt: skip
    note = (
        "headers: messages with all that Exchange Online writes (6 hops, 4.6 KiB), by CPU time; with every "
        f"word of the JSON answer {longest['told']:,.0f}/s. Shorter headers, from Postfix: {kinds[-1]['read']:,.0f}/s."
    )
    return Result(rows=(row,), notes=(note,))


def _rate(relay: Gatepost, sink: Sink, messages: int, rounds: int) -> float:
    return median(measure(relay, sink, Load(messages=messages)).rate for _ in range(rounds))


async def _still_waiting(folder: Path) -> int:
    """Recipients that wait in a spool that nobody uses now."""
    async with Spool.open(folder) as spool:
        return (await spool.counts()).waiting


def dead_way(folder: Path, identities: Identities, say: Say, *, rounds: int) -> Result:
    """The speed by the second way while nobody listens at the first, beside that of a connector with one way."""
    what, target = "the first of two ways is dead", "≥ 90 % of the speed without"
    say(f"ways: {what}")
    with Sink(folder / "ways") as sink:
        relay = Gatepost(_scene(folder / "ways", sink.port, identities))
        try:
            relay.start()
            measure(relay, sink, Load(messages=300))
            alone = _rate(relay, sink, 4000, rounds)
            relay.say(
                "connector", "add", "--outbound", "--name", "Second", "--is-transport-rule-scoped", "true",
                "--use-mx-record", "false", "--smart-hosts", f"127.0.0.1:{sink.port}",
            )  # fmt: skip
            relay.say(
                "connector", "set", "Upstream", "--outbound", "--smart-hosts", f"127.0.0.1:{free_port()}",
                "--fallback-connectors", "Second",
            )  # fmt: skip
            measure(relay, sink, Load(messages=300))
            second = _rate(relay, sink, 4000, rounds)
        except (CannotRunError, OSError) as reason:
            return missed(say, what, target=target, reason=reason)
        finally:
            relay.stop()
    kept = 100 * second / alone
    say(f"  {second:.0f}/s ({kept:.0f} % of {alone:.0f}/s)")
    row = Row(what=what, postfix="–", gatepost=f"{second:.0f}/s, {kept:.0f} %", target=target, reached=kept >= 90)
    return Result(rows=(row,), notes=(f"ways: {alone:.0f}/s by one way, {second:.0f}/s by the second of two.",))


def dead_host(folder: Path, identities: Identities, say: Say, *, rounds: int, waiting: int) -> Result:
    """Speed, memory and restart of a relay while a million messages wait for a host that does not answer."""
    what = f"{waiting:,} messages waiting for a dead host"
    target = "≥ 90 % of the speed, ≤ 500 MB, ready ≤ 5 s"
    say(f"waiting: {what}")
    with Sink(folder / "waiting") as sink:
        scene = _scene(folder / "waiting", sink.port, identities)
        relay = Gatepost(scene)
        try:
            relay.start()
            relay.say(
                "connector", "add", "--outbound", "--name", "Dead", "--recipient-domains", "dead.test",
                "--use-mx-record", "false", "--smart-hosts", f"127.0.0.1:{free_port()}",
            )  # fmt: skip
            measure(relay, sink, Load(messages=300))
            free = _rate(relay, sink, 4000, rounds)
            relay.stop()
            say(f"  {free:.0f}/s with an empty queue; filling the queue ...")
            began = time.monotonic()
            subprocess.run(
                [sys.executable, str(ROOT / "bench" / "fill.py"), str(scene.folder / "state"), str(waiting)],
                check=True, timeout=1800, env=builds.environment(),
            )  # fmt: skip
            say(f"  filled in {time.monotonic() - began:.0f} s; starting again ...")
            ready = relay.launch(seconds=60)
            measure(relay, sink, Load(messages=300))
            loaded = _rate(relay, sink, 4000, rounds)
            resident = peak_resident(relay.pid)
            relay.stop()
            kept_back = asyncio.run(_still_waiting(scene.folder / "state"))
        except (CannotRunError, OSError, subprocess.SubprocessError) as reason:
            return missed(say, what, target=target, reason=reason)
        finally:
            relay.stop()
    if kept_back < waiting:
        short = f"only {kept_back:,} messages still waited at the end"
        return missed(say, what, target=target, reason=short)
    kept = 100 * loaded / free
    say(f"  {loaded:.0f}/s ({kept:.0f} %), {resident / 1e6:.0f} MB, ready after {ready:.1f} s")
    return Result(
        rows=(
            Row(what=what + ": speed of the other routes", postfix="–",
                gatepost=f"{loaded:.0f}/s, {kept:.0f} %", target="≥ 90 % of the speed without",
                reached=kept >= 90),
            Row(what="the same: memory", postfix="–", gatepost=f"{resident / 1e6:.0f} MB", target="≤ 500 MB",
                reached=resident <= 500e6),
            Row(what="the same: ready after a restart", postfix="–", gatepost=f"{ready:.1f} s",
                target="≤ 5 s", reached=ready <= 5),
        ),
        notes=(f"waiting: {free:.0f}/s before the queue was filled, {loaded:.0f}/s after.",),
    )  # fmt: skip
