"""Final delivery into a Maildir (cr.yp.to/proto/maildir.html): write and fsync in tmp/, rename to new/, fsync
new/.

Folder names are made from what strangers wrote, so they are rebuilt from a small alphabet: no separators, no
dots in front, and two different local parts never share a folder.
"""

import errno
import hashlib
import itertools
import os
import re
import shutil
import time
from pathlib import Path
from typing import BinaryIO

from gatepost.mail import Address, Deferred, Delivered, Failed, HeaderBlock, Outcome, Reply
from gatepost.mail import reply as say
from gatepost.spool import Content

DELIVERED = Reply(250, "1.5", "Delivered to the mailbox")
MAILBOX_FULL = Reply(452, "2.2", "No space for the mailbox")
MAILBOX_TROUBLE = Reply(451, "3.0", "The mailbox cannot be written")

_HEADER_READ = 256 * 1024
_number = itertools.count(1)


def safe_name(text: str) -> str:
    """A local part or domain as a folder name of `[a-z0-9._+-]`; changed ones carry a fingerprint to stay
    apart.

    >>> safe_name("Anna.Lee+news")
    'anna.lee+news'
    """
    lower = text.lower()
    name = re.sub(r"[^a-z0-9._+-]", "_", lower).lstrip(".")[:100]
    if name == lower and name:
        return name
    return f"{name or '_'}-{hashlib.sha256(lower.encode('utf-8', 'replace')).hexdigest()[:12]}"


def mailbox_folder(pattern: str, address: Address) -> Path:
    """The Maildir of an address: the pattern with safe names for `{domain}` and `{local}`."""
    domain, local = safe_name(address.domain), safe_name(address.local)
    return Path(re.sub(r"\{(domain|local)\}", lambda m: domain if m.group(1) == "domain" else local, pattern))


def deliver_to_mailbox(folder: Path, address: Address, sender: Address | None, content: Content) -> Outcome:
    """Write one message for one recipient; returns when it is on the disk. Blocking: call it in a thread.

    The message is kept as it is, with Return-Path and Delivered-To in front; an older Return-Path goes (RFC
    5321 §4.4). A message that already was delivered to this address runs in a circle.
    """
    try:
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        unique = f"{time.time():.6f}.P{os.getpid()}Q{next(_number)}.gatepost"
        with content.open() as source:
            head, rest = _header(source.read(_HEADER_READ))
            marks = {field.value for field in HeaderBlock(head) if field.name == "delivered-to"}
            if str(address).encode("utf-8", "replace") in marks:
                return Failed("", f"the message was already delivered to {address} once", say.LOOP)
            _write(
                folder,
                unique,
                (_ours(address, sender), HeaderBlock(head).without(frozenset({"return-path"})), rest),
                source,
            )
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = f"the mailbox folder cannot be written: {os.strerror(error.errno or 0)}"
        return Deferred("", reason, MAILBOX_FULL if full else MAILBOX_TROUBLE, host_trouble=full)
    return Delivered("mailbox", DELIVERED)


def _ours(address: Address, sender: Address | None) -> bytes:
    return f"Return-Path: <{sender or ''}>\r\nDelivered-To: {address}\r\n".encode("utf-8", "replace")


def _header(start: bytes) -> tuple[bytes, bytes]:
    end = HeaderBlock(start).body_start
    return start[:end], start[end:]


def _write(folder: Path, unique: str, start: tuple[bytes, bytes, bytes], rest: BinaryIO) -> None:
    partial, final = folder / "tmp" / unique, folder / "new" / unique
    try:
        with partial.open("xb") as file:
            file.writelines(start)
            shutil.copyfileobj(rest, file, 256 * 1024)
            file.flush()
            os.fsync(file.fileno())  # the bytes are on the disk
        partial.rename(final)  # no reader ever sees half a message
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    handle = os.open(folder / "new", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)  # the name is on the disk
    finally:
        os.close(handle)
