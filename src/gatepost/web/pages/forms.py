"""What a browser sends with a form: fields as text, small files as octets; nothing larger than it may be."""

import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from ..incoming import limited_body
from ..refusals import AskedWrongly

FORM_LIMIT = 1 << 20  # octets
FILE_LIMIT = 64 * 1024  # octets: certificates, and the PFX files that hold them
_MOST_FIELDS, _MOST_FILES = 2000, 4

# It tells of every broken form on standard error, where our log has one JSON object a line.
logging.getLogger("python_multipart").propagate = False
logging.getLogger("python_multipart").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a form. `name` is what the browser calls it, without any folder."""

    name: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields and files of one form."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.files)

    def text(self, name: str, default: str = "") -> str:
        """A field without the white space around it."""
        found = self.fields.get(name)
        return found[-1].strip() if found else default

    def secret(self, name: str) -> str:
        """A field exactly as typed."""
        found = self.fields.get(name)
        return found[-1] if found else ""

    def texts(self, name: str) -> list[str]:
        """Every value of a field that repeats, or has one value a line; empty ones left out."""
        return [line.strip() for value in self.fields.get(name, ()) for line in value.splitlines() if line.strip()]

    def ticked(self, name: str) -> bool:
        return self.text(name) not in ("", "false", "off")


async def read_form(request: Request, limit: int = FORM_LIMIT, *, file_limit: int = FILE_LIMIT) -> Form:
    """The form in a request's body; raises AskedWrongly where it is none, or too large."""
    octets = await limited_body(request, limit)

    async def whole() -> AsyncGenerator[bytes, None]:
        yield octets
        yield b""

    kind, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        # Pages in UTF-8 send UTF-8. Another charset would choose the decoder, and Python has some that take minutes.
        if kind == b"multipart/form-data" and options.get(b"charset", b"utf-8").lower() == b"utf-8":
            parser = MultiPartParser(
                request.headers, whole(), max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=limit
            )
            return await _taken(await parser.parse(), file_limit)
        if kind == b"application/x-www-form-urlencoded":
            plain = FormParser(request.headers, whole(), max_fields=_MOST_FIELDS, max_part_size=limit)
            return await _taken(await plain.parse(), file_limit)
    except (MultiPartException, UnicodeDecodeError, ValueError, KeyError):
        pass  # told below, like what is no form at all
    raise AskedWrongly(400, "malformed", "The form is not readable. Remedy: use the page's own form.")


async def _taken(data: FormData, file_limit: int) -> Form:
    fields: dict[str, tuple[str, ...]] = {}
    files: dict[str, Upload] = {}
    for name, value in data.multi_items():
        if isinstance(value, str):
            fields[name] = (*fields.get(name, ()), value)
        elif isinstance(value, UploadFile) and value.filename:
            octets = await value.read(file_limit + 1)
            if len(octets) > file_limit:
                raise AskedWrongly(
                    413,
                    "too_large",
                    f"The file '{value.filename[:100]}' is larger than {file_limit} octets. "
                    "Remedy: choose the file that is asked for, by itself.",
                    about=name,
                )
            files[name] = Upload(name=value.filename.replace("\\", "/").rpartition("/")[2][:255], octets=octets)
    return Form(fields=fields, files=files)
