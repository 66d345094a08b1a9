"""What an expression is worth. Operators and members do the work; this file says in which order, and of what."""

from typing import TYPE_CHECKING, Any, assert_never

from gatepost.mail import visible

from ..failures import failed
from ..tree import (
    ArrayOf,
    Assignment,
    Binary,
    Call,
    Cast,
    Expandable,
    Expression,
    Group,
    HashTable,
    Index,
    ListOf,
    Literal,
    Member,
    ScriptBlock,
    Sub,
    TypeName,
    Unary,
    Variable,
)
from ..values.convert import CASTS, cast, known_type, to_bool, to_list, to_text, type_value
from ..values.kinds import NOTHING, Block, HashEntries, plain, single
from ..values.members import call_method, get_index, get_property, set_index, set_property
from ..values.operators import (
    add,
    apply_binary,
    apply_unary,
    compare,
    divide,
    multiply,
    plain_name,
    remainder,
    subtract,
)
from ..values.patterns import expression, groups_of
from ..values.statics import static_call, static_value

if TYPE_CHECKING:
    from .session import Shell


def evaluate(node: Expression, shell: "Shell") -> Any:
    """The value of an expression; NOTHING only for what has none: `[void]$x`, `(Get-Nothing)`."""
    match node:
        case Literal():
            return node.value
        case Expandable():
            return _expanded(node, shell)
        case Variable():
            return shell.variables.get(node.name)
        case ListOf():
            return [plain(evaluate(item, shell)) for item in node.items]
        case ArrayOf():
            return shell.meter.collected(map(plain, shell.execute(node.body)))
        case Sub():
            return single(shell.meter.collected(shell.execute(node.body)))
        case Group():
            return shell.value_of(node.inner)
        case HashTable():
            return _table(node, shell)
        case ScriptBlock():
            return Block(node.body, shell.source_of(node))
        case TypeName():
            return type_value(node.name)
        case Cast():
            return _cast(node, shell)
        case Unary():
            return _stepped(node, shell) if node.operator in ("++", "--") else _unary(node, shell)
        case Binary():
            return _binary(node, shell)
        case Member():
            return _member(node, shell)
        case Call():
            return _called(node, shell)
        case Index():
            return get_index(plain(evaluate(node.target, shell)), plain(evaluate(node.index, shell)))
        case _:
            assert_never(node)


def _expanded(node: Expandable, shell: "Shell") -> str:
    glue = to_text(shell.variables.get("OFS")) if "OFS" in shell.variables else " "
    texts = [part if isinstance(part, str) else to_text(evaluate(part, shell), between=glue) for part in node.parts]
    shell.meter.size(sum(map(len, texts)))
    return "".join(texts)


def _table(node: HashTable, shell: "Shell") -> HashEntries:
    table = HashEntries()
    for key_node, value_node in node.pairs:
        key = plain(evaluate(key_node, shell))
        if key is None:
            raise failed("A null key is not allowed in a hash literal. Remedy: give the key's variable a value first.")
        if key in table:
            raise failed(
                f"Duplicate keys '{visible(to_text(key))}' are not allowed in hash literals. "
                "Remedy: give each key once."
            )
        table[key] = plain(shell.value_of(value_node))
    return table


def _cast(node: Cast, shell: "Shell") -> Any:
    value = plain(evaluate(node.operand, shell))
    if known_type(node.type_name) not in CASTS and (net := shell.net_type(node.type_name)):
        return net.new([value], shell)
    return cast(node.type_name, value)


def _unary(node: Unary, shell: "Shell") -> Any:
    return apply_unary(node.operator, plain(evaluate(node.operand, shell)), shell.meter)


def _stepped(node: Unary, shell: "Shell") -> Any:
    """`$i++`: the variable changes; the value is the one before if the operator stands behind."""
    old = evaluate(node.operand, shell)
    new = add(0 if old is None else old, 1, shell.meter) if node.operator == "++" else subtract(old, 1)
    store(node.operand, new, shell)
    return old if node.behind else new


def _binary(node: Binary, shell: "Shell") -> Any:
    """A chain such as `$a + $b + $c` leans to the left; it is walked instead of entered, however long it is."""
    chain = [node]
    while isinstance(chain[-1].left, Binary):
        chain.append(chain[-1].left)
    value = plain(evaluate(chain[-1].left, shell))
    for one in reversed(chain):
        value = _operated(one, value, shell)
    return value


def _operated(node: Binary, left: Any, shell: "Shell") -> Any:
    name, exact = plain_name(node.operator)
    if name in ("and", "or"):  # the right side is asked only if it matters
        truth = to_bool(left)
        return truth if truth == (name == "or") else to_bool(evaluate(node.right, shell))
    right = plain(evaluate(node.right, shell))
    if name in ("match", "notmatch") and not isinstance(left, list):
        found = expression(to_text(right), exact=exact).search(to_text(left))
        if found:
            shell.variables.put("Matches", HashEntries(groups_of(found)))
        return (found is not None) == (name == "match")
    if name in ("match", "notmatch"):
        return compare(name, left, right, exact=exact)
    return apply_binary(node.operator, left, right, shell.meter)


def _member(node: Member, shell: "Shell") -> Any:
    if isinstance(node.target, TypeName) and node.static:
        return static_value(node.target.name, _name(node.name, shell), shell)
    return get_property(plain(evaluate(node.target, shell)), _name(node.name, shell))


def _name(name: str | Expression, shell: "Shell") -> str:
    return name if isinstance(name, str) else to_text(evaluate(name, shell))


def _called(node: Call, shell: "Shell") -> Any:
    arguments = [plain(evaluate(argument, shell)) for argument in node.arguments]
    if isinstance(node.target, TypeName) and node.static:
        return static_call(node.target.name, node.name, arguments, shell)
    value = call_method(plain(evaluate(node.target, shell)), node.name, arguments, shell)
    return NOTHING if value is None else value  # a method that gives nothing back puts nothing out


# --- assignment ----------------------------------------------------------------------------------------------


def assign(node: Assignment, shell: "Shell") -> Any:
    """`$x = …` and its kin; the value is what `($x = …)` stands for."""
    value = shell.value_of(node.value)
    if node.operator != "=":
        old = evaluate(node.target, shell)
        value = _changed(node.operator, old, plain(value), shell)
    store(node.target, value, shell)
    return value


def _changed(operator: str, old: Any, value: Any, shell: "Shell") -> Any:
    match operator:
        case "+=":
            return add(old, value, shell.meter)
        case "-=":
            return subtract(old, value)
        case "*=":
            return multiply(old, value, shell.meter)
        case "/=":
            return divide(old, value)
        case _:
            return remainder(old, value)


def store(target: Expression, value: Any, shell: "Shell") -> None:
    """Puts a value where an expression points."""
    match target:
        case Variable():
            shell.variables.set(target.name, value)
        case Member():
            owner = plain(evaluate(target.target, shell))
            for item in to_list(owner) if isinstance(owner, list) else [owner]:
                set_property(item, _name(target.name, shell), plain(value))
        case Index():
            set_index(plain(evaluate(target.target, shell)), plain(evaluate(target.index, shell)), plain(value))
        case _:
            raise failed("Only a variable, a property or an item can be given a value.")
