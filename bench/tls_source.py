"""Generator for the TLS rows: a new connection, STARTTLS and a client certificate for every message.

Two processes (one a core), each with threads that talk over blocking sockets; the TLS work happens outside
the interpreter's lock. MAIL, RCPT and DATA go in one write, to cost less than what it measures.
"""

import argparse
import multiprocessing
import socket
import ssl
import sys
import threading
from itertools import count

ENVELOPE = b"MAIL FROM:<scanner@contoso.test>\r\nRCPT TO:<desk@fabrikam.test>\r\nDATA\r\n"


def expect(connection: socket.socket, codes: tuple[bytes, ...]) -> None:
    """Read one reply for each code, in order; anything else ends the run with a sentence."""
    buffer = b""
    for code in codes:
        while True:
            line, found, rest = buffer.partition(b"\r\n")
            if not found:
                chunk = connection.recv(65536)
                if not chunk:
                    raise SystemExit(f"tls_source: the relay hung up where {code!r} was due")
                buffer += chunk
                continue
            buffer = rest
            if not line.startswith(code):
                raise SystemExit(f"tls_source: {line!r} instead of {code!r}")
            if line[3:4] != b"-":
                break


def send_one(options: argparse.Namespace, context: ssl.SSLContext, body: bytes) -> None:
    """One message on a connection of its own."""
    with socket.create_connection(("127.0.0.1", options.port), timeout=60) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        expect(plain, (b"220",))
        plain.sendall(b"EHLO bench.test\r\n")
        expect(plain, (b"250",))
        plain.sendall(b"STARTTLS\r\n")
        expect(plain, (b"220",))
        with context.wrap_socket(plain, server_hostname="relay.bench.test") as secure:
            secure.sendall(b"EHLO bench.test\r\n")
            expect(secure, (b"250",))
            secure.sendall(ENVELOPE)
            expect(secure, (b"250", b"250", b"354"))
            secure.sendall(body)
            expect(secure, (b"250", b"221"))


def work(options: argparse.Namespace, messages: int) -> None:
    """One process: its share of the messages over its share of the sessions."""
    context = ssl.create_default_context(cafile=options.authority)
    context.load_cert_chain(options.certificate, options.key)
    head = b"From: <scanner@contoso.test>\r\nTo: <desk@fabrikam.test>\r\nSubject: bench\r\n\r\n"
    line = b"x" * 78 + b"\r\n"
    body = head + line * (options.octets // len(line)) + b".\r\nQUIT\r\n"
    turn, failed = count(), threading.Event()

    def session() -> None:
        try:
            while not failed.is_set() and next(turn) < messages:
                send_one(options, context, body)
        except BaseException as trouble:
            failed.set()
            print(trouble, file=sys.stderr)

    sessions = [threading.Thread(target=session) for _ in range(options.sessions // options.processes)]
    for thread in sessions:
        thread.start()
    for thread in sessions:
        thread.join()
    if failed.is_set():
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("port", 0),
        ("messages", 1000),
        ("sessions", 20),
        ("octets", 4096),
        ("processes", 2),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("certificate", "key", "authority"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    share = options.messages // options.processes
    shares = [share + (1 if n < options.messages % options.processes else 0) for n in range(options.processes)]
    workers = [multiprocessing.Process(target=work, args=(options, messages)) for messages in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.exit(any(worker.exitcode for worker in workers))


if __name__ == "__main__":
    main()
