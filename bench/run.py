"""The bench: Gatepost beside Debian's Postfix, in one run, and the page that tells about it.

    make bench                               every row; writes docs/benchmarks.md
    make bench ARGS="--only plain"           one row, printed only
    make bench ARGS="--only tls --key ec"    the TLS row with P-256 keys

Everything happens on loopback, in a folder of its own that is removed at the end.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from endurance import attribution, dead_host, dead_way, headers, idle_connections, large_message
from identities import Identities, make_identities
from onlookers import onlookers
from report import Result, machine, write
from throughput import CONTESTS, run_contest

Part = Callable[[], Result]


def say(text: str) -> None:
    """Progress, at once."""
    print(text, flush=True)


def parts(options: argparse.Namespace, folder: Path, identities: Identities) -> dict[str, Part]:
    """Every part of the bench under its short name, in the order of the page."""

    def contest(index: int) -> Part:
        return lambda: run_contest(CONTESTS[index], folder, identities=identities, rounds=options.rounds, say=say)

    return {
        **{found.key: contest(index) for index, found in enumerate(CONTESTS)},
        "centre": lambda: onlookers(folder, identities, say, rounds=options.rounds),
        "idle": lambda: idle_connections(folder, identities, say),
        "large": lambda: large_message(folder, identities, say),
        "waiting": lambda: dead_host(folder, identities, say, rounds=options.rounds, waiting=options.waiting),
        "ways": lambda: dead_way(folder, identities, say, rounds=options.rounds),
        "attribution": lambda: attribution(say),
        "headers": lambda: headers(say),
    }


def main() -> int:
    names = [
        *(contest.key for contest in CONTESTS),
        "centre",
        "idle",
        "large",
        "waiting",
        "ways",
        "attribution",
        "headers",
    ]
    parser = argparse.ArgumentParser(
        prog="bench/run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=names, help="one row; may be given again")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each comparison; the median counts")
    parser.add_argument("--key", choices=("rsa", "ec"), default="rsa", help="keys of the TLS row")
    parser.add_argument("--waiting", type=int, default=1_000_000, help="messages waiting for the dead host")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="where the queues lie: a real disk")
    options = parser.parse_args()

    folder = Path(tempfile.mkdtemp(prefix="gatepost-bench-", dir=options.folder))
    folder.chmod(0o755)  # Postfix's daemons run as other users
    began = time.monotonic()
    try:
        facts = machine(folder)
        for fact in facts:
            say(fact)
        chosen = parts(options, folder, make_identities(folder / "identities", options.key))
        results = [chosen[name]() for name in names if not options.only or name in options.only]
        say("")
        for row in (row for result in results for row in result.rows):
            mark = "reached" if row.reached else "MISSED"
            say(f"{mark:8} {row.what}: {row.gatepost} (Postfix {row.postfix}; to reach {row.target})")
        if not options.only:
            say(f"Written: {write(results, folder, facts)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(f"The bench took {time.monotonic() - began:.0f} s.")
    return 0 if all(row.reached for result in results for row in result.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
