"""Passwords: how they are hashed, checked and named. Values are write-only; nothing here ever shows one."""

import base64
import hashlib
import hmac
import secrets as chance

# OWASP password storage, scrypt: N=2^15, r=8, p=3 (32 MiB, about 0.2 s); the parameters travel with each
# hash.
_COST, _BLOCK, _LANES = 15, 8, 3
_MAX_COST, _MAX_BLOCK, _MAX_LANES = 17, 16, 8


def hash_password(password: str, *, cost: int = _COST) -> str:
    """`scrypt$cost$block$lanes$salt$hash`, with a fresh salt. `cost` is log2 of N."""
    salt = chance.token_bytes(16)
    made = _derive(password, salt, (cost, _BLOCK, _LANES))
    words = (base64.b64encode(part).decode("ascii") for part in (salt, made))
    return "$".join(("scrypt", str(cost), str(_BLOCK), str(_LANES), *words))


def verify_password(password: str, hashed: str) -> bool:
    """Whether the password made that hash; False for anything unreadable. Takes about 0.2 s of CPU: use a thread."""
    try:
        kind, cost, block, lanes, salt, made = hashed.split("$")
        terms = (int(cost), int(block), int(lanes))
        salt_octets, made_octets = (
            base64.b64decode(salt, validate=True),
            base64.b64decode(made, validate=True),
        )
    except ValueError:
        return False
    if kind != "scrypt" or not all(
        1 <= it <= top for it, top in zip(terms, (_MAX_COST, _MAX_BLOCK, _MAX_LANES), strict=True)
    ):
        return False
    return hmac.compare_digest(_derive(password, salt_octets, terms), made_octets)


def _derive(password: str, salt: bytes, terms: tuple[int, int, int]) -> bytes:
    cost, block, lanes = terms
    octets = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(octets, salt=salt, n=1 << cost, r=block, p=lanes, maxmem=1 << 29, dklen=32)
