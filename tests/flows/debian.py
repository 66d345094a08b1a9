"""Mail servers of Debian beside each other, as their packages bring them, without being installed and without root.

scripts/debian-tools unpacks them. Each runs under proot, which shows it the paths and the users that it was built to
find, and lets it believe that it is root; of a caller who is root the powers are taken away before. So every one of
them is an ordinary process of the test, on loopback, with a configuration and a queue of its own.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from house import PATIENCE

TOOLS = Path(__file__).parents[2] / ".tools"
ROOT = TOOLS / "root"
EXIM, OPENSMTPD = TOOLS / "exim4-daemon-light", TOOLS / "opensmtpd"

# Who must be somebody for a program to start. Files that ought to be a user's are seen as root's, hence the zeros.
_PASSWD = """\
root:x:0:0:root:/:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
Debian-exim:x:101:101::/:/bin/false
opensmtpd:x:0:0::/:/bin/false
opensmtpq:x:0:0::/:/bin/false
postfix:x:105:105::/:/bin/false
dovecot:x:107:0::/:/bin/false
dovenull:x:108:0::/:/bin/false
"""
_GROUP = """\
root:x:0:
nogroup:x:65534:
Debian-exim:x:101:
opensmtpd:x:0:
opensmtpq:x:0:
postfix:x:105:
postdrop:x:106:
dovecot:x:0:
dovenull:x:0:
"""


def free_port() -> int:
    """A port that was free a moment ago, for a program that wants to be told."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(
    folder: Path,
    command: Sequence[str | Path],
    *,
    port: int,
    shown: Sequence[tuple[Path, str]] = (),
    root: Path | None = None,
) -> Iterator[None]:
    """Run a server until the end of the block; the block begins when something listens on the port.

    `shown` are files and folders, and where the program sees each. `root` is its whole tree, for a program that locks
    itself into one: proot lets it do so only where it already is.
    """
    assert (TOOLS / "bin" / "proot").exists(), "proot is not here: run scripts/debian-tools .tools"
    (folder / "passwd").write_text(_PASSWD)
    (folder / "group").write_text(_GROUP)
    places = [(folder / "passwd", "/etc/passwd"), (folder / "group", "/etc/group"), *shown]
    binds = [f"{here}:{there}" for here, there in places]
    if root is not None:
        system = [Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"), Path("/etc"), Path("/dev"), Path("/proc")]
        seen = [*(it for it in system if it.exists()), TOOLS, folder]
        for one in seen:  # else proot makes them, and nobody may delete them
            (root / one.relative_to("/")).mkdir(parents=True, exist_ok=True)
        binds = [*map(str, seen), *binds]
    words = [str(TOOLS / "bin" / "proot"), "-0", *(["-r", str(root), "-w", "/"] if root is not None else [])]
    words += [word for bind in binds for word in ("-b", bind)]
    if os.geteuid() == 0:
        words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *words]
    log = folder / "log"
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [*words, *map(str, command)], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        _await_port(process, port, log)
        yield
    finally:
        _end(process)


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Until somebody listens; a program that has ended or does not come up fails the test with its own words."""
    for _ in range(round(PATIENCE / 0.05)):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
                break
        else:
            return
    words = log.read_text(errors="replace")[-3000:]
    raise AssertionError(f"nothing listens on port {port}; the server said:\n{words}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it and all that it has started: they share its session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
