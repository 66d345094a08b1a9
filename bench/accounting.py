"""What a relay costs: processor seconds and resident memory of a process and everything it started."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Processor seconds so far, of the living and of the children already waited for; octets resident now."""

    cpu: float
    resident: int


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None  # it ended while we looked
    return text.rpartition(")")[2].split()  # the name in brackets may hold anything


def family(root: int) -> list[int]:
    """The process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, rest = [], [root]
    while rest:
        pid = rest.pop()
        found.append(pid)
        rest += children.get(pid, [])
    return found


def usage(root: int) -> Usage:
    """Sum over the family. A reaped child's time is in its parent's cutime and cstime, so nothing is lost."""
    ticks = pages = 0
    for pid in family(root):
        if fields := _stat(pid):
            ticks += sum(int(fields[n]) for n in (11, 12, 13, 14))  # proc(5): utime stime cutime cstime
            pages += int(fields[21])
    return Usage(cpu=ticks / TICKS, resident=pages * PAGE)


def peak_resident(pid: int) -> int:
    """The highest resident size a process has had, in octets (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak(pid: int) -> None:
    """Start the peak anew from what is resident now (proc(5): clear_refs, value 5)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
