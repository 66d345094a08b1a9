"""A letter left in the pickup folder, where the relay finds it when it is back."""

import os
import time

from .conversation import Envelope


def leave(octets: bytes, envelope: Envelope, folder: str) -> str:
    """Put the letter there so that neither a crash nor a reader sees half of it; its path. Raises OSError.

    fsync(file), rename, fsync(folder): as the relay itself does before it promises anything.
    """
    lines = [f"X-Sender: <{envelope.sender}>", *(f"X-Receiver: <{recipient}>" for recipient in envelope.recipients)]
    head = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")
    name = f"sendmail-{time.time_ns()}-{os.getpid()}"
    partial, final = f"{folder}/.{name}.partial", f"{folder}/{name}.eml"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  pathlib takes a tenth of our start
            file.write(head + octets)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, final)  # noqa: PTH104
    except OSError:
        os.unlink(partial)  # noqa: PTH108
        raise
    above = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(above)
    finally:
        os.close(above)
    return final
