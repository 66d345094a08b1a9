"""Lines that are too long for the next host: by BDAT where it takes chunks, else encoded anew where that is safe.

To look for one in a small message costs a few comparisons (`fits`); all else is done in a thread, for the few that need
it.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from gatepost.mail import (
    MAX_LINE,
    PIECE,
    BodyKind,
    Envelope,
    LongLines,
    Survey,
    encode_parts,
    has_long_line,
    survey_parts,
    value,
)
from gatepost.spool import Content

_BLOCK = 1024 * 1024
_ENCODED = f"Parts with lines over {MAX_LINE} octets were encoded anew for this host, which takes no chunks."
_SIGNED = f"Lines over {MAX_LINE} octets were sent as they are, because the message is signed."
_LEFT = f"Lines over {MAX_LINE} octets were sent as they are where no other encoding would keep their meaning."


@value
class Fitted:
    """What is sent. `long_lines`: BDAT must carry it where the host takes that; `changes` are sentences."""

    content: Content
    long_lines: bool = False
    changes: tuple[str, ...] = ()


def fits(envelope: Envelope, content: Content, *, chunking: bool) -> bool:
    """Whether the message can go as it is: so nearly always, and then this is all that it costs."""
    if envelope.body is BodyKind.BINARY:
        return True
    small = content.inline
    return small is not None and (chunking or not has_long_line(small))  # what is held whole goes by BDAT anyway


@asynccontextmanager
async def fitted(content: Content, *, chunking: bool) -> AsyncIterator[Fitted]:
    """The content as this host can take it; a file that had to be written for that is gone after the block."""
    if content.file is not None and not await asyncio.to_thread(_file_has_long_line, content.file):
        yield Fitted(content=content)
    elif chunking:
        yield Fitted(content=content, long_lines=True)
    else:
        made, changes = await asyncio.to_thread(_encoded, content)
        try:
            yield Fitted(content=made, changes=changes)
        finally:
            if made.file is not None and made.file != content.file:
                await asyncio.to_thread(partial(made.file.unlink, missing_ok=True))


def _file_has_long_line(file: Path) -> bool:
    watch = LongLines()
    with file.open("rb", buffering=0) as source:
        while not watch.found and (block := source.read(_BLOCK)):
            watch.feed(block)
    return watch.finish()


def _encoded(content: Content) -> tuple[Content, tuple[str, ...]]:
    """The message with what can be encoded anew, and what to say of it."""
    with _opened(content) as source:
        found = survey_parts(_pieces(source))
    if found.signed:
        return content, (_SIGNED,)
    left = (_LEFT,) if found.left else ()
    return (_written(content, found), (_ENCODED, *left)) if found.parts else (content, left)


def _written(content: Content, found: Survey) -> Content:
    """The message encoded anew: in memory where it was, else in a file beside its body, which a restart would sweep."""
    with _opened(content) as source:
        pieces = encode_parts(_pieces(source), found)
        if content.file is None:
            octets = b"".join(pieces)
            return Content(octets=len(octets), inline=octets)
        handle, name = tempfile.mkstemp(prefix=f"{content.file.name}-", suffix=".partial", dir=content.file.parent)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb", buffering=_BLOCK) as target:
                target.writelines(pieces)
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return Content(octets=path.stat().st_size, file=path)


def _opened(content: Content) -> BinaryIO:
    if content.inline is not None:
        return BytesIO(content.inline)
    assert content.file is not None
    return content.file.open("rb", buffering=_BLOCK)


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    read: Callable[[], bytes] = partial(source.readline, PIECE)
    return iter(read, b"")
