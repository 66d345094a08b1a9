"""Client certificates that somebody brings: read apart from the server, and kept as files of the server.

What is kept has no password: the file is readable by the relay alone, like the database that would hold the password.
"""

import asyncio
import base64
import binascii
import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from gatepost.errors import CertificateUnusable, ConfigRefused
from gatepost.tls import Credentials, host_names, read_pem, read_pfx_apart

from .desk import Answer, Call

if TYPE_CHECKING:
    from .desk import Desk

FOLDER = "client-certificates"
_KEPT_SECONDS = 86_400.0  # unused; a run of the wizard ends long before
_OURS = re.compile(r"[0-9a-f]{64}\.pfx")


async def keep(
    call: Call, *, content: str, password: str = "", name: str = "certificate", what_if: bool = False
) -> Answer:
    """Keep a PFX, or a PEM of certificate and key, given in base64: `File` is what ClientCertificatePfx wants.

    `name` is what the file is called in a refusal. The same certificate is kept once.
    """
    try:
        octets = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigRefused(["content is not base64. Remedy: encode the file's octets."]) from None
    try:
        if b"-----BEGIN " in octets:
            found = await asyncio.to_thread(read_pem, octets, octets, source=name)
        else:
            found = await read_pfx_apart(octets, password or None, source=name)
    except CertificateUnusable as unusable:
        detail = unusable.detail if "Remedy:" in unusable.detail else f"{unusable.detail} Remedy: give another file."
        raise ConfigRefused([detail]) from None
    fingerprint = found.certificate.fingerprint(SHA256()).hex()
    file = (call.desk.settings.data_dir / FOLDER / f"{fingerprint}.pfx").absolute()
    if not what_if:
        try:
            await asyncio.to_thread(_write, file, found)
        except OSError as trouble:
            raise ConfigRefused(
                [f"{file.parent}: cannot be written: {trouble.strerror}. Remedy: check the data directory."]
            ) from trouble
    return Answer(value=_shown(file, found))


def forget_certificates(desk: "Desk") -> None:
    """Remove kept certificates that no connector names, a day after they were brought: of runs of the wizard that were
    abandoned, and of connectors that are gone. Only files that `keep` has named; blocking."""
    used = {
        file
        for connector in desk.config.current().outbound
        for file in (connector.client_certificate_pfx, connector.oauth_certificate_pfx)
    }
    folder = (desk.settings.data_dir / FOLDER).absolute()
    for file in folder.glob("*.pfx") if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # somebody else removes it, or the next time we do
            old = file.stat().st_mtime < desk.clock() - _KEPT_SECONDS
            if old and _OURS.fullmatch(file.name) and str(file) not in used:
                file.unlink()


def _shown(file: Path, found: Credentials) -> dict[str, Any]:
    return {
        "File": str(file),
        "Subject": found.certificate.subject.rfc4514_string(),
        "Names": list(host_names(found.certificate, common_name=True)),
        "NotAfterUTC": datetime.isoformat(found.certificate.not_valid_after_utc.astimezone(UTC)),
    }


def _write(file: Path, found: Credentials) -> None:
    """Whole or not at all, and never readable by others."""
    octets = pkcs12.serialize_key_and_certificates(None, found.key, found.certificate, found.chain, NoEncryption())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(octets)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
