"""What a script is made of, once its tokens have been read: statements, pipelines, expressions.

Every node knows its place, so that an error can show the line and put a caret under the column.
The forms are those of about_Language_Keywords, about_Operators and about_Parsing, as far as scripts
that manage mail use them; whatever is not here is refused by the parser before anything runs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node begins; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything with a place in the script."""

    place: Place


# --- expressions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A number or a text without expansion: `10MB`, `'single'`, a bare word as an argument.

    `bare`: it was written without quotes, so a command may read it as an operator or a property name.
    `written`: a number among a command's arguments, letter by letter. A parameter that takes text gets this:
    `-Name 007` is "007", `-Name 1.50` is "1.50".
    """

    value: str | int | float
    bare: bool = False
    written: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expandable(Node):
    """A double-quoted string: texts, and expressions whose values are written between them."""

    parts: tuple["str | Expression", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Node):
    """`$name`, `${a name}`, `$_`. `$true`, `$false` and `$null` are variables, too."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Node):
    """`1, 2, 3`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayOf(Node):
    """`@( … )`: always an array."""

    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sub(Node):
    """`$( … )`: the output of statements; one value stands for itself."""

    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Node):
    """`( … )`: one pipeline or assignment as a value."""

    inner: "Statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class HashTable(Node):
    """`@{ key = value; … }`, in the order written. A value is a statement, as in PowerShell."""

    pairs: tuple[tuple["Expression", "Statement"], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptBlock(Node):
    """`{ … }` as a value."""

    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeName(Node):
    """`[System.Net.Mail.SmtpClient]`, without its brackets."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(Node):
    """`[void]$x`, `[int]'5'`, `[ordered]@{…}`."""

    type_name: str
    operand: "Expression"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Node):
    """`-not` (`!` is written so, too), `-`, `+`, `-join`, `-split`, `++`, `--` (these two before or `behind` it)."""

    operator: str
    operand: "Expression"
    behind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Node):
    """Two operands; the operator in lower case: `-eq`, `-and`, `+`, `..`, `-f`.

    `-ieq` and the like are written `-eq` here; `-ceq` keeps its letter.
    """

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Node):
    """`$x.Name`, `[T]::Name` (`static`)."""

    target: "Expression"
    name: "str | Expression"
    static: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """`$x.Add(1, 2)`, `[T]::new()` (`static`)."""

    target: "Expression"
    name: str
    arguments: tuple["Expression", ...]
    static: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Node):
    """`$x[0]`, `$x['key']`, `$x[-1]`."""

    target: "Expression"
    index: "Expression"


Expression = (
    Literal
    | Expandable
    | Variable
    | ListOf
    | ArrayOf
    | Sub
    | Group
    | HashTable
    | ScriptBlock
    | TypeName
    | Cast
    | Unary
    | Binary
    | Member
    | Call
    | Index
)

# --- commands ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Node):
    """`-Name`, or `-Name:value`; a value behind a space is an argument of its own until the command is known."""

    name: str
    value: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Splat(Node):
    """`@params`."""

    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Node):
    """A command with its arguments, in the order written: values, `Named` and `Splat`.

    `silent`: streams sent to `$null`, of error, warning, verbose and host. `> $null` is a stage `Out-Null` of its own.
    """

    name: str
    arguments: tuple[Expression | Named | Splat, ...]
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Node):
    """Stages joined by `|`; only the first may be an expression."""

    stages: tuple[Command | Expression, ...]


# --- statements ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Node):
    """`$x = …`, `$x.P += …`, `$x[0] = …`. The operator is `=`, `+=`, `-=`, `*=`, `/=` or `%=`."""

    target: Variable | Member | Index
    operator: str
    value: "Statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class If(Node):
    """Conditions with their blocks in order, and what else."""

    clauses: tuple[tuple["Statement", tuple["Statement", ...]], ...]
    otherwise: tuple["Statement", ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(Node):
    """`foreach ($x in …) { … }`."""

    variable: str
    source: "Statement"
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    """`while`, `do … while`, `do … until`, `for`: `before` and `after` are for's first and last part.

    `late`: the condition is asked after the body. `until`: it ends the loop instead of continuing it.
    """

    condition: "Statement | None"
    body: tuple["Statement", ...]
    before: "Statement | None" = None
    after: "Statement | None" = None
    late: bool = False
    until: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catch(Node):
    """One `catch`; without types it catches everything."""

    types: tuple[str, ...]
    body: tuple["Statement", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try(Node):
    """`try { … } catch { … } finally { … }`."""

    body: tuple["Statement", ...]
    catches: tuple[Catch, ...]
    finally_: tuple["Statement", ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Node):
    """`break`, `continue`, `return`, `exit`, `throw`, with a value where they may have one."""

    keyword: str
    value: "Statement | None" = None


Statement = Pipeline | Assignment | If | ForEach | Loop | Try | Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptParameter(Node):
    """One entry of a script's `param( … )`.

    `choices` are those of `[ValidateSet( … )]`; `filled` is `[ValidateNotNullOrEmpty()]`.
    """

    name: str
    type_name: str | None = None
    default: Expression | None = None
    mandatory: bool = False
    choices: tuple[str, ...] = ()
    filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Node):
    """A whole script. `text` is its source, for errors that show a line."""

    parameters: tuple[ScriptParameter, ...]
    body: tuple[Statement, ...]
    text: str
