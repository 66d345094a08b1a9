"""/about: versions, licences, and the interface's reference, drawn from its own document."""

import asyncio
import platform
import sqlite3
import ssl
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import distributions
from importlib.resources import files
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

import gatepost

from ..programs import openapi_document
from .centre import Centre
from .view import View

_METHODS = ("get", "post", "put", "patch", "delete")


def routes(centre: Centre) -> list[BaseRoute]:
    """Two pages."""
    return [centre.page("/about", show), centre.page("/about/api", show_interface)]


async def show(view: View) -> Response:
    versions = {
        "Gatepost": gatepost.__version__,
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "OpenSSL": ssl.OPENSSL_VERSION,
        "System": f"{platform.system()} {platform.release()} ({platform.machine()})",
    }
    vendored = (files("gatepost.web") / "static" / "vendor" / "LICENSES.txt").read_text("utf-8")
    return view.draw("about/page.html", versions=versions, libraries=_libraries(), vendored=vendored)


async def show_interface(view: View) -> Response:
    about, groups = await asyncio.to_thread(_reference)
    return view.draw("about/interface.html", groups=groups, about=about)


@lru_cache(maxsize=1)
def _libraries() -> list[tuple[str, str, str]]:
    """Name, version and licence of every library that is installed."""
    found = {}
    for it in distributions():
        name = it.metadata["Name"]
        stated = next((it.metadata[key] for key in ("License-Expression", "License") if it.metadata[key]), "")
        classified = [line for line in it.metadata.get_all("Classifier") or () if line.startswith("License :: ")]
        licence = classified[0].rpartition(" :: ")[2] if classified and (not stated or "\n" in stated) else stated
        found[name.lower()] = (name, it.version, licence.partition("\n")[0][:80])
    return [found[name] for name in sorted(found)]


@lru_cache(maxsize=1)
def _reference() -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """What the interface is, and its operations by what they are about; made once, because that takes a while."""
    document = openapi_document()
    found: dict[str, list[dict[str, Any]]] = {}
    for path, method, operation in _each(document):
        about = (operation.get("tags") or ["other"])[0]
        found.setdefault(about, []).append(
            {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "parameters": [
                    (it["name"], it["in"], it.get("description", ""))
                    for it in operation.get("parameters", ())
                    if "name" in it
                ],
                "body": _body(operation),
                "answers": [
                    (status, answer.get("description", "")) for status, answer in operation["responses"].items()
                ],
            }
        )
    return document["info"]["description"], found


def _each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _body(operation: dict[str, Any]) -> str:
    """The name of the body's shape in the document, or what kind of value it is."""
    content = operation.get("requestBody", {}).get("content", {})
    kinds: list[dict[str, Any]] = list(content.values())
    shape = kinds[0].get("schema", {}) if kinds else {}
    reference = shape.get("$ref") or next((it["$ref"] for it in shape.get("anyOf", ()) if "$ref" in it), "")
    return str(reference.rpartition("/")[2] or shape.get("type", ""))
