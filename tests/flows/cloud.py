"""Microsoft's cloud as far as a relay meets it, of the tests' own: Entra's tokens, Graph's sendMail, XOAUTH2.

Over real HTTPS on loopback, with the real rules: audience, end, proof of the application, roles, how much at once.

It shares no code with Gatepost. What it refuses, and in which words, is written from Microsoft's documentation; no real
tenant was asked.
"""

import asyncio
import base64
import contextlib
import hashlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import trustme
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TENANT = "3f2a0c1e-0000-4000-8000-00000000c0de"
CLIENT = "9b7d1a52-0000-4000-8000-0000000000a1"
SECRET = "a-client-secret~of.the.tests"
MAILBOX = "scanner@contoso.com"
EXCHANGE = "https://outlook.office365.com"

CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
CA_PEM = CA.cert_pem.bytes().decode()

_KEY = "what only the cloud signs tokens with, thirty-two octets or more"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Cloud:
    """The script and the record. Counters say how often something was asked; `sent` is what Graph has taken.

    `entra_down` answers token requests with that HTTP status; `graph_says` are answers that sendMail gives first, each
    (status, code, headers); `refuse` says of a token request which AADSTS number it gets.
    """

    roles: dict[str, list[str]] = field(default_factory=lambda: {EXCHANGE: ["SMTP.SendAsApp"], "graph": ["Mail.Send"]})
    mailboxes: set[str] = field(default_factory=lambda: {MAILBOX})
    granted: set[str] = field(default_factory=set)  # mailboxes for which Exchange gives Mail.Send, unseen in the token
    certificate: x509.Certificate | None = None  # of the application; its assertions are taken with it alone
    secret: str = SECRET
    lifetime: float = 3600.0
    clock: Callable[[], float] = time.time
    entra_down: int = 0
    refuse: tuple[int, str] | None = None
    entra_gate: asyncio.Event | None = None  # token requests wait for it
    graph_says: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    graph_gate: asyncio.Event | None = None
    smtp_says: str = ""  # instead of 235, whatever the token
    asked: Counter[str] = field(default_factory=Counter)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0
    _revoked: set[str] = field(default_factory=set)
    _issued: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def authority(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def graph(self) -> str:
        return f"https://localhost:{self.port}"

    def revoke_all(self) -> None:
        """Every token that was given until now is no longer good."""
        self._revoked.update(self._issued)

    async def wait_for(self, count: int) -> None:
        """Until Graph has taken so many messages."""
        async with asyncio.timeout(20):
            while len(self.sent) < count:
                self._news.clear()
                await self._news.wait()

    # --- Exchange Online's sign-in ----------------------------------------------------------------

    def sign_in(self, words: str) -> str:
        """For `Sink.auth`: the answer to `XOAUTH2 …`."""
        self.asked["smtp"] += 1
        mechanism, _, response = words.partition(" ")
        if mechanism.upper() != "XOAUTH2":
            return "504 5.7.4 Unrecognized authentication type"
        parts = base64.b64decode(response).decode().split("\1")
        user, token = parts[0].removeprefix("user="), parts[1].removeprefix("auth=Bearer ")
        claims = self._read(token, EXCHANGE)
        if claims is None or "SMTP.SendAsApp" not in claims["roles"] or user not in self.mailboxes:
            return "535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.exchangelabs.example]"
        return self.smtp_says or "235 2.7.0 Authentication successful"

    def _read(self, token: str, audience: str) -> dict[str, Any] | None:
        """The claims of a token that is good for the audience."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token, _KEY, algorithms=["HS256"], audience=audience, options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.InvalidTokenError:
            return None
        return None if claims["exp"] <= self.clock() or claims["jti"] in self._revoked else claims

    # --- Entra ------------------------------------------------------------------------------------

    async def _discovery(self, request: Request) -> Response:
        tenant = request.path_params["tenant"]
        if tenant not in (TENANT, "contoso.com"):
            return _refusal("invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        base = f"{self.authority}/{tenant}"
        return JSONResponse(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _token(self, request: Request) -> Response:
        self.asked["token"] += 1
        if self.entra_gate is not None:
            await self.entra_gate.wait()
        if self.entra_down:
            return Response("Service Unavailable", self.entra_down)
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form.get("grant_type") != "client_credentials":
            return _refusal("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if form.get("client_id") != CLIENT:
            return _refusal("unauthorized_client", 700016, "Application was not found in the directory.")
        if self.refuse is not None:
            number, words = self.refuse
            return _refusal("invalid_client", number, words)
        if (wrong := self._proof(form)) is not None:
            return wrong
        resource = form.get("scope", "").removesuffix("/.default")
        known = {EXCHANGE: EXCHANGE, self.graph: "graph"}
        if not form.get("scope", "").endswith("/.default") or resource not in known:
            return _refusal("invalid_resource", 500011, f"The resource principal named {resource} was not found.")
        now, jti = self.clock(), f"token-{self.asked['token']}"
        claims = {
            "aud": resource,
            "tid": TENANT,
            "appid": CLIENT,
            "roles": self.roles.get(known[resource], []),
            "iat": int(now),
            "exp": int(now + self.lifetime),
            "jti": jti,
            "padding": "x" * 1200,  # real ones are as long
        }
        self._issued.append(jti)
        token = jwt.encode(claims, _KEY, algorithm="HS256")
        return JSONResponse({"token_type": "Bearer", "expires_in": int(self.lifetime), "access_token": token})

    def _proof(self, form: dict[str, str]) -> Response | None:
        """None when the application has proved itself."""
        if form.get("client_assertion_type") == _ASSERTION and self.certificate is not None:
            assertion = form.get("client_assertion", "")
            digest = base64.urlsafe_b64encode(
                hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
            ).decode()
            named = jwt.get_unverified_header(assertion).get("x5t#S256", "").rstrip("=")
            if named != digest.rstrip("="):
                return _refusal("invalid_client", 700027, "The certificate used to sign is not registered.")
            try:
                endpoint = f"{self.authority}/{TENANT}/oauth2/v2.0/token"
                key: Any = self.certificate.public_key()
                claims = jwt.decode(assertion, key, algorithms=["PS256"], audience=endpoint)
            except jwt.InvalidTokenError as wrong:
                return _refusal("invalid_client", 700027, f"Client assertion failed signature validation: {wrong}.")
            mine = claims["iss"] == claims["sub"] == CLIENT
            return None if mine else _refusal("invalid_client", 700027, "The assertion is of another application.")
        if "client_secret" not in form:
            return _refusal("invalid_client", 7000218, "The request must contain client_assertion or client_secret.")
        if form["client_secret"] != self.secret:
            return _refusal("invalid_client", 7000215, "Invalid client secret provided.")
        return None

    # --- Graph ------------------------------------------------------------------------------------

    async def _send_mail(self, request: Request) -> Response:
        self.asked["graph"] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._sending(request)
        finally:
            self.at_once -= 1

    async def _sending(self, request: Request) -> Response:
        body = await request.body()
        if self.graph_gate is not None:
            await self.graph_gate.wait()
        claims = self._read(request.headers.get("authorization", "").removeprefix("Bearer "), self.graph)
        if claims is None:
            return _error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if self.graph_says:
            status, code, headers = self.graph_says.pop(0)
            return _error(status, code, "As the test wants it.", headers)
        if self.at_once > 4:
            return _error(429, "ApplicationThrottled", "MailboxConcurrency limit exceeded.", {"Retry-After": "10"})
        mailbox = request.path_params["mailbox"]
        if "Mail.Send" not in claims["roles"] and mailbox not in self.granted:
            return _error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if mailbox not in self.mailboxes:
            return _error(404, "ErrorInvalidUser", f"The requested user '{mailbox}' is invalid.")
        if len(body) > 4 * 1024 * 1024:
            return _error(413, "RequestEntityTooLarge", "The request is too large.")
        if request.headers.get("content-type") != "text/plain":
            return _error(400, "ErrorInvalidRequest", "MIME comes as text/plain.")
        try:
            message = base64.b64decode(body, validate=True)
        except ValueError:
            return _error(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
        self.sent.append((mailbox, message))
        self._news.set()
        return Response(status_code=202)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery),
                Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route("/v1.0/users/{mailbox}/sendMail", self._send_mail, methods=["POST"]),
            ]
        )


def _refusal(error: str, number: int, words: str) -> Response:
    description = f"AADSTS{number}: {words} Trace ID: 0000 Correlation ID: 1111 Timestamp: 2026-11-24 00:00:00Z"
    status = 401 if error == "invalid_client" else 400
    return JSONResponse({"error": error, "error_description": description, "error_codes": [number]}, status)


def _error(status: int, code: str, words: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": words}}, status, headers)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def clouding(cloud: Cloud, ca: trustme.CA = CA) -> AsyncIterator[Cloud]:
    """Serve it in this loop for the length of the block."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        cloud.port = door.getsockname()[1]
        config = uvicorn.Config(
            cloud.application(),
            log_config=None,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        config.load()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("localhost").configure_cert(context)
        config.ssl = context
        server = _Server(config)
        task = asyncio.create_task(server.serve([door]))
        try:
            yield cloud
        finally:
            server.should_exit = True
            await task


@contextmanager
def cloud_beside(cloud: Cloud) -> Iterator[Cloud]:
    """The same in a thread of its own, for tests that are plain conversations."""
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        async with clouding(cloud):
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="cloud")
    thread.start()
    try:
        assert ready.wait(20)
        yield cloud
    finally:
        stop.set()
        thread.join(20)
