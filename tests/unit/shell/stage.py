"""A host without a world: what is written is kept, what is read is given, the clock stands still."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from gatepost.errors import ScriptRefused
from gatepost.shell import BUILTINS, Limits, NetType, Runnable, Shell

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=timezone(timedelta(hours=1)))


@dataclass
class Stage:
    """A shell.Host for tests."""

    files: dict[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    written: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    slept: float = 0
    columns: int = 80

    def now(self) -> datetime:
        return NOON

    def write(self, stream: str, text: str) -> None:
        self.written.append((stream, text))

    def ask(self, prompt: str, *, secret: bool = False) -> str:
        self.asked.append((prompt, secret))
        if not self.answers:
            raise ScriptRefused("Nobody is there to answer.")
        return self.answers.pop(0)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def read_text(self, path: str) -> str:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self.files[path]

    def write_text(self, path: str, text: str) -> None:
        self.files[path] = text

    def width(self) -> int:
        return self.columns

    def text(self, *streams: str) -> str:
        return "".join(text for stream, text in self.written if not streams or stream in streams)


def shell_on(
    stage: Stage | None = None,
    commands: Iterable[Runnable] = (),
    types: Mapping[str, NetType] | None = None,
    limits: Limits | None = None,
) -> Shell:
    return Shell(stage or Stage(), (*BUILTINS, *commands), types, limits=limits)


def value(text: str, shell: Shell | None = None) -> Any:
    """What a script puts out: nothing, one value, or a list."""
    found = (shell or shell_on()).invoke(text)
    return found[0] if len(found) == 1 else found or None


def printed(text: str, **kinds: Any) -> str:
    """What a script prints, on all streams."""
    stage = kinds.pop("stage", None) or Stage(**kinds)
    shell_on(stage).run(text)
    return stage.text()
