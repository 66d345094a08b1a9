"""What holds for every test."""

from hypothesis import settings

# How long an example takes is the machine's business, and no test's.
settings.register_profile("gatepost", deadline=None)
settings.load_profile("gatepost")
