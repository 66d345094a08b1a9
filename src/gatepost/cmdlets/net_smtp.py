"""System.Net.Mail.SmtpClient for scripts.

On the wire it is .NET's: it knows STARTTLS and no other TLS, shows its client certificate when the server asks for
one, and tells nothing to a server whose certificate it cannot trust.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cryptography import x509

from gatepost.shell import CommandFailed, Credential, Ends, SecureString, Shell, failed, to_bool, to_text, to_whole

from .net_certificates import client_certificates
from .net_mail import MailMessage
from .net_objects import Counts, Instance, Taken, one_of, wrong
from .posting import Way, post

_LONGEST = 3_600_000  # milliseconds


def to_port(value: Any) -> int:
    """A port of TCP. Raises CommandFailed."""
    port = to_whole(value)
    if not 0 < port < 65536:
        raise wrong(f"{port} is not a port. Remedy: use 25, 587, or another between 1 and 65535.")
    return port


class NetworkCredential(Instance):
    """A user name and a password for a server. The password is never shown."""

    type_name = "System.Net.NetworkCredential"
    properties: ClassVar[Mapping[str, Taken | None]] = {"UserName": to_text, "Domain": to_text}

    def __init__(self, user: str, password: str) -> None:
        super().__init__(UserName=user, Domain="")
        self.password = password

    @classmethod
    def make(cls, user: Any, password: Any, domain: Any = "") -> "NetworkCredential":
        return cls(to_text(user), password.reveal() if isinstance(password, SecureString) else to_text(password))


def read_credentials(value: Any) -> NetworkCredential | None:
    """What Credentials are set to: a NetworkCredential, what Get-Credential gives, or `$null`."""
    if value is None or isinstance(value, NetworkCredential):
        return value
    if isinstance(value, Credential):
        return NetworkCredential(value.user_name, value.password.reveal())
    raise wrong("Credentials take a user name with its password. Remedy: use Get-Credential.")


def _timeout(value: Any) -> int:
    milliseconds = to_whole(value)
    if not 0 < milliseconds <= _LONGEST:
        raise wrong(f"A timeout of {milliseconds} milliseconds is not possible. Remedy: use 1 to {_LONGEST}.")
    return milliseconds


class SmtpClient(Instance):
    """One server to send to. `trusted` are CAs beside the system's that may vouch for it."""

    type_name = "System.Net.Mail.SmtpClient"
    properties: ClassVar[Mapping[str, Taken | None]] = {
        "Host": to_text,
        "Port": to_port,
        "EnableSsl": to_bool,
        "Timeout": _timeout,
        "Credentials": read_credentials,
        "UseDefaultCredentials": to_bool,
        "ClientCertificates": None,
        "DeliveryMethod": lambda value: one_of(("Network",), value, "DeliveryMethod"),
    }
    methods: ClassVar[Mapping[str, Counts]] = {"Send": (1, 4), "Dispose": (0,)}

    def __init__(self, trusted: Sequence[x509.Certificate]) -> None:
        super().__init__(
            Host="",
            Port=25,
            EnableSsl=False,
            Timeout=100_000,
            UseDefaultCredentials=False,
            ClientCertificates=client_certificates(),
            DeliveryMethod="Network",
        )
        self._trusted = tuple(trusted)

    def send(self, *arguments: Any, shell: Shell) -> None:
        """Send a MailMessage, or make one of sender, recipients, subject and body. Raises CommandFailed."""
        [message, *more] = arguments
        if more:
            message = MailMessage.make(*arguments)
        if not isinstance(message, MailMessage):
            raise wrong("Send takes a message. Remedy: make one with [System.Net.Mail.MailMessage]::new().")
        try:
            post(message.mail(), self._way())
        except CommandFailed as trouble:
            trouble.ends = Ends.STATEMENT  # a method that throws ends its statement, unlike a cmdlet that reports
            raise

    def _way(self) -> Way:
        values = self.values
        if not values["Host"]:
            raise failed(
                "The SMTP host was not specified. Remedy: set Host to the name of the server.",
                type_name="System.InvalidOperationException",
            )
        login: NetworkCredential | None = values.get("Credentials")
        certificates = [one.credentials for one in values["ClientCertificates"].items]
        return Way(
            host=values["Host"],
            port=values["Port"],
            secure=values["EnableSsl"],
            certificate=certificates[0] if certificates else None,
            trusted=self._trusted,
            user=None if login is None else login.values["UserName"],
            password=None if login is None else login.password,
            timeout=values["Timeout"] / 1000,
        )
