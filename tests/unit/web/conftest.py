"""One server a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_scenes import Server, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as found:
        yield found
