"""Small files that outlive a restart: each is written whole, or not at all.

What is kept so can be fetched or counted again (policies, counts), so nothing is synced: a power cut may cost the last
writing, and never leaves half a file.
"""

from pathlib import Path


def keep_file(path: Path, octets: bytes) -> None:
    """Write the file for the relay's own eyes, with its folder where that is missing. Raises OSError."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    partial.touch(mode=0o600)
    partial.write_bytes(octets)
    partial.replace(path)
