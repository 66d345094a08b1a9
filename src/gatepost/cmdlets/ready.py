"""Values of the language, or of InvokeCommand's JSON, as the JSON that verbs take."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gatepost.config import utc
from gatepost.shell import SecureString


def json_ready(value: Any) -> Any:
    """The same value without anything that JSON has no word for.

    A moment without a zone is UTC, as Exchange's trace cmdlets read it. Keys that begin with `@` are OData's own.
    """
    if isinstance(value, SecureString):
        return value.reveal()
    if isinstance(value, datetime):
        return utc((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, Mapping):
        return {str(key): json_ready(it) for key, it in value.items() if not str(key).startswith("@")}
    if isinstance(value, list | tuple):
        return [json_ready(it) for it in value]
    return value
