"""Passwords and tokens: how they are hashed and checked. Values are write-only; nothing here ever shows one."""

import hashlib
import hmac

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP password storage: argon2id with 19 MiB, 2 passes, 1 lane (some 30 ms). Every AUTH of a device costs one check,
# so the least of the recommended terms is taken. The terms travel with each hash, so they may be raised later.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)

# Checked for users that do not exist, so that the time taken tells nothing. It is of 32 random octets nobody has kept.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$6ieCD0j/nq6xbNA36uoLxA$jGoAktNNuAZwK1zhRRR+INZekXw/NOD+r4KctOMyWF8"


def hash_password(password: str) -> str:
    """`$argon2id$v=19$terms$salt$hash`, with a fresh salt. Takes some 30 ms of CPU and 19 MiB: use a thread."""
    return _HASHER.hash(_octets(password))


def verify_password(password: str, hashed: str) -> bool:
    """Whether the password made that hash; False for anything unreadable. As dear as hashing: use a thread."""
    try:
        return _HASHER.verify(hashed, _octets(password))
    except (InvalidHashError, VerificationError, ValueError):
        return False


def hash_token(secret: str) -> str:
    """The hash of a token's secret: 32 random octets cannot be guessed, so one quick round of SHA-256 is enough."""
    return "sha256$" + hashlib.sha256(_octets(secret)).hexdigest()


def verify_token(secret: str, hashed: str) -> bool:
    """Whether the secret made that hash; the time taken tells nothing of either."""
    return hmac.compare_digest(hash_token(secret).encode(), _octets(hashed))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
