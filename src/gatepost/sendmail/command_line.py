"""The command line of sendmail(1), as Postfix reads it: what matters is obeyed, harmless old flags are passed over."""

# Flags that take a value, attached or as the next word; all others stand alone and may be joined (-ti).
_WITH_VALUE = frozenset("ABCFLNORVXbdefhopqrx")
_ALONE = frozenset("GIUcimnstv")
_NO_QUEUE = (
    "shows and runs no queue. Remedy: gatepost queue list shows the relay's, gatepost queue retry runs it."
)  # fmt: skip
_MODES = {
    "d": "is no server. Remedy: start the relay with gatepost serve.",
    "D": "is no server. Remedy: start the relay with gatepost serve.",
    "l": "is no server. Remedy: start the relay with gatepost serve.",
    "p": _NO_QUEUE,
    "s": "speaks no SMTP on standard input. Remedy: connect to the relay itself.",
    "v": "verifies no addresses. Remedy: gatepost connector explain says what would become of one.",
}


class UsageWrong(Exception):
    """The command line asks for what cannot be done; the argument is a sentence with its remedy."""


class CommandLine:
    """What was asked for. `nothing_to_do`: an order that makes no sense here and does no harm (newaliases, -q)."""

    __slots__ = (
        "body",
        "dot_is_text",
        "envid",
        "from_header",
        "full_name",
        "nothing_to_do",
        "notify",
        "preferences",
        "recipients",
        "ret",
        "sender",
        "verbose",
    )  # fmt: skip

    def __init__(self) -> None:
        self.sender: str | None = None
        self.full_name = ""
        self.from_header = False
        self.dot_is_text = False
        self.recipients: list[str] = []
        self.notify = self.ret = self.envid = self.body = ""
        self.verbose = False
        self.nothing_to_do = False
        self.preferences: str | None = None


def read_command_line(words: list[str]) -> CommandLine:
    """Read the words behind the program's name. Raises UsageWrong."""
    asked = CommandLine()
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            asked.recipients += waiting
            break
        if not word.startswith("-") or word == "-":
            asked.recipients.append(word)  # as Postfix does: flags may stand behind recipients
            continue
        _flags(asked, word[1:], waiting)
    return asked


def _flags(asked: CommandLine, joined: str, waiting: list[str]) -> None:
    """One word of flags: the first that takes a value takes the rest of the word, or else the next one."""
    for at, flag in enumerate(joined):
        if flag in _WITH_VALUE:
            value = joined[at + 1 :]
            if not value and flag not in "dq":  # these two may stand without
                if not waiting:
                    raise UsageWrong(f"The flag -{flag} needs a value. Remedy: give it behind the flag.")
                value = waiting.pop(0)
            _obey(asked, flag, value)
            return
        if flag not in _ALONE:
            raise UsageWrong(f"The flag -{flag} is not known. Remedy: leave it out; see sendmail(1) of Postfix.")
        _obey(asked, flag, "")


def _obey(asked: CommandLine, flag: str, value: str) -> None:
    match flag:
        case "f" | "r":
            asked.sender = value.strip().removeprefix("<").removesuffix(">")
        case "F":
            asked.full_name = value
        case "t":
            asked.from_header = True
        case "i":
            asked.dot_is_text = True
        case "o" if value == "i":
            asked.dot_is_text = True
        case "v":
            asked.verbose = True
        case "N":
            asked.notify = _one_of(value, "-N", ("never", "success", "failure", "delay"), several=True)
        case "R":
            asked.ret = _one_of(value, "-R", ("full", "hdrs"))
        case "B":
            asked.body = _one_of(value, "-B", ("7bit", "8bitmime"))
        case "V":
            asked.envid = value
        case "C":
            asked.preferences = value
        case "b" if value in _MODES:
            raise UsageWrong(f"gatepost-sendmail {_MODES[value]}")
        case "b" if value == "i":
            asked.nothing_to_do = True
        case "b" if value != "m":
            raise UsageWrong(f"The mode -b{value} is not known. Remedy: leave it out; -bm sends mail.")
        case "q" | "I":
            asked.nothing_to_do = True
        case _:
            pass  # for another mail system's inside: the relay decides


def _one_of(value: str, flag: str, known: tuple[str, ...], *, several: bool = False) -> str:
    words = value.lower().split(",") if several else [value.lower()]
    if any(word not in known for word in words) or ("never" in words and len(words) > 1):
        raise UsageWrong(f"{flag} says '{value}'. Remedy: write {' or '.join(known)}.")
    return ",".join(word.upper() for word in words)
