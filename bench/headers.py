"""How many headers the analyser reads in a second of CPU time: `python bench/headers.py`, for each kind of message.

The messages of a kind are one sample whose addresses, times and ids differ, as those of a day's mail do. "read" is the
analysis, "told" the analysis with every word of its JSON.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gatepost.headers import Own, analyse
from gatepost.headers import values as analysis_values

SAMPLES = Path(__file__).resolve().parent.parent / "tests" / "unit" / "headers" / "samples"
KINDS = {
    "through Exchange Online": "exchange-online-relayed",
    "through two Gateposts": "gatepost",
    "Postfix": "postfix",
}
OURS = Own(hosts=frozenset({"relay.contoso.com"}), organizations=frozenset({"contoso.com"}))


def messages(sample: str, count: int) -> list[bytes]:
    """So many of a kind, no two alike."""
    plain = (SAMPLES / f"{sample}.eml").read_bytes()
    return [
        plain.replace(b"203.0.113.9", b"203.0.113.%d" % (number % 250 + 1))
        .replace(b"12:00:", b"12:%02d:" % (number % 60))
        .replace(b"05:00:", b"05:%02d:" % (number % 60))
        .replace(b"6b0c2d0e", b"%08x" % number)
        for number in range(count)
    ]


def rate(of: Sequence[bytes], read: Callable[[bytes], object], rounds: int) -> float:
    """Messages a second of this process's CPU time, the median of several passes."""

    def once() -> float:
        started = time.process_time()
        for message in of:
            read(message)
        return len(of) / (time.process_time() - started)

    return statistics.median(once() for _ in range(rounds))


def rows(count: int, rounds: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for kind, sample in KINDS.items():
        of = messages(sample, count)
        assert analyse(of[0], OURS).hops
        found.append(
            {
                "kind": kind,
                "read": rate(of, lambda message: analyse(message, OURS), rounds),
                "told": rate(of, lambda message: analysis_values(analyse(message, OURS)), rounds),
            }
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500, help="messages of a kind")
    parser.add_argument("--rounds", type=int, default=5, help="passes over them; the median counts")
    parser.add_argument("--json", action="store_true", help="one JSON value")
    options = parser.parse_args()
    found = rows(options.messages, options.rounds)
    if options.json:
        print(json.dumps({"per_second": found}))
        return
    for row in found:
        print(f"{row['kind']:26} {row['read']:6.0f}/s, told {row['told']:.0f}/s")


if __name__ == "__main__":
    main()
