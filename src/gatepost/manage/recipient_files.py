"""Recipient lists as files: one address a line, or CSV with the targets of aliases behind it.

    anna@contoso.com
    info@contoso.com,anna@contoso.com,bob@contoso.com
    # what begins so is a remark

Lists that Exchange has exported are read as they are: a first row of column names says where the address stands.
Pure: text in, addresses out.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from gatepost.connectors import Entries
from gatepost.errors import ConfigRefused
from gatepost.mail import as_cell, from_cell

_ADDRESS_COLUMNS = (
    "address",
    "primarysmtpaddress",
    "emailaddress",
    "email",
    "mail",
    "recipient",
    "windowsemailaddress",
)
_TARGET_COLUMNS = ("targets", "target", "members", "forwardto", "forwardingsmtpaddress", "externalemailaddress")


def read_list(text: str, *, domain: str | None = None) -> dict[str, list[str]]:
    """Addresses with their targets, as they stand there; raises ConfigRefused. What has no `@` is of the domain."""
    put: dict[str, list[str]] = {}
    columns: tuple[int, int | None] | None = None
    for number, row in enumerate(_rows(text)):
        if number == 0 and domain is None and not any("@" in cell for cell in row):
            columns = _columns(row)
            continue
        if number == 0 and row[0].lower().replace(" ", "") in _ADDRESS_COLUMNS:
            columns = _columns(row)
            continue
        if columns is None:
            address, *targets = _parts(row) or [""]
        else:
            at, to = columns
            address = row[at] if at < len(row) else ""
            targets = _parts([row[to]]) if to is not None and to < len(row) else []
        if address:
            known = put.setdefault(_whole(address, domain), [])
            known += [_whole(it, domain) for it in targets]
    return put


def write_list(lists: Iterable[Entries]) -> str:
    """The lists as CSV, by address, targets parted by semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Address", "Targets"))
    for entries in lists:
        writer.writerows((as_cell(key), as_cell(";".join(map(str, entries[key])))) for key in sorted(entries))
    return out.getvalue()


def _rows(text: str) -> Iterable[list[str]]:
    lines = text.removeprefix("\ufeff").splitlines()
    kept = (line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    try:
        for row in csv.reader(kept, skipinitialspace=True):
            cells = [from_cell(cell.strip()) for cell in row]
            if any(cells):
                yield cells
    except csv.Error as wrong:
        raise ConfigRefused([f"The file is not CSV: {wrong}. Remedy: write one address a line."]) from None


def _columns(names: Sequence[str]) -> tuple[int, int | None]:
    plain = [name.lower().replace(" ", "") for name in names]
    at = next((plain.index(it) for it in _ADDRESS_COLUMNS if it in plain), None)
    to = next((plain.index(it) for it in _TARGET_COLUMNS if it in plain), None)
    if at is None:
        shown = ", ".join(names)[:200]
        raise ConfigRefused(
            [f"The first line holds no address and no column called Address: {shown}. Remedy: name the column Address."]
        )
    return at, to


def _parts(cells: Sequence[str]) -> list[str]:
    return [part for cell in cells for part in re.split(r"[;\s]+", cell) if part]


def _whole(address: str, domain: str | None) -> str:
    return address if domain is None or "@" in address else f"{address}@{domain}"
