"""/livez, /readyz and /metrics: what orchestrators and Prometheus ask."""

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gatepost.config import Settings
from gatepost.manage import METRICS, Desk

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def application(desk: Desk) -> Starlette:
    """The pages; `desk` answers, this only writes it down."""

    async def live(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_: Request) -> Response:
        state = await desk.ready()
        return JSONResponse(state, status_code=200 if state["ready"] else 503)

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(_exposition(await desk.metrics()), media_type=_METRICS_TYPE)

    return Starlette(
        routes=[Route("/livez", live), Route("/readyz", ready), Route("/metrics", metrics)],
    )


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


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: app.py owns the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_web(desk: Desk, settings: Settings) -> None:
    """Serve until cancelled."""
    config = uvicorn.Config(
        application(desk),
        host=settings.admin.address,
        port=settings.admin.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    server = _Server(config)
    try:
        await server.serve()
    finally:
        for listening in getattr(server, "servers", []):  # cancelled: uvicorn leaves them open
            listening.close()
