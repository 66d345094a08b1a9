"""What the tests of the admin centre share: a browser and a relay a file, and somebody signed in.

A file whose relay is another, or which does without something here, has a fixture of its own of that name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser import Centre
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from browser import browsing  # most files of this folder need no browser

    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> "Iterator[Centre]":
    from browser import centre

    with centre(folder) as found:
        yield found


@pytest.fixture
def page(browser: "Browser", relay: "Centre") -> "Iterator[Page]":
    context = browser.new_context(locale="en-GB")
    yield relay.sign_in(context)
    context.close()
