"""/checks: alerts, and what the relay needs, looked at now; the last results stay until the next run."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from .centre import Centre
from .view import View

LEVELS = {"ok": "good", "skipped": "", "warning": "warn", "failed": "bad"}


def routes(centre: Centre) -> list[BaseRoute]:
    """The results, and a new run."""
    return [centre.page("/checks", show), centre.form("/checks", begin)]


async def show(view: View) -> Response:
    run = (await view.call("check.show")).value
    alerts = (await view.call("alerts.list")).value
    wanted = view.asked("level")
    found = [] if run is None else run["findings"]
    return view.draw(
        "checks/page.html",
        alerts=alerts,
        run=run,
        rows=[it for it in found if wanted in ("", it["level"])],
        counts={level: sum(it["level"] == level for it in found) for level in LEVELS},
        levels=LEVELS,
        wanted=wanted,
        words={
            "ok": view.gettext("OK"),
            "skipped": view.gettext("Not looked at"),
            "warning": view.gettext("Warning"),
            "failed": view.gettext("Failed"),
        },
    )


async def begin(view: View) -> Response:
    await view.call("check.begin")
    return view.go("/checks")
