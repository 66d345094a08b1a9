"""Administrators' scripts, read by us and by tree-sitter-powershell.

The other grammar fails on everyday forms (word lists, calculated properties), and says so by error nodes. Statement by
statement, wherever it finds none, both must have seen the same commands, parameters, variables and operations.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser
from tree_sitter import Node as Seen

from gatepost.shell import tree
from gatepost.shell.reading.parser import parse
from gatepost.shell.reading.places import LINE_END

CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.ps1"))
OTHER = Parser(Language(tree_sitter_powershell.language()))

# Forms it misreads without saying so: a range that begins a pipeline, a typographic dash before a parameter.
MISREAD = re.compile(r"^\d+\.\.|[–—]")

# What the other grammar calls a thing -> what we call it.
KINDS = {
    "if_statement": "If",
    "foreach_statement": "ForEach",
    "while_statement": "Loop",
    "do_statement": "Loop",
    "for_statement": "Loop",
    "try_statement": "Try",
    "catch_clause": "Catch",
    "flow_control_statement": "Leave",
    "assignment_expression": "Assignment",
    "hash_entry": "entry",
    "script_block_expression": "ScriptBlock",
    "array_expression": "ArrayOf",
    "sub_expression": "Sub",
    "parenthesized_expression": "Group",
    "member_access": "Member",
    "invokation_expression": "Call",
    "element_access": "Index",
    "cast_expression": "Cast",
    "command": "Command",
}


def statements(text: str) -> Iterator[tuple[tree.Statement, str]]:
    """Each statement of a script with its own text."""
    starts = [0, *(end.end() for end in LINE_END.finditer(text))]
    body = parse(text).body
    offsets = [starts[one.place.line - 1] + one.place.column - 1 for one in body]
    for one, begin, end in zip(body, offsets, [*offsets[1:], len(text)], strict=True):
        yield one, text[begin:end]


def ours(node: object) -> Iterator[str]:
    """What we have seen."""
    if isinstance(node, tuple):
        for one in node:
            yield from ours(one)
        return
    if not is_dataclass(node) or isinstance(node, tree.Place):
        return
    kind = type(node).__name__
    match node:
        case tree.Command():
            yield f"command {node.name.lower()}"
        case tree.Named():
            yield f"parameter {node.name.lower()}"
        case tree.Variable():
            yield f"variable {node.name.lower()}"
        case tree.Splat():
            yield f"variable {node.variable.lower()}"
        case tree.ForEach():
            yield f"variable {node.variable.lower()}"
        case tree.HashTable():
            yield from ["entry"] * len(node.pairs)
    if kind in KINDS.values():
        yield kind
    for field in fields(node):
        yield from ours(getattr(node, field.name))


def theirs(node: Seen) -> Iterator[str]:
    """What the other grammar has seen."""
    text = (node.text or b"").decode()
    match node.type:
        case "command_name":
            yield f"command {text.lower()}"
        case "command_parameter":
            yield f"parameter {text.strip('-:').lower()}"
        case "variable":
            yield f"variable {text.lstrip('$@').strip('{}').lower()}"
    if node.type in KINDS:
        yield KINDS[node.type]
    if node.type == "argument_list" and node.parent and node.parent.type != "invokation_expression":
        yield "Group"  # New-Object Name('a', 'b')
    for child in node.children:
        yield from theirs(child)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_script_is_understood_and_read_as_the_other_grammar_reads_it(path: Path) -> None:
    for statement, text in statements(path.read_text(encoding="utf-8")):
        other = OTHER.parse(text.encode()).root_node
        if not other.has_error and not MISREAD.search(text):
            assert Counter(ours(statement)) == Counter(theirs(other)), text


def test_the_other_grammar_has_something_to_say_about_most_statements() -> None:
    texts = [text for path in CORPUS for _, text in statements(path.read_text(encoding="utf-8"))]
    understood = [text for text in texts if not OTHER.parse(text.encode()).root_node.has_error]
    assert len(CORPUS) >= 20
    assert len(understood) > len(texts) * 0.8
