"""What holds for every test."""

import gc

import pytest
from hypothesis import settings

# How long an example takes is the machine's business, and no test's.
settings.register_profile("gatepost", deadline=None)
settings.load_profile("gatepost")

# As the relay itself has it. The tests are fifteen thousand objects that stay to the end: no collection need look at
# them again.
gc.set_threshold(20_000, 20, 50)


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.collect()
    gc.freeze()
