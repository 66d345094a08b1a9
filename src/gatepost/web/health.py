"""/livez, /readyz and /metrics: what orchestrators and Prometheus ask."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gatepost.manage import METRICS, Desk

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health(desk: Desk) -> list[BaseRoute]:
    """The three pages; `desk` answers, this only writes it down."""

    async def live(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_: Request) -> Response:
        state = await desk.ready()
        return JSONResponse(state, status_code=200 if state["ready"] else 503)

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(_exposition(await desk.metrics()), media_type=_METRICS_TYPE)

    return [Route("/livez", live), Route("/readyz", ready), Route("/metrics", metrics)]


def _exposition(samples: list[tuple[str, str, dict[str, str], float]]) -> str:
    """Prometheus text format from (name, kind, labels, value); samples of one name stand together."""
    lines: list[str] = []
    named = ""
    for name, kind, labels, value in samples:
        if name != named:
            lines += [f"# HELP {name} {_explained(METRICS[name])}", f"# TYPE {name} {kind}"]
            named = name
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inner}}} {_number(value)}" if inner else f"{name} {_number(value)}")
    return "\n".join(lines) + "\n"


def _explained(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    """Whole numbers whole: `:g` would round a counter beyond six digits."""
    return str(int(value)) if value.is_integer() else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
