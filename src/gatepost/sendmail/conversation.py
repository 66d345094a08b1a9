"""One conversation with the relay: a letter over SMTP, and what was said to each recipient."""

import socket
import sys

_CONNECT_SECONDS = 10.0
_REPLY_SECONDS = 300.0
_MAX_REPLY = 64 * 1024


class Unreached(Exception):
    """No relay answered, or the connection broke before it had taken the letter."""


class Result:
    """What came of it: `refused` are pairs of a recipient and a reply, `taken` whether anybody's copy was accepted."""

    __slots__ = ("refused", "taken")

    def __init__(self) -> None:
        self.refused: list[tuple[str, str]] = []
        self.taken = False

    @property
    def temporary(self) -> bool:
        """Whether trying again may help everybody who was refused."""
        return all(reply.startswith("4") for _, reply in self.refused)


class Envelope:
    """Who sends to whom, and the parameters that sendmail's flags asked for."""

    __slots__ = ("body", "envid", "notify", "recipients", "ret", "sender")

    def __init__(self, sender: str, recipients: list[str]) -> None:
        self.sender = sender
        self.recipients = recipients
        self.notify = self.ret = self.envid = self.body = ""


def hand_over(
    octets: bytes, envelope: Envelope, servers: tuple[tuple[str, int], ...], *, verbose: bool = False
) -> Result:
    """Give the letter to the first server that answers. Raises Unreached."""
    wrongs = []
    for host, port in servers:
        try:
            connected = socket.create_connection((host, port), _CONNECT_SECONDS)
        except OSError as trouble:
            wrongs.append(f"{host}:{port}: {trouble.strerror or trouble}")
            continue
        with connected:
            connected.settimeout(_REPLY_SECONDS)
            try:
                return _Conversation(connected, verbose=verbose).give(octets, envelope)
            except OSError as trouble:
                raise Unreached(f"{host}:{port}: the connection broke: {trouble.strerror or trouble}") from None
    raise Unreached("; ".join(wrongs))


class _Conversation:
    def __init__(self, connected: socket.socket, *, verbose: bool) -> None:
        self._socket = connected
        self._verbose = verbose
        self._heard = b""
        self._offers: dict[str, str] = {}

    def give(self, octets: bytes, envelope: Envelope) -> Result:
        result = Result()
        greeting = self._reply()
        if not greeting.startswith("2"):
            return _all_refused(result, envelope, greeting)
        self._hello()
        answer = self._say(f"MAIL FROM:<{envelope.sender}>{self._mail_parameters(octets, envelope)}")
        if not answer.startswith("2"):
            return _all_refused(result, envelope, answer)
        notify = f" NOTIFY={envelope.notify}" if envelope.notify and "DSN" in self._offers else ""
        accepted = []
        for recipient in envelope.recipients:
            answer = self._say(f"RCPT TO:<{recipient}>{notify}")
            accepted += [recipient] if answer.startswith("2") else []
            result.refused += [] if answer.startswith("2") else [(recipient, answer)]
        if accepted:
            answer = self._say("DATA")
            if answer.startswith("354"):
                answer = self._send(octets)
            result.taken = answer.startswith("2")
            if not result.taken:
                result.refused += [(recipient, answer) for recipient in accepted]
        self._part()
        return result

    def _hello(self) -> None:
        own = socket.gethostname() or "localhost"
        lines = self._say_all(f"EHLO {own}")
        if not lines[-1].startswith("2"):
            self._say(f"HELO {own}")
        for line in lines[1:]:
            word, _, more = line[4:].partition(" ")
            self._offers[word.upper()] = more

    def _mail_parameters(self, octets: bytes, envelope: Envelope) -> str:
        offers, said = self._offers, ""
        if "SIZE" in offers:
            said += f" SIZE={len(octets)}"
        if "8BITMIME" in offers and (envelope.body == "8BITMIME" or not (envelope.body or octets.isascii())):
            said += " BODY=8BITMIME"
        if "SMTPUTF8" in offers and not (envelope.sender + "".join(envelope.recipients)).isascii():
            said += " SMTPUTF8"
        if "DSN" in offers:
            said += f" RET={envelope.ret}" if envelope.ret else ""
            said += f" ENVID={_xtext(envelope.envid)}" if envelope.envid else ""
        return said

    def _send(self, octets: bytes) -> str:
        dot = b"." if octets.startswith(b".") else b""
        self._socket.sendall(dot + octets.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return self._reply()

    def _say(self, line: str) -> str:
        return self._say_all(line)[-1]

    def _say_all(self, line: str) -> list[str]:
        self._tell(f">>> {line}")
        self._socket.sendall(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return self._lines()

    def _part(self) -> None:
        """Nothing depends on the answer."""
        try:
            self._say("QUIT")
        except OSError:
            pass

    def _reply(self) -> str:
        return self._lines()[-1]

    def _lines(self) -> list[str]:
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            while b"\n" not in self._heard:
                piece = self._socket.recv(4096)
                if not piece or len(self._heard) > _MAX_REPLY:
                    raise OSError("the relay hung up")
                self._heard += piece
            line, _, self._heard = self._heard.partition(b"\n")
            lines.append("".join(c if c.isprintable() else "?" for c in line.decode("utf-8", "replace").rstrip("\r")))
            self._tell(f"<<< {lines[-1]}")
        return lines

    def _tell(self, line: str) -> None:
        if self._verbose:
            print(line, file=sys.stderr)


def _all_refused(result: Result, envelope: Envelope, reply: str) -> Result:
    result.refused = [(recipient, reply) for recipient in envelope.recipients]
    return result


def _xtext(text: str) -> str:
    """RFC 3461 §4."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text if ord(c) < 256)
