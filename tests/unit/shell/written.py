"""A tree written on one line, so that a table can say what a text means.

Every operation is in parentheses, a group is `group(…)`, a word is written bare and a text in quotes.
"""

from typing import assert_never

from gatepost.shell.tree import (
    ArrayOf,
    Assignment,
    Binary,
    Call,
    Cast,
    Catch,
    Command,
    Expandable,
    ForEach,
    Group,
    HashTable,
    If,
    Index,
    Leave,
    ListOf,
    Literal,
    Loop,
    Member,
    Named,
    Pipeline,
    ScriptBlock,
    Splat,
    Sub,
    Try,
    TypeName,
    Unary,
    Variable,
)
from gatepost.shell.tree import Expression as Value
from gatepost.shell.tree import Statement as Step


def written(steps: tuple[Step, ...]) -> str:
    """Statements, with semicolons between."""
    return "; ".join(map(_step, steps))


def _block(steps: tuple[Step, ...]) -> str:
    return f"{{{written(steps)}}}"


def _step(step: Step) -> str:
    match step:
        case Pipeline():
            return " | ".join(_command(one) if isinstance(one, Command) else _value(one) for one in step.stages)
        case Assignment():
            return f"{_value(step.target)} {step.operator} {_step(step.value)}"
        case If():
            clauses = " elseif ".join(f"{_step(condition)} {_block(body)}" for condition, body in step.clauses)
            return f"if {clauses}" + (f" else {_block(step.otherwise)}" if step.otherwise is not None else "")
        case ForEach():
            return f"foreach ${step.variable} in {_step(step.source)} {_block(step.body)}"
        case Loop():
            return _loop(step)
        case Try():
            last = f" finally {_block(step.finally_)}" if step.finally_ is not None else ""
            return f"try {_block(step.body)}" + "".join(map(_catch, step.catches)) + last
        case Leave():
            return step.keyword + (f" {_step(step.value)}" if step.value else "")
        case _:
            assert_never(step)


def _catch(one: Catch) -> str:
    return f" catch {','.join(one.types)} {_block(one.body)}" if one.types else f" catch {_block(one.body)}"


def _loop(step: Loop) -> str:
    condition = _step(step.condition) if step.condition else ""
    if step.late:
        return f"do {_block(step.body)} {'until' if step.until else 'while'} {condition}"
    if step.before or step.after or not step.condition:
        before, after = (_step(one) if one else "" for one in (step.before, step.after))
        return f"for ({before}; {condition}; {after}) {_block(step.body)}"
    return f"while {condition} {_block(step.body)}"


def _command(command: Command) -> str:
    silent = f" silent({','.join(command.silent)})" if command.silent else ""
    return " ".join([command.name, *map(_argument, command.arguments)]) + silent


def _argument(one: Value | Named | Splat) -> str:
    match one:
        case Named():
            return f"-{one.name}" + (f":{_value(one.value)}" if one.value else "")
        case Splat():
            return f"@{one.variable}"
        case _:
            return _value(one)


def _value(value: Value) -> str:
    match value:
        case Literal():
            if value.written is not None and value.written != repr(value.value):
                return f"{value.value!r}({value.written})"
            return value.value if value.bare and isinstance(value.value, str) else repr(value.value)
        case Expandable():
            return f"text({', '.join(repr(one) if isinstance(one, str) else _value(one) for one in value.parts)})"
        case Variable():
            return f"${value.name}"
        case ListOf():
            return f"[{', '.join(map(_value, value.items))}]"
        case ArrayOf():
            return f"@({written(value.body)})"
        case Sub():
            return f"$({written(value.body)})"
        case Group():
            return f"group({_step(value.inner)})"
        case HashTable():
            return "@{" + "; ".join(f"{_value(key)} = {_step(entry)}" for key, entry in value.pairs) + "}"
        case ScriptBlock():
            return _block(value.body)
        case TypeName():
            return f"<{value.name}>"
        case Cast():
            return f"(<{value.type_name}> {_value(value.operand)})"
        case Unary():
            parts = [_value(value.operand), value.operator]
            return f"({' '.join(parts if value.behind else reversed(parts))})"
        case Binary():
            return f"({_value(value.left)} {value.operator} {_value(value.right)})"
        case Member() | Call():
            name = value.name if isinstance(value.name, str) else f"({_value(value.name)})"
            arguments = f"({', '.join(map(_value, value.arguments))})" if isinstance(value, Call) else ""
            return f"{_value(value.target)}{'::' if value.static else '.'}{name}{arguments}"
        case Index():
            return f"{_value(value.target)}[{_value(value.index)}]"
        case _:
            assert_never(value)
