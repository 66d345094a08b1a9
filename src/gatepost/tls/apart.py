"""Reading somebody's PFX in a process of its own, which is stopped when it takes too long or too much.

`read_pfx` refuses absurd work that stands in clear; a count inside an encrypted layer is only seen once the password
is known, and no thread can be stopped. So a file that comes from outside is read here.
"""

import asyncio
import json
import resource
import sys

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gatepost.errors import CertificateUnusable, PfxLocked

from .credentials import MAX_PFX, Credentials, read_pem, read_pfx

_SECONDS = 10.0
_MEMORY = 1 << 30  # octets of address space: OpenSSL and Python map a few hundred MiB
_PROGRAM = "from gatepost.tls.apart import child; child()"


async def read_pfx_apart(
    content: bytes, password: str | None, *, source: str, seconds: float = _SECONDS
) -> Credentials:
    """As `read_pfx`; raises CertificateUnusable also where it takes longer than `seconds`."""
    if len(content) > MAX_PFX:
        raise CertificateUnusable(f"{source}: the PFX is larger than 64 KiB.")
    asked = json.dumps({"password": password, "source": source, "content": content.hex()}).encode()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-c",
        _PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await child.communicate(asked)
    except TimeoutError:
        said = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if not said:
        raise CertificateUnusable(f"{source}: reading the PFX took too long. Remedy: export it again.")
    answer = json.loads(said)
    if "refused" in answer:
        raise (PfxLocked if answer["locked"] else CertificateUnusable)(answer["refused"])
    return read_pem(answer["certificates"].encode(), answer["key"].encode(), source=source)


def child() -> None:
    """What the process does: one question on standard input, one answer on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(_SECONDS), int(_SECONDS) + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    answer: dict[str, object]
    try:
        found = read_pfx(bytes.fromhex(asked["content"]), asked["password"], source=asked["source"])
    except CertificateUnusable as refused:
        answer = {"refused": refused.detail, "locked": isinstance(refused, PfxLocked)}
    else:
        key = found.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        certificates = b"".join(it.public_bytes(Encoding.PEM) for it in found.presented)
        answer = {"certificates": certificates.decode(), "key": key.decode()}
    json.dump(answer, sys.stdout)
