"""Where the admin socket of a data directory is: for the server that binds it and for whoever asks."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gatepost.errors import ConfigRefused

ADMIN_SOCKET = "admin.sock"
_MAX_PATH = 107  # sun_path is 108 octets with its final NUL


@contextmanager
def socket_address(folder: Path) -> Iterator[str]:
    """A path for bind or connect, valid inside the block.

    A path too long for a Unix socket goes through /proc/self/fd on Linux; elsewhere it is a ConfigRefused.
    """
    path = folder / ADMIN_SOCKET
    if len(os.fsencode(path)) <= _MAX_PATH:
        yield str(path)
        return
    if sys.platform != "linux":
        raise ConfigRefused(
            [f"{path}: is too long for a Unix socket ({_MAX_PATH} octets). Remedy: choose a shorter data_dir."]
        )
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{ADMIN_SOCKET}"
    finally:
        os.close(handle)
