"""Who stands at a face: a person with name and password, or a program with a token.

A person signs in and gets a session token, good for eight hours and kept in memory alone; a program carries an access
token (`gp_ID_SECRET`), of which we keep the hash. Each wish is judged by what holds now: a user or token that was
removed, disabled or given another role is another caller, or none, from the next wish on.

Refusals say outside only that something is not right, with the same effort whatever it was; the reason is in the log.
"""

import asyncio
import hashlib
import math
import re
import secrets as chance
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gatepost.config import NOBODY, AccessToken, Config, ObjectKind, Record, utc, verify_password, verify_token
from gatepost.connectors import SmtpUser
from gatepost.errors import NotFound, NotSignedIn, TooManyAttempts

from .attempts import Attempts, attempt, place
from .roles import Caller, Role

_SHORTEST_PASSWORD = 12  # characters, of those who operate
SESSION_SECONDS = 8 * 3600.0
IDLE_SECONDS = 3600.0  # of a browser, which may be left open; programs keep theirs for the whole time
_MOST_SESSIONS = 10_000
_CHECKS_AT_ONCE, _MOST_WAITING, _BUSY_SECONDS = 2, 50, 5.0  # a check takes 19 MiB and some 30 ms of CPU
_LONGEST_WAIT, _LONGEST_WAIT_OF_A_NAME = 3600.0, 300.0  # a name is locked by whoever guesses it
_LONGEST_WAIT_OF_AN_ADDRESS = (
    60.0  # it may be a proxy's that nobody has listed: slow for all behind it, locked for none
)
_FREE_OF_A_NAME, _FREE_OF_AN_ADDRESS = 20, 30  # many may share an address, and guessers may have many
_ACCESS = re.compile(r"gp_([0-9a-f]{32})_([\w-]{43})")

_WRONG = "The name or the password is not right. Remedy: try again, or ask an administrator for a new password."
_NOT_GOOD = "The token is not good. Remedy: sign in again, or give a token that gatepost token list shows as enabled."


class Witness(Protocol):
    """Where facts are told (the journal)."""

    def fact(self, name: str, **facts: Any) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a person gets: a session token, until when (ISO 8601), and who it stands for."""

    token: str = field(repr=False)
    expires: str
    caller: Caller


@dataclass(slots=True, kw_only=True)
class _Session:
    """A sign-in that holds while the user's password is the same, and while somebody uses it."""

    guid: str
    password_hash: str = field(repr=False)
    until: float
    idle_seconds: float
    seen: float

    def ended(self, now: float) -> bool:
        return now >= min(self.until, self.seen + self.idle_seconds)


def access_token(guid: str, secret: str) -> str:
    """How a token is written: what finds it, and what proves it."""
    return f"gp_{guid.replace('-', '')}_{secret}"


def new_secret() -> str:
    """32 random octets, as text."""
    return chance.token_urlsafe(32)


class Doorkeeper:
    """Knows callers by their tokens. One for a server; `clock` tells seconds since 1970."""

    def __init__(self, config: Config, *, journal: Witness | None, clock: Callable[[], float]) -> None:
        self._config, self._journal, self._clock = config, journal, clock
        self._sessions: dict[bytes, _Session] = {}  # by the hash of their token
        self._pairs = Attempts(longest=_LONGEST_WAIT)  # a name, tried from an address
        self._names = Attempts(longest=_LONGEST_WAIT_OF_A_NAME, free=_FREE_OF_A_NAME)
        self._addresses = Attempts(longest=_LONGEST_WAIT_OF_AN_ADDRESS, free=_FREE_OF_AN_ADDRESS)
        self._checks = asyncio.Semaphore(_CHECKS_AT_ONCE)
        self._waiting = 0
        self.last_used: dict[str, float] = {}  # access tokens by GUID; since the start, and not kept

    # --- tokens -------------------------------------------------------------------------------------

    def identify(self, token: str, *, origin: str, address: str | None, attended: bool = True) -> Caller:
        """Whose token this is; raises NotSignedIn. What comes unattended, by itself, keeps no session awake."""
        now = self._clock()
        if (found := _ACCESS.fullmatch(token)) is not None:
            return self._program(found[1], found[2], now=now, origin=origin, address=address)
        digest = _digest(token)
        session = self._sessions.get(digest)
        if session is None:
            raise self._refused("token_refused", "no such session or token", address, says=_NOT_GOOD)
        user = self._config.world.by_guid(session.guid)
        reason = "the session has ended" if session.ended(now) else _cannot_operate(user)
        if not reason and user is not None and _person(user).password_hash != session.password_hash:
            reason = "the password has changed since"
        if reason or user is None:
            del self._sessions[digest]
            raise self._refused("token_refused", reason, address, says=_NOT_GOOD, who=user.name if user else "")
        if attended:
            session.seen = now
        return _caller(user, origin=origin, address=address)

    def _program(self, digits: str, secret: str, *, now: float, origin: str, address: str | None) -> Caller:
        guid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        record = self._config.world.by_guid(guid)
        model = record.model if record is not None else None
        # Compared in any case, so that the time taken does not tell which tokens there are.
        proved = verify_token(secret, model.secret_hash if isinstance(model, AccessToken) else "")
        if record is None or not isinstance(model, AccessToken) or not proved:
            reason = "no such token"
        elif not model.enabled:
            reason = "it is disabled"
        elif model.expired(now):
            reason = "it has expired"
        else:
            self.last_used[guid] = now
            return Caller(
                who=f"token '{record.name}'",
                origin=origin,
                role=Role(model.role_group),
                organization=record.organization or None,
                address=address,
            )
        who = f"token '{record.name}'" if record is not None and proved else ""
        raise self._refused("token_refused", reason, address, says=_NOT_GOOD, who=who)

    # --- people -------------------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str, *, origin: str, address: str | None) -> SignedIn:
        """A session token for a user with a role group; raises NotSignedIn, or TooManyAttempts."""
        user = self._user(name)
        who = user.name if user else ""  # what names nobody may be a password in the wrong field: not for the log
        named, placed = (who or name[:64]).lower(), place(address)
        keys = ((self._pairs, (named, placed)), (self._names, named), (self._addresses, placed))
        wait = attempt(keys, self._clock())
        if wait > 0.0:
            raise self._too_many(wait, who=who, address=address)
        kept = _person(user).password_hash if user is not None else NOBODY
        proved = await self._check(password, kept)
        now = self._clock()
        reason = _cannot_operate(user) or ("" if proved else "wrong password")
        if reason or user is None:
            raise self._refused("sign_in_refused", reason, address, says=_WRONG, who=who)
        self._pairs.forget((named, placed))
        self._names.forget(named)
        self._addresses.forgive(placed, now)
        token = "gps_" + new_secret()
        idle = IDLE_SECONDS if origin == "web" else SESSION_SECONDS
        self._sessions[_digest(token)] = _Session(
            guid=user.guid, password_hash=kept, until=now + SESSION_SECONDS, idle_seconds=idle, seen=now
        )
        self._make_room(now)
        caller = _caller(user, origin=origin, address=address)
        self._tell("signed_in", who=user.name, origin=origin, address=address, role=caller.role)
        return SignedIn(token=token, expires=utc(now + SESSION_SECONDS), caller=caller)

    def sign_out(self, token: str) -> None:
        """End a session; a token that is none is as good as ended."""
        self._sessions.pop(_digest(token), None)

    async def _check(self, password: str, kept: str) -> bool:
        if self._waiting >= _MOST_WAITING:
            raise self._too_many(_BUSY_SECONDS, who="", address=None)
        self._waiting += 1
        try:
            async with self._checks:
                return await asyncio.to_thread(verify_password, password, kept)
        finally:
            self._waiting -= 1

    def _user(self, name: str) -> Record | None:
        try:
            return self._config.world.find(ObjectKind.USER, name)
        except NotFound:
            return None

    def _make_room(self, now: float) -> None:
        if len(self._sessions) > _MOST_SESSIONS:
            self._sessions = {it: kept for it, kept in self._sessions.items() if not kept.ended(now)}
        while len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]

    # --- refusing -----------------------------------------------------------------------------------

    def _refused(self, fact: str, reason: str, address: str | None, *, says: str, who: str = "") -> NotSignedIn:
        self._tell(fact, who=who, address=address, reason=reason)
        return NotSignedIn(says)

    def _too_many(self, wait: float, *, who: str, address: str | None) -> TooManyAttempts:
        self._tell("sign_in_refused", who=who, address=address, reason=f"too many attempts: {wait:.0f} s to wait")
        return too_many(wait)

    def _tell(self, fact: str, **facts: Any) -> None:
        if self._journal is not None:
            self._journal.fact(fact, **facts)


def too_many(wait: float) -> TooManyAttempts:
    return TooManyAttempts(f"Remedy: wait {math.ceil(wait)} seconds, then try again.", retry_after=wait)


def too_short(name: str, password: str) -> list[str]:
    """What is wrong with the password of somebody who operates, as a list of sentences."""
    if not password or len(password) >= _SHORTEST_PASSWORD:  # that none was given is told by `config`
        return []
    return [
        f"user '{name}': Password has {len(password)} characters, and whoever has a role group needs "
        f"{_SHORTEST_PASSWORD}. Remedy: choose a longer one, such as a few words in a row."
    ]


def _person(record: Record) -> SmtpUser:
    assert isinstance(record.model, SmtpUser)
    return record.model


def _cannot_operate(user: Record | None) -> str:
    """Why this user has no way in, password or not; empty when it has."""
    if user is None:
        return "no such user"
    model = _person(user)
    if not model.enabled:
        return "the user is disabled"
    return "" if model.role_groups else "the user has no role group"


def _caller(user: Record, *, origin: str, address: str | None) -> Caller:
    model = _person(user)
    manages = Role.ORGANIZATION_MANAGEMENT in model.role_groups
    return Caller(
        who=user.name,
        origin=origin,
        role=Role.ORGANIZATION_MANAGEMENT if manages else Role.VIEW_ONLY,
        organization=None if model.all_organizations else user.organization,
        address=address,
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
