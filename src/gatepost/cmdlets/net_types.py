"""The .NET types that scripts which send mail make use of, by name. There are no others."""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509

from gatepost.shell import NetType

from .net_certificates import STORAGE_FLAGS, Certificate
from .net_mail import NOTIFICATIONS, Attachment, MailAddress, MailMessage
from .net_objects import Constructor
from .net_smtp import NetworkCredential, SmtpClient
from .posting import PRIORITIES


def net_types(trusted: Sequence[x509.Certificate] = ()) -> Mapping[str, NetType]:
    """Every type by its full name. `trusted` are CAs beside the system's that may vouch for a mail server."""

    def client(host: Any = "", port: Any = 25) -> SmtpClient:
        made = SmtpClient(trusted)
        made.set("Host", host)
        made.set("Port", port)
        return made

    found = (
        Constructor(SmtpClient.type_name, client, (0, 1, 2)),
        Constructor(MailMessage.type_name, MailMessage.make, (0, 2, 4)),
        Constructor(MailAddress.type_name, MailAddress.make, (1, 2, 3)),
        Constructor(Attachment.type_name, Attachment.make, (1, 2)),
        Constructor(NetworkCredential.type_name, NetworkCredential.make, (2, 3)),
        Constructor(Certificate.type_name, Certificate.make, (1, 2, 3)),
        _names("System.Net.Mail.MailPriority", PRIORITIES),
        _names("System.Net.Mail.DeliveryNotificationOptions", NOTIFICATIONS),
        _names("System.Net.Mail.SmtpDeliveryMethod", ("Network",)),
        _names("System.Security.Cryptography.X509Certificates.X509KeyStorageFlags", STORAGE_FLAGS),
    )
    return {one.name: one for one in found}


def _names(name: str, values: Sequence[str]) -> Constructor:
    """An enumeration: its values are their own names."""
    return Constructor(name, None, statics={one: one for one in values})
