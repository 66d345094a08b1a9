"""Getting into a server over HTTP: signing in and out, and who the token stands for (REST, `/api/v1`)."""

import json
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request

from gatepost.shell import CommandFailed

from .connections import MOST_OCTETS, SECONDS, opener, refused, unreached
from .failures import NO_ANSWER, TROUBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom a token stands for; without an organization it is good for all of them."""

    who: str
    organization: str | None


class Entrance:
    """The sign-in of one server. `base` is its address without a path. Everything raises CommandFailed."""

    def __init__(self, uri: str, *, ca: Path | None = None) -> None:
        self.base = uri.rstrip("/")
        self._opener = opener(self.base, ca)

    def sign_in(self, name: str, password: str) -> str:
        """A token for some hours."""
        found = self._ask("/api/v1/sign-in", body={"name": name, "password": password})
        return str(found["token"])

    def sign_out(self, token: str) -> None:
        """End it. A server that cannot be told any more forgets it by itself."""
        try:
            self._ask("/api/v1/sign-out", token=token, body={})
        except CommandFailed:
            pass

    def caller(self, token: str) -> Known:
        found = self._ask("/api/v1/caller", token=token)
        return Known(who=str(found["who"]), organization=found["organization"])

    def organization(self, token: str, caller: Known) -> str:
        """The caller's own; else the only one that there is."""
        if caller.organization:
            return caller.organization
        names = [str(it["Name"]) for it in self._ask("/api/v1/organizations", token=token)]
        if len(names) != 1:
            raise CommandFailed(
                TROUBLE,
                f"{self.base} has several organizations: {', '.join(names[:20])}. Remedy: say which by -Organization.",
            )
        return names[0]

    def _ask(self, path: str, *, token: str = "", body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        octets = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.base}{path}", octets, headers)  # noqa: S310  `opener` lets only http and https pass
        try:
            with self._opener.open(request, timeout=SECONDS) as reply:
                return json.loads(reply.read(MOST_OCTETS))["value"]
        except HTTPError as refusal:
            with refusal:
                raise refused(refusal, self.base) from None
        except (URLError, OSError, HTTPException) as trouble:
            raise CommandFailed(NO_ANSWER, unreached(self.base, trouble)) from None
        except (ValueError, KeyError, TypeError):
            raise CommandFailed(TROUBLE, f"{self.base} answered something else. Remedy: is it a gatepost?") from None
