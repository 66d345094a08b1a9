"""Which Python runs the relay: the environment's own or, where that was built without optimizations, Debian's.

Postfix is Debian's build, compiled for speed. A Python from source without `--enable-optimizations` takes up to a fifth
more processor time than Debian's, and would make the comparison one of compilers. Debian's Python runs the same
libraries, those of the environment, as long as both are of one version (3.11 and 3.11).
"""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "src"
DEBIANS = Path("/usr/bin/python3")
ASK = "import platform, sysconfig, gatepost.app; print(sysconfig.get_python_version(), platform.python_version())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A Python and what is to be said of it."""

    program: str
    words: str


def environment() -> dict[str, str]:
    """What a program of ours needs to find the sources and the libraries, whichever Python runs it."""
    return {**os.environ, "PYTHONPATH": f"{SOURCES}{os.pathsep}{sysconfig.get_path('purelib')}"}


@cache
def chosen() -> Build:
    """The build that the relay runs on in all rows."""
    own = sys.version.split()[0]
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    if "--enable-optimizations" in arguments or DEBIANS.resolve() == Path(sys.executable).resolve():
        return Build(program=sys.executable, words=f"Python {own}")
    slow = f"Python {own}, built without optimizations"
    try:
        answer = subprocess.run(
            [str(DEBIANS), "-c", ASK], capture_output=True, text=True, timeout=60, check=False, env=environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return Build(program=sys.executable, words=slow)
    version, _, full = answer.stdout.strip().partition(" ")
    if version != sysconfig.get_python_version():  # another version, or it cannot load the libraries
        return Build(program=sys.executable, words=slow)
    return Build(
        program=str(DEBIANS), words=f"Debian's Python {full} (the environment's {own} is an unoptimized build)"
    )
