"""The OpenAPI document holds: what it says of each operation is what a live server does, whatever is sent."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from house import by_address, domain, house
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from test_rest import web_of

pytestmark = pytest.mark.flow

EXAMPLES = 4  # an operation and a way of asking
# What a schema calls wrong may still be understood ("true" for true, one value for a list): so no check that it is
# refused. That nothing wrong is stored is for the tests of `config`.
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
# These send requests of their own, and whatever else is in the request makes no difference to them.
ONCE = [ignored_auth, unsupported_method]


def play(operation: Any, mode: GenerationMode, **to: Any) -> None:
    """Some requests of an operation, as its schema has them or as it does not."""
    once = list(ONCE) if mode is GenerationMode.POSITIVE else []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        checks = [*CHECKS, *once]
        once.clear()
        case.call_and_validate(checks=checks, timeout=20, **to)

    holds()


def test_what_the_document_says_is_what_the_server_does(tmp_path: Path) -> None:
    with house(tmp_path, domain(), by_address()) as server:
        web = web_of(server)
        with server.connect() as device:
            device.say("EHLO device.contoso.com")
            device.deliver()
        headers = {"Authorization": f"Bearer {web.token}"}
        address = f"http://127.0.0.1:{web.port}"
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
        tried = 0
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            if operation.path in ("/api/v1/sign-in", "/api/v1/sign-out"):
                continue  # they wait, or end the token: they have tests of their own
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                tried += 1
                play(operation, mode, base_url=address, headers=headers)
        assert tried > 80
        assert server.facts.all("trouble") == []
        assert web.value("GET", "/api/v1/status")["ready"] is True
