"""The script for a tenant: valid PowerShell whatever stands in it, least rights, and no secret."""

from itertools import chain, combinations

import pytest
import tree_sitter_powershell
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from gatepost.manage.m365_script import Part, Wanted, tenant_script
from gatepost.shell import tree
from gatepost.shell.reading.parser import parse

GRAMMAR = Parser(Language(tree_sitter_powershell.language()))
SETS = list(chain.from_iterable(combinations(Part, size) for size in range(1, len(Part) + 1)))


@pytest.mark.parametrize("parts", SETS, ids="+".join)
def test_every_choice_is_valid_powershell(parts: tuple[Part, ...]) -> None:
    text = tenant_script(Wanted(parts=parts, tenant="contoso.com", mailbox="scanner@contoso.com"))
    assert not GRAMMAR.parse(text.encode()).root_node.has_error
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) < 300


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40))
def test_what_is_put_into_it_stays_text(odd: str) -> None:
    plain = tenant_script(Wanted(parts=tuple(Part), application="x", addresses=["x"]))
    text = tenant_script(
        Wanted(
            parts=tuple(Part),
            tenant=odd,
            mailbox=odd,
            application=odd,
            connector=odd,
            certificate_name=odd,
            addresses=[odd],
        )
    )
    assert not GRAMMAR.parse(text.encode()).root_node.has_error
    assert len(text.splitlines()) == len(plain.splitlines())


def test_our_own_shell_reads_it_too() -> None:
    assert all(isinstance(it, tree.Statement) for it in parse(tenant_script(Wanted(parts=(Part.CERTIFICATE,)))).body)


def test_it_gives_least_rights() -> None:
    smtp = tenant_script(Wanted(parts=(Part.XOAUTH2,)))
    graph = tenant_script(Wanted(parts=(Part.GRAPH,)))
    assert "'SMTP.SendAsApp'" in smtp
    assert "Mail.Send" not in smtp
    assert "-Role 'Application Mail.Send'" in graph
    assert "-CustomResourceScope" in graph
    assert "SMTP.SendAsApp" not in graph
    assert "New-MgServicePrincipalAppRoleAssignment" not in graph
    assert "New-ApplicationAccessPolicy" not in smtp + graph
    assert "New-MgApplication" not in tenant_script(Wanted(parts=(Part.CERTIFICATE, Part.ADDRESS)))
