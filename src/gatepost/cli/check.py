"""gatepost check: what a relay needs, looked at from the server's own place; or whether a new certificate will match.

The server is asked section by section at the same time, so that each is shown as soon as it is done. Where none runs,
what the settings alone tell is checked here.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rich.status import Status

from gatepost.checks import AT_ONCE, CHECKS, DEADLINE, Lookups, Section, Site, finding_values, run_checks
from gatepost.config import Settings
from gatepost.errors import CertificateUnusable
from gatepost.tls import load_password, load_pfx, read_certificates

from . import remote, render
from .asking import REFUSED, TRY_LATER, AsJson, OfOrganization, ask, end, settings_of
from .findings import finish, show_findings

_NAMES = [it.name for it in CHECKS]
_PFX = (".pfx", ".p12")
_MAX_FILE = 1 << 20


def register(app: typer.Typer) -> None:
    """Put the command on the tree."""
    app.command(epilog=f"Checks: {', '.join(_NAMES)}.")(check)


def check(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Run this check alone. Repeat for several.", metavar="NAME")
    ] = None,
    deadline: Annotated[
        float, typer.Option("--deadline", help="Seconds for the checks of each section.", min=1, max=100)
    ] = DEADLINE,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate", help="Instead: will this new certificate (PEM or PFX) still match?", metavar="FILE"
        ),
    ] = None,
    instead_of: Annotated[
        Path | None, typer.Option("--instead-of", help="The certificate that it replaces.", metavar="FILE")
    ] = None,
    pfx_password_file: Annotated[
        Path | None, typer.Option("--pfx-password-file", help="The file that holds the PFX's password.", metavar="FILE")
    ] = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Check what the relay needs, from certificates to DNS.

    Ends with 1 if anything has failed; warnings do not count.

    Example: gatepost check --only port-25 --only spf
    """
    if certificate is not None:
        if only:
            raise typer.BadParameter("--certificate is a check of its own: leave --only out.")
        _renewal(context, certificate, instead_of, pfx_password_file, organization=organization, as_json=as_json)
    if instead_of is not None or pfx_password_file is not None:
        raise typer.BadParameter("--instead-of and --pfx-password-file belong to --certificate.")
    if unknown := [it for it in only or () if it not in _NAMES]:
        raise typer.BadParameter(f"no check is called {unknown[0]}. Use of these: {', '.join(_NAMES)}.")
    settings = settings_of(context, as_json=as_json)
    arguments = {"deadline": deadline, "organization": organization}
    with _waiting("Checking") as status:
        try:
            findings = _at_the_server(settings, _questions(only, organization), arguments, status, show=not as_json)
        except remote.NotToday as trouble:
            render.sentences((f"Warning: {trouble} Only what the settings tell is checked.",), style="yellow")
            findings = asyncio.run(_here(settings, only or (), deadline))
            for section in Section if not as_json else ():
                show_findings([it for it in findings if it["section"] == section], section)
        except remote.Declined as no:
            code = {"try_later": TRY_LATER}.get(no.kind, REFUSED)
            end(code, no.kind, no.problems, as_json=as_json)
    finish(findings, as_json=as_json)


# --- asking ------------------------------------------------------------------------------------------------


def _questions(only: Sequence[str] | None, organization: str | None) -> dict[str, list[str] | None]:
    """The checks to ask for, by what is said while they are waited for: each section is a question of its own.

    The world outside takes longest and begins. For one organization all are one question, because only the server knows
    which checks that leaves.
    """
    if organization is not None:
        return {"the organization": [*only] if only else None}
    chosen = {
        section: [it.name for it in CHECKS if it.section is section and (not only or it.name in only)]
        for section in reversed(Section)
    }
    return {str(section): names for section, names in chosen.items() if names}


def _at_the_server(
    settings: Settings,
    questions: dict[str, list[str] | None],
    arguments: Mapping[str, Any],
    status: Status | None,
    *,
    show: bool,
) -> list[dict[str, Any]]:
    """The findings of all questions, in the table's order. Raises what `remote.ask` does."""
    findings: list[dict[str, Any]] = []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:  # more would only wait for their turn at the server
        asked = {
            threads.submit(remote.ask, settings.data_dir, "check.run", {**arguments, "only": names}): section
            for section, names in questions.items()
        }
        for answered in as_completed(asked):
            told: list[dict[str, Any]] = answered.result().value["findings"]
            findings += told
            del questions[asked[answered]]
            if status is not None:
                status.update(f"Checking: {', '.join(questions)}")
            for section in Section if show else ():
                show_findings([it for it in told if it["section"] == section], section)
    order = {name: at for at, name in enumerate(_NAMES)}
    return sorted(findings, key=lambda it: order.get(it["check"], 0))


async def _here(settings: Settings, only: Sequence[str], deadline: float) -> list[dict[str, Any]]:
    """The same without a server: its domains and connectors are not known."""
    lookups = Lookups([str(it) for it in settings.resolvers], trusted=settings.trust_resolvers)
    site = Site(settings=settings, lookups=lookups, clock=time.time)
    return [
        finding_values(it, check=check.name, section=str(check.section))
        for check, found in await run_checks(site, only, deadline=deadline)
        for it in found
    ]


def _renewal(
    context: typer.Context,
    new: Path,
    old: Path | None,
    password_file: Path | None,
    *,
    organization: str | None,
    as_json: bool,
) -> None:
    """Which connectors will know the new certificate. Its key stays here: only certificates are sent."""
    try:
        password = None if password_file is None else load_password(password_file)
        texts = [None if it is None else _pem(_certificates(it, password)) for it in (new, old)]
    except CertificateUnusable as unusable:
        remedy = "" if "Remedy:" in str(unusable) else " Remedy: check the file and its password."
        end(REFUSED, "refused", (f"{unusable}{remedy}",), as_json=as_json)
    told = ask(context, "check.certificate", as_json=as_json, new=texts[0], old=texts[1], organization=organization)
    if not as_json:
        show_findings(told["findings"], "")
    finish(told["findings"], as_json=as_json)


def _certificates(file: Path, password: str | None) -> Sequence[x509.Certificate]:
    if file.suffix.lower() in _PFX:
        return load_pfx(file, password).presented
    try:
        with file.open("rb") as stream:
            text = stream.read(_MAX_FILE)
    except OSError as trouble:
        raise CertificateUnusable(f"{file}: cannot be read ({trouble.strerror}).") from None
    return read_certificates(text, source=str(file))


def _pem(chain: Sequence[x509.Certificate]) -> str:
    return b"".join(it.public_bytes(Encoding.PEM) for it in chain).decode()


# --- for people --------------------------------------------------------------------------------------------


@contextmanager
def _waiting(words: str) -> Iterator[Status | None]:
    """Something that moves while people wait; nothing where nobody watches."""
    errors = render.console(error=True)
    if not errors.is_terminal:
        yield None
        return
    with errors.status(words) as status:
        yield status
