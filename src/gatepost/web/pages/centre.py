"""The admin centre as one list of routes."""

from starlette.routing import BaseRoute

from gatepost.manage import Desk

from .welcome import welcome


def pages(desk: Desk) -> list[BaseRoute]:
    """Every page of one server."""
    return welcome(desk)
