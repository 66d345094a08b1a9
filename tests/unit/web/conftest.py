"""One server a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as found:
        yield found


@pytest.fixture
def anna(server: Server) -> Browser:
    """Somebody who manages everything, signed in to the admin centre."""
    server.call(
        "user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER, "AllOrganizations": True}
    )
    return Browser(server).sign_in("anna", PASSWORD)


@pytest.fixture
def victor(server: Server) -> Browser:
    """Somebody of the organization Default who may look and not touch, signed in to the admin centre."""
    server.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    return Browser(server).sign_in("victor", PASSWORD)
