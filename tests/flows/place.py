"""A relay with a certificate, and `gatepost pwsh` beside it, as a process of its own."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from house import House, domain, house, organization
from process import gatepost

from gatepost.config import Edit
from gatepost.lab.authority import Authority

ARTICLE = Path(__file__).parents[2] / "docs" / "howto" / "article"


class Place:
    """A relay with a certificate, a folder to work in, and the article's scripts with its addresses."""

    def __init__(self, folder: Path, made: House, authority: Authority) -> None:
        self.folder = folder
        self.house = made
        self.ca = str(authority.file)
        self.pfx = authority.client("relay.contoso.com")
        self.stray = authority.client("stray.fabrikam.com")

    def pwsh(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        done = gatepost(self.folder, "pwsh", *words, stdin=stdin)
        return done.returncode, done.stdout, done.stderr

    def said(self, text: str, *words: str) -> str:
        """What a text prints, which must have worked."""
        status, out, err = self.pwsh(*words, "-c", text)
        assert (status, err) == (0, ""), err
        return out

    def objects(self, text: str) -> Any:
        status, out, err = self.pwsh("--json", "-c", text)
        assert status == 0, err
        return json.loads(out)

    def article(self, name: str, **values: Any) -> str:
        """A copy of a script in which variables at its top have other values; their names must be there."""
        text = (ARTICLE / name).read_text("utf-8")
        for variable, value in values.items():
            written = str(value) if isinstance(value, int) else f"'{value}'"
            text, count = re.subn(rf"^\${variable} = [^#\n]*", f"${variable} = {written}   ", text, flags=re.MULTILINE)
            assert count == 1, f"{name} does not set ${variable} at its top"
        copy = self.folder / name
        copy.write_text(text, "utf-8")
        return str(copy)


@contextmanager
def standing(folder: Path, *edits: Edit, settings: str = "", submission: bool = False) -> Iterator[Place]:
    """The place for the length of a block. `{server}` in the settings is the relay's certificate and key, one file."""
    authority = Authority(folder / "papers")
    server = str(authority.server("relay.contoso.com"))
    listener = {"tls": "starttls", "certificate": server, "key": server, "submission": submission}
    known = (domain(), organization(CertificateAuthorities=[authority.root_pem]), *edits)
    with house(folder, *known, listeners=(listener,), settings=settings.replace("{server}", server)) as made:
        yield Place(folder, made, authority)
