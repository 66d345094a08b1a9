"""Every text of the admin centre has its words in every language, with the same places for values."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_catalogues_are_in_step_with_the_pages() -> None:
    told = subprocess.run(
        [sys.executable, "scripts/catalogues", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
