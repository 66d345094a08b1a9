"""`gatepost headers --svg` and `--html` as processes: what lands in a file is UTF-8, whole and inert."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from process import ENVIRONMENT, PATIENCE

ROOT = Path(__file__).parents[2]
RELAYED = ROOT / "tests" / "unit" / "headers" / "samples" / "exchange-online-relayed.eml"
# A terminal of another time: what is written is UTF-8 all the same.
PLAIN = {**ENVIRONMENT, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONPATH": os.pathsep.join(sys.path)}


def written(folder: Path, *words: str, pasted: bytes = b"") -> bytes:
    """What the command writes to standard output; it must end well and say nothing else."""
    command = [sys.executable, "-m", "gatepost", "headers", *words]
    run = subprocess.run(
        command, capture_output=True, timeout=PATIENCE, env=PLAIN, cwd=folder, input=pasted, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout


def test_a_picture_of_a_real_way_in_chinese(tmp_path: Path) -> None:
    picture = written(tmp_path, str(RELAYED), "--svg", "--language", "zh-Hans").decode()
    assert ElementTree.fromstring(picture).get("lang") == "zh-Hans" and "EOP 入口" in picture


def test_a_page_goes_to_the_file_that_is_named(tmp_path: Path) -> None:
    assert written(tmp_path, str(RELAYED), "--html", "--output", "page.html", "--language", "zh-Hant") == b""
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.rstrip().endswith("</html>")
    assert "EOP 入口" in page and "<script" not in page


def test_pasted_octets_that_attack_become_text(tmp_path: Path) -> None:
    attack = b'Subject: <script>alert(1)</script>\xff\x00\nReceived: from "><img src=x> by \x1b[2J\xe2\x80\xae; x\n'
    for form in ("--svg", "--html"):
        text = written(tmp_path, "-", form, pasted=attack).decode()
        assert "<script" not in text and "<img" not in text and not set("\x00\x1b\u202e") & set(text)
