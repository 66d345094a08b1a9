"""The PowerShell module: current, PowerShell by its grammar, and nothing in it that the server would not take."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from gatepost import __version__
from gatepost.cmdlets import TABLE, Cmdlet
from gatepost.cmdlets.module import module_files
from gatepost.web import openapi_document

FOLDER = Path(__file__).parents[2] / "powershell" / "Gatepost"
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


def text(node: tree_sitter.Node) -> str:
    assert node.text is not None
    return node.text.decode()


@pytest.mark.parametrize("name", ["Gatepost.psd1", "Gatepost.psm1"])
def test_the_files_are_current(name: str) -> None:
    written = (FOLDER / name).read_bytes().decode("utf-8-sig")
    assert written == module_files(TABLE, __version__)[name], "run scripts/powershell-module"


@pytest.mark.parametrize("name", ["Gatepost.psd1", "Gatepost.psm1", "Gatepost.Tests.ps1"])
def test_the_grammar_finds_no_error(name: str) -> None:
    tree = PARSER.parse((FOLDER / name).read_bytes().removeprefix(b"\xef\xbb\xbf"))
    wrong = [(it.start_point, text(it)[:80]) for it in nodes(tree.root_node) if it.type == "ERROR" or it.is_missing]
    assert wrong == []


def functions() -> dict[str, tree_sitter.Node]:
    """The functions of the module as its grammar sees them, by name."""
    tree = PARSER.parse((FOLDER / "Gatepost.psm1").read_bytes().removeprefix(b"\xef\xbb\xbf"))
    found = {}
    for node in nodes(tree.root_node):
        if node.type == "function_statement":
            name = next(it for it in node.children if it.type == "function_name")
            found[text(name)] = node
    return found


def test_every_cmdlet_has_its_function_and_nothing_else_is_exported() -> None:
    written = set(functions())
    exported = set(re.findall(r"'([A-Z][a-zA-Z]+-[A-Za-z0-9]+)'", (FOLDER / "Gatepost.psd1").read_text("utf-8-sig")))
    aliases = {alias for cmdlet in TABLE for alias in cmdlet.aliases}
    own = {"Connect-ExchangeOnline", "Disconnect-ExchangeOnline"}
    assert exported - aliases == {cmdlet.name for cmdlet in TABLE} | own
    assert exported - aliases <= written


@pytest.mark.parametrize("cmdlet", TABLE, ids=lambda it: it.name)
def test_a_function_sends_what_the_server_takes(cmdlet: Cmdlet) -> None:
    function = text(functions()[cmdlet.name])
    declared = set(re.findall(r"^        \[[a-z\[\]]+\] \$(\w+)", function, re.MULTILINE))
    sent = set(re.findall(r"'(\w+)'", re.search(r"\$sent = @\((.*)\)", function)[1]))  # type: ignore[index]
    assert declared == {it.name for it in cmdlet.parameters}
    assert sent == {it.name for it in cmdlet.parameters if not it.ignored}
    assert ("SupportsShouldProcess" in function) is cmdlet.changes
    mandatory = re.findall(
        r"Mandatory = \$true[^\n]*\n(?:        \[[^\n]*\n)*?        \[[a-z\[\]]+\] \$(\w+)", function
    )
    assert set(mandatory) == {it.name for it in cmdlet.parameters if it.required}


def test_it_asks_and_reads_as_the_servers_openapi_document_says() -> None:
    written = (FOLDER / "Gatepost.psm1").read_text("utf-8-sig")
    document = openapi_document()
    schemas = document["components"]["schemas"]
    assert '"$base/adminapi/beta/$(' in written
    assert "/adminapi/beta/{organization}/InvokeCommand" in document["paths"]
    assert '"$base/api/v1/sign-in"' in written
    sign_in = document["paths"]["/api/v1/sign-in"]["post"]
    asked = schemas[sign_in["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    assert set(asked["required"]) == {"name", "password"}
    assert "@{ name = $Credential.UserName; password = $secret.Password }" in written
    told = sign_in["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["value"]
    assert "token" in schemas[told["$ref"].rpartition("/")[2]]["properties"]
    assert "$reply.value.token" in written
