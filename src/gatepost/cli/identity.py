"""With what a test shows who it is: a client certificate, a password or a token. Secrets come from files, the
environment or the keyboard, never from the command line."""

import getpass
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography import x509

from gatepost.errors import CertificateUnusable, PfxLocked
from gatepost.tls import Credentials, load_password, load_pem, load_pfx, read_certificates

from .flags import read_secret
from .render import clean

# The flags of every command that shows a client certificate; `client_certificate` and `trusted_cas` read them.
Pfx = Annotated[Path | None, typer.Option("--pfx", help="Client certificate: a PFX with its key.")]
PfxPasswordFile = Annotated[
    Path | None, typer.Option("--pfx-password-file", help="The file that holds the PFX's password.")
]
PfxPasswordEnv = Annotated[
    str | None,
    typer.Option(
        "--pfx-password-env", metavar="VARIABLE", help="The environment variable that holds the PFX's password."
    ),
]
Cert = Annotated[Path | None, typer.Option("--cert", help="Client certificate: PEM, with its chain.")]
Key = Annotated[Path | None, typer.Option("--key", help="The key of --cert, if it is another file.")]
Ca = Annotated[Path | None, typer.Option("--ca", help="CAs that may vouch for the server, PEM.")]

_MOST_CAS = 4 << 20  # octets; every public CA together is a quarter of it


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How to sign in. `mechanism` is empty where the server's offer decides; XOAUTH2's `secret` is the token."""

    user: str
    secret: str = field(repr=False)
    mechanism: str = ""


def wrong(sentence: str) -> NoReturn:
    """End the command: the flags cannot be meant so."""
    raise typer.BadParameter(clean(sentence))


def _unusable(trouble: CertificateUnusable) -> NoReturn:
    """End the command: what a file holds is of no use."""
    remedy = "" if "Remedy:" in trouble.detail else " Remedy: check the file and its password."
    wrong(trouble.detail + remedy)


def client_certificate(
    *,
    pfx: Path | None,
    pfx_password_file: Path | None,
    pfx_password_env: str | None,
    cert: Path | None,
    key: Path | None,
) -> Credentials | None:
    """The certificate that the flags name. A PFX that is locked asks for its password, if somebody is there."""
    if pfx is not None and cert is not None:
        wrong("Give either --pfx or --cert, not both.")
    for flag, value in (("--pfx-password-file", pfx_password_file), ("--pfx-password-env", pfx_password_env)):
        if pfx is None and value is not None:
            wrong(f"{flag} needs --pfx.")
    if cert is None and key is not None:
        wrong("--key needs --cert.")
    try:
        if pfx is not None:
            password = _given(pfx_password_file, pfx_password_env, "--pfx-password")
            return _opened(pfx) if password is None else load_pfx(pfx, password)
        return None if cert is None else load_pem(cert, key)
    except CertificateUnusable as unusable:
        _unusable(unusable)


def _opened(pfx: Path) -> Credentials:
    """A PFX for which no password was given: it may need none."""
    try:
        return load_pfx(pfx, None)
    except PfxLocked as locked:
        if not sys.stdin.isatty():
            wrong(f"{locked} Remedy: give the password with --pfx-password-file FILE or --pfx-password-env VARIABLE.")
    return load_pfx(pfx, getpass.getpass(f"Password of {clean(pfx)}: "))


def sign_in(
    *,
    user: str | None,
    password_file: Path | None,
    password_env: str | None,
    token_file: Path | None,
    mechanism: str,
) -> SignIn | None:
    """How to sign in, None where nobody is to. A password that was not given is asked for."""
    given = [
        flag
        for flag, value in (
            ("--oauth-token-file", token_file),
            ("--password-file", password_file),
            ("--password-env", password_env),
            ("--auth", mechanism),
        )
        if value
    ]
    if user is None:
        if given:
            wrong(f"{given[0]} needs --user.")
        return None
    if token_file is not None:
        if len(given) > 1:
            wrong(f"--oauth-token-file is a way of its own to sign in. Remedy: leave out {given[1]}.")
        token = read_secret(token_file, "--oauth-token-file").strip()
        if not token.isascii() or not token.isprintable() or not token or " " in token:
            wrong(
                f"{token_file} holds no access token. Remedy: its first line must be the token alone, without Bearer."
            )
        return SignIn(user=user, secret=token, mechanism="XOAUTH2")
    password = _given(password_file, password_env, "--password")
    if password is None:
        if not sys.stdin.isatty():
            wrong("--user needs a password. Remedy: give --password-file FILE, --password-env VARIABLE, or a token.")
        password = getpass.getpass(f"Password of {clean(user)}: ")
    return SignIn(user=user, secret=password, mechanism=mechanism)


def trusted_cas(path: Path | None) -> tuple[x509.Certificate, ...]:
    """The CAs of a PEM file."""
    if path is None:
        return ()
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_CAS + 1)
        if len(content) > _MOST_CAS:
            wrong(f"{path} is larger than {_MOST_CAS} octets. Remedy: name a PEM file with the CAs alone.")
        return tuple(read_certificates(content, source=str(path)))
    except OSError as error:
        wrong(f"{path} cannot be read: {error.strerror}.")
    except CertificateUnusable as unusable:
        _unusable(unusable)


def _given(file: Path | None, variable: str | None, flag: str) -> str | None:
    """A password from a file or the environment."""
    if file is not None and variable is not None:
        wrong(f"Give either {flag}-file or {flag}-env, not both.")
    if variable is not None:
        if variable not in os.environ:
            wrong(f"{flag}-env: there is no environment variable {variable}. Remedy: set it, or use {flag}-file.")
        return os.environ[variable]
    if file is None:
        return None
    try:
        return load_password(file)
    except CertificateUnusable as unusable:
        _unusable(unusable)
