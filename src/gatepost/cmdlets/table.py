"""Every cmdlet that asks the server: the one table behind the language, InvokeCommand, the module and the reference."""

from .audit import AUDIT
from .cmdlet import Cmdlet
from .connectors import CONNECTORS
from .domains import DOMAINS
from .messages import MESSAGES
from .queues import QUEUES
from .recipients import RECIPIENTS
from .rules import RULES
from .signing import SIGNING

TABLE: tuple[Cmdlet, ...] = (*CONNECTORS, *DOMAINS, *RECIPIENTS, *SIGNING, *RULES, *MESSAGES, *QUEUES, *AUDIT)

_BY_NAME = {name.lower(): cmdlet for cmdlet in TABLE for name in (cmdlet.name, *cmdlet.aliases)}


def cmdlet_named(name: str) -> Cmdlet | None:
    """The cmdlet of that name or alias, upper and lower case alike."""
    return _BY_NAME.get(name.lower())
