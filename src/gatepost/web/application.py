"""The whole application: REST, InvokeCommand, the admin centre and the health pages behind one guard.

FastAPI takes longer to import than most commands take to run, so only what serves may import this room.
"""

from fastapi import FastAPI

from gatepost.manage import Desk

from .api import interface
from .guard import Guard
from .health import health
from .pages import pages


def application(desk: Desk) -> FastAPI:
    """The pages and interfaces of one server; `desk` answers, this only translates."""
    app = interface()
    app.state.desk = desk
    app.router.routes += [*health(desk), *pages(desk)]
    app.add_middleware(Guard, desk=desk, names=[desk.settings.hostname, *desk.settings.admin.names])
    return app
