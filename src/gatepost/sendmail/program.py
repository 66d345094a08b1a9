"""The program: read the command line and standard input, hand the letter over, end with a status of sysexits.h."""

import os
import sys

from .command_line import CommandLine, UsageWrong, read_command_line
from .conversation import Envelope, Result, Unreached, hand_over
from .letter import Letter, read_letter, up_to_the_dot
from .preferences import Preferences, PreferencesWrong, read_preferences

OK, USAGE, UNAVAILABLE, TRY_LATER, BAD_CONFIGURATION = 0, 64, 69, 75, 78  # sysexits.h
_SPECIAL = frozenset('()<>[]:;@\\,."')


def main(words: list[str] | None = None) -> int:
    """Run once; the status to end with."""
    try:
        asked = read_command_line(sys.argv[1:] if words is None else words)
        if asked.nothing_to_do:
            return OK
        preferences = read_preferences(asked.preferences)
        text = sys.stdin.buffer.read()
        letter = read_letter(text if asked.dot_is_text else up_to_the_dot(text))
        envelope = _envelope(asked, letter, preferences)
    except UsageWrong as wrong:
        return _end(USAGE, str(wrong))
    except PreferencesWrong as wrong:
        return _end(BAD_CONFIGURATION, str(wrong))
    return _deliver(_written(asked, letter, envelope.sender).octets(), envelope, asked, preferences)


def _envelope(asked: CommandLine, letter: Letter, preferences: Preferences) -> Envelope:
    domain = preferences.domain
    sender = _login_name() if asked.sender is None else asked.sender
    recipients = [*asked.recipients, *(letter.recipients() if asked.from_header else ())]
    if not recipients:
        where = "its To, Cc and Bcc name nobody" if asked.from_header else "none stands on the command line"
        raise UsageWrong(
            f"The letter has no recipient: {where}. Remedy: name one, or use -t to take them from the header."
        )
    envelope = Envelope(_whole(sender, domain), list(dict.fromkeys(_whole(one, domain) for one in recipients)))
    if any(not mark.isprintable() for one in (envelope.sender, *envelope.recipients, asked.envid) for mark in one):
        raise UsageWrong("An address holds control characters. Remedy: write it on one line without them.")
    envelope.notify, envelope.ret = asked.notify, asked.ret
    envelope.envid, envelope.body = asked.envid, asked.body
    return envelope


def _whole(address: str, domain: str) -> str:
    """An address with its domain; the null sender stays empty."""
    address = address.strip().removeprefix("<").removesuffix(">")
    return address if not address or "@" in address else f"{address}@{domain}"


def _written(asked: CommandLine, letter: Letter, sender: str) -> Letter:
    """The letter as it leaves: without Bcc where its recipients were taken from it, with a From where it lacks one."""
    if asked.from_header:
        letter = letter.without()
    if sender and not letter.values("from"):
        name = asked.full_name or os.environ.get("NAME", "")
        shown = f"From: {_phrase(name)} <{sender}>" if name else f"From: <{sender}>"
        letter = Letter([*letter.fields, ("from", shown.encode("utf-8", "surrogateescape") + b"\r\n")], letter.rest)
    return letter


def _phrase(name: str) -> str:
    """A person's name as a header may carry it."""
    name = "".join(c for c in name if c.isprintable())
    if not any(c in _SPECIAL for c in name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _deliver(octets: bytes, envelope: Envelope, asked: CommandLine, preferences: Preferences) -> int:
    try:
        result = hand_over(octets, envelope, preferences.servers, verbose=asked.verbose)
    except Unreached as trouble:
        return _keep(octets, envelope, preferences, f"The relay cannot be reached: {trouble}.")
    if not result.refused:
        return OK
    if result.temporary and not result.taken:
        return _keep(octets, envelope, preferences, f"The relay cannot take the letter now: {result.refused[0][1]}.")
    return _refused(result)


def _keep(octets: bytes, envelope: Envelope, preferences: Preferences, why: str) -> int:
    """Nothing was taken: leave the letter in the pickup folder where there is one, else say that it is the caller's."""
    if not preferences.pickup:
        return _end(TRY_LATER, f"{why} The letter was not kept. Remedy: send it again once the relay runs.")
    from .drop import leave  # seldom needed

    try:
        leave(octets, envelope, preferences.pickup)
    except OSError as trouble:
        words = f"nor can it be left in {preferences.pickup}: {trouble.strerror or trouble}."
        return _end(TRY_LATER, f"{why} The letter was not kept, {words} Remedy: send it again once the relay runs.")
    return OK


def _refused(result: Result) -> int:
    others = " The other recipients' copies were taken." if result.taken else ""
    for recipient, reply in result.refused:
        _say(f"{recipient} was refused: {reply}.")
    status = TRY_LATER if result.temporary else UNAVAILABLE
    return _end(status, f"{others} Remedy: gatepost trace find --status refused says why, and what helps.".strip())


def _login_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return os.environ.get("LOGNAME") or f"uid{os.getuid()}"


def _say(sentence: str) -> None:
    print(f"sendmail: {sentence}", file=sys.stderr)


def _end(status: int, sentence: str) -> int:
    _say(sentence)
    return status
