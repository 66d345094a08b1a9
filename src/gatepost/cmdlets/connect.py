"""Connect-ExchangeOnline and Disconnect-ExchangeOnline: which server the cmdlets are put to, and as whom.

A script written for Exchange Online begins with the first of them. Here it means the server of `--config`, which its
admin socket's owner needs no password for; with -ConnectionUri another one, over HTTP, with a token or a password.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatepost.shell import Bound, CommandFailed, Credential, Parameter, PSObject, SecureString, Shell, Takes, to_text

from .cmdlet import Cmdlet, Outcome
from .connections import Connection, OverHttp
from .entrance import Entrance
from .failures import NO_ANSWER

NOT_CONNECTED = "System.InvalidOperationException"
_IGNORED = (
    "AppId", "AzureADAuthorizationEndpointUri", "Certificate", "CertificateFilePath", "CertificatePassword",
    "CertificateThumbprint", "CommandName", "DelegatedOrganization", "ExchangeEnvironmentName", "FormatTypeName",
    "LogDirectoryPath", "LogLevel", "ManagedIdentityAccountId", "PageSize", "Prefix", "SigningCertificate",
)  # fmt: skip
_IGNORED_SWITCHES = (
    "BypassMailboxAnchoring", "Device", "DisableWAM", "EnableErrorReporting", "InlineCredential", "ManagedIdentity",
    "UseRPSSession",
)  # fmt: skip
# What they ask for is so in any case, so a warning would only be noise.
_HARMLESS = ("LoadCmdletHelp", "ShowBanner", "ShowProgress", "SkipLoadingCmdletHelp", "SkipLoadingFormatData",
             "TrackPerformance", "UseMultithreading")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A server that cmdlets are put to. `leave` ends what was begun to reach it."""

    connection: Connection
    place: str
    who: str
    organization: str = ""
    leave: Callable[[], None] = lambda: None


class Line:
    """The connection that the cmdlets use now. It passes for one itself, so that a cmdlet never learns of a change.

    `local` reaches the server of this machine in the organization that is named (none: the only one there is).
    `unanswered` tells whether a server was to be asked and did not answer; whoever looks at it resets it.
    """

    def __init__(self, local: Callable[[str], Reached]) -> None:
        self._local = local
        self.reached: Reached | None = local("")
        self.unanswered = False

    def connect_here(self, organization: str) -> None:
        """To the server of this machine."""
        self._change(self._local(organization))

    def connect(self, reached: Reached) -> None:
        """To another one."""
        self._change(reached)

    def disconnect(self) -> None:
        self._change(None)

    def invoke(self, cmdlet: Cmdlet, bound: Bound) -> Outcome:
        if self.reached is None:
            raise CommandFailed(
                NOT_CONNECTED,
                f"{cmdlet.name} has no server to go to. Remedy: Connect-ExchangeOnline first; with -ConnectionUri for "
                "a server elsewhere.",
            )
        with self.watched():
            return self.reached.connection.invoke(cmdlet, bound)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes whether the server that is asked inside answers at all."""
        try:
            yield
        except CommandFailed as failed:
            self.unanswered |= failed.type_name == NO_ANSWER
            raise

    def _change(self, to: Reached | None) -> None:
        before, self.reached = self.reached, to
        if before is not None:
            before.leave()


class ConnectExchangeOnline:
    """The command. `ca` is a file of CAs that may vouch for a server's HTTPS certificate instead of the system's."""

    name = "Connect-ExchangeOnline"
    aliases: tuple[str, ...] = ()
    synopsis = "Chooses the server that the cmdlets are put to: this machine's, or one over HTTP."
    example = "Connect-ExchangeOnline -ConnectionUri https://relay.contoso.com:8025 -UserPrincipalName anna"
    parameters = (
        Parameter(
            name="ConnectionUri",
            help="The admin listener of a server: https://relay.contoso.com:8025. Without it: the server of --config, "
            "over its admin socket.",
        ),
        Parameter(name="AccessToken", takes=Takes.ANY, help="A token of that server; see gatepost token add."),
        Parameter(
            name="Credential", takes=Takes.ANY, help="A user of that server with the password; see Get-Credential."
        ),
        Parameter(name="UserPrincipalName", help="A user of that server; the password is asked for."),
        Parameter(name="Organization", help="The organization; needed only where there are several."),
        *(Parameter(name=name, takes=Takes.ANY, ignored=True, help="For Exchange Online only.") for name in _IGNORED),
        *(
            Parameter(name=name, takes=Takes.SWITCH, ignored=True, help="For Exchange Online only.")
            for name in _IGNORED_SWITCHES
        ),
        *(Parameter(name=name, takes=Takes.SWITCH, help="Taken for Exchange's sake.") for name in _HARMLESS),
    )

    def __init__(self, line: Line, *, ca: Path | None = None) -> None:
        self._line = line
        self._ca = ca

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: Shell) -> Iterable[Any]:
        uri = to_text(bound.get("ConnectionUri"))
        organization = to_text(bound.get("Organization"))
        if not uri:
            given = [name for name in ("AccessToken", "Credential", "UserPrincipalName") if name in bound]
            if given:
                shell.warn(
                    f"-{given[0]} is not used: the server of this machine is reached over its admin socket, as its "
                    "owner. Remedy: give -ConnectionUri to sign in over HTTP.",
                    bound,
                )
            self._line.connect_here(organization)
            return ()
        self._line.disconnect()  # whatever a script means for that server must not go to another when this fails
        self._line.connect(self._reached(uri, organization, bound, shell))
        return ()

    def _reached(self, uri: str, organization: str, bound: Bound, shell: Shell) -> Reached:
        entrance = Entrance(uri, ca=self._ca)
        given = "AccessToken" in bound
        with self._line.watched():
            token = _revealed(bound.get("AccessToken")) if given else self._signed_in(entrance, bound, shell)
            caller = entrance.caller(token)
            organization = organization or entrance.organization(token, caller)
        return Reached(
            connection=OverHttp(entrance.base, token, organization=organization, ca=self._ca),
            place=entrance.base,
            who=caller.who,
            organization=organization,
            leave=(lambda: None) if given else (lambda: entrance.sign_out(token)),
        )

    def _signed_in(self, entrance: Entrance, bound: Bound, shell: Shell) -> str:
        login = bound.get("Credential")
        if isinstance(login, Credential):
            return entrance.sign_in(login.user_name, login.password.reveal())
        name = to_text(login) or to_text(bound.get("UserPrincipalName"))
        if not name:
            raise CommandFailed(
                NOT_CONNECTED,
                f"Nobody is to be signed in at {entrance.base}. Remedy: give -AccessToken, -Credential or "
                "-UserPrincipalName.",
            )
        return entrance.sign_in(name, shell.host.ask(f"Password of {name}: ", secret=True))


class DisconnectExchangeOnline:
    """The command."""

    name = "Disconnect-ExchangeOnline"
    aliases: tuple[str, ...] = ()
    synopsis = "Leaves the server; a session that Connect-ExchangeOnline signed in for ends there, too."
    example = "Disconnect-ExchangeOnline"
    parameters = (Parameter(name="Confirm", takes=Takes.SWITCH, help="Taken for Exchange's sake: it never asks."),)

    def __init__(self, line: Line) -> None:
        self._line = line

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: Shell) -> Iterable[Any]:
        self._line.disconnect()
        return ()


class GetConnectionInformation:
    """The command."""

    name = "Get-ConnectionInformation"
    aliases: tuple[str, ...] = ()
    synopsis = "Tells which server the cmdlets are put to, and as whom."
    example = "Get-ConnectionInformation"
    parameters: tuple[Parameter, ...] = ()

    def __init__(self, line: Line) -> None:
        self._line = line

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: Shell) -> Iterable[Any]:
        reached = self._line.reached
        if reached is None:
            return ()
        shown = {
            "ConnectionUri": reached.place,
            "UserPrincipalName": reached.who,
            "Organization": reached.organization,
            "State": "Connected",
        }
        return (PSObject(shown, columns=tuple(shown)),)


def _revealed(token: Any) -> str:
    return token.reveal() if isinstance(token, SecureString) else to_text(token)
