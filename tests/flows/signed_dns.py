"""unbound as a validating resolver on loopback, and zones that are signed, unsigned, or signed by the wrong key.

Both programs are Debian's (scripts/debian-tools): what is tested is what a real validator says of DNSSEC.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.resolver
from debian import TOOLS, free_port
from debian import running as program
from house import PATIENCE

_APEX = "@ 60 IN SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 60\n@ 60 IN NS ns.{zone}.\nns 60 IN A 127.0.0.1\n"


@contextmanager
def validating(
    folder: Path, zones: Mapping[str, str], *, unsigned: Sequence[str] = (), bogus: Sequence[str] = ()
) -> Iterator[str]:
    """Serve zones (records by zone, names relative to it); the resolver's `address:port`.

    Those in `unsigned` are not signed; those in `bogus` are, but by another key than the resolver trusts.
    """
    port = free_port()
    server = [
        "server:",
        f"  directory: {folder}",
        '  chroot: ""',
        '  username: ""',
        '  pidfile: ""',
        "  use-syslog: no",
        "  interface: 127.0.0.1",
        f"  port: {port}",
        "  do-ip6: no",
        "  num-threads: 1",
        '  module-config: "validator iterator"',
    ]
    # An empty root of our own: without it the resolver would look for the real one first.
    parts = _served(".", _file(folder, "root.zone", f"$ORIGIN .\n{_APEX.format(zone='')}".replace("..", ".")))
    for zone, records in zones.items():
        file = _file(folder, f"{zone}.zone", f"$ORIGIN {zone}.\n{_APEX.format(zone=zone)}{records}\n")
        if zone not in unsigned:
            key = _key(folder, zone)
            _run(folder, "ldns-signzone", file.name, key)
            trusted = _key(folder, zone) if zone in bogus else key
            server.append(f"  trust-anchor-file: {trusted}.ds")
            file = folder / f"{file.name}.signed"
        parts += _served(f"{zone}.", file)
    configuration = folder / "unbound.conf"
    configuration.write_text("\n".join([*server, *parts, ""]))
    with program(folder, [TOOLS / "bin" / "unbound", "-d", "-c", configuration], port=port):
        asking = dns.resolver.Resolver(configure=False)
        asking.nameservers, asking.port = ["127.0.0.1"], port
        asking.resolve(".", "NS", lifetime=PATIENCE)  # it listens a good while before it answers
        yield f"127.0.0.1:{port}"


def _file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def _served(zone: str, file: Path) -> list[str]:
    """The resolver's configuration for a zone of which it has the file; it validates what it finds there."""
    return [
        "auth-zone:",
        f"  name: {zone}",
        f"  zonefile: {file}",
        "  for-downstream: no",
        "  for-upstream: yes",
        "  fallback-enabled: no",
    ]


def _key(folder: Path, zone: str) -> str:
    return _run(folder, "ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)


def _run(folder: Path, name: str, *arguments: str) -> str:
    tool = TOOLS / "bin" / name
    assert tool.exists(), f"{name} is not here: run scripts/debian-tools .tools"
    done = subprocess.run([str(tool), *arguments], cwd=folder, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, f"{name}: {done.stderr}"
    return done.stdout.strip()
