"""The Debian package: built, looked at, installed into a tree of its own, run from there, and removed again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from debian import TOOLS
from process import PATIENCE, started

pytestmark = pytest.mark.flow
BUILD = Path(__file__).parents[2] / "packaging" / "deb" / "build"
TOML = 'hostname = "relay.contoso.com"\ndata_dir = "data"\n[admin]\nport = 0\n[[listener]]\nport = 0\n'


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deb")
    built = _run(sys.executable, BUILD, folder, "--compression", "none")
    return Path(built.strip())


@pytest.fixture(scope="module")
def tree(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed. Its steps run without chroot and are told so by DPKG_ROOT."""
    tree = tmp_path_factory.mktemp("tree")
    (tree / "var/lib/dpkg/info").mkdir(parents=True)
    (tree / "var/lib/dpkg/updates").mkdir()
    for name in ("status", "available"):
        (tree / "var/lib/dpkg" / name).touch()
    dpkg(tree, "--install", package)
    return tree


def _run(*command: str | Path) -> str:
    environ = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin:/bin", "LC_ALL": "C"}
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# Who may change owners, or believes so.
_ROOT: list[str | Path] = [] if os.geteuid() == 0 else [TOOLS / "bin" / "proot", "-0"]


def dpkg(tree: Path, *words: str | Path) -> str:
    """Python and systemd are not in the tree, and need not be: the machine's own are used."""
    force = ["--force-script-chrootless", "--force-depends", "--force-not-root", "--force-unsafe-io"]
    return _run(*_ROOT, "dpkg", f"--root={tree}", "--log=/dev/null", *force, *words)


def _contents(package: Path) -> dict[str, str]:
    """Each path with its mode, owner and group."""
    found = {}
    for line in _run("dpkg-deb", "--contents", package).splitlines():
        mode, owner, _size, _day, _hour, path, *_ = line.split()
        found[path.removeprefix(".")] = f"{mode} {owner}"
    return found


def test_the_package_says_what_it_needs_and_whose_file_is_the_administrators(package: Path) -> None:
    fields = _run("dpkg-deb", "--field", package)
    minor = sys.version_info.minor
    assert f"\nDepends: python3 (>= 3.{minor}), python3 (<< 3.{minor + 1}), libc6, systemd" in fields
    assert package.name.startswith("gatepost_0.") and "\nSection: mail\n" in fields
    assert "conffiles" in _run("dpkg-deb", "--info", package)


def test_what_it_holds_is_roots_and_nobody_elses_to_write(package: Path) -> None:
    contents = _contents(package)
    assert {it.split()[1] for it in contents.values()} == {"root/root"}
    modes = {it.split()[0] for path, it in contents.items() if not path.endswith("/")}
    assert modes == {"-rw-r--r--", "-rwxr-xr-x"}
    programs = [path for path, it in contents.items() if it.startswith("-rwx")]
    assert sorted(programs) == ["/usr/bin/gatepost", "/usr/sbin/gatepost-sendmail"]
    outside = [
        path
        for path in contents
        if not path.startswith(("/usr/lib/gatepost/", "/usr/share/doc/gatepost/")) and not path.endswith("/")
    ]
    assert sorted(outside) == [
        "/etc/gatepost/gatepost.toml",
        "/lib/systemd/system/gatepost.service",
        "/lib/systemd/system/gatepost.socket",
        "/usr/bin/gatepost",
        "/usr/lib/sysusers.d/gatepost.conf",
        "/usr/sbin/gatepost-sendmail",
    ]
    libraries = {path.split("/")[4] for path in contents if path.startswith("/usr/lib/gatepost/")}
    assert libraries.isdisjoint({"pytest", "hypothesis", "mypy", "playwright"}), "what tests need stays here"


def test_it_makes_its_user_and_its_steps_can_be_taken_again(tree: Path) -> None:
    users = (tree / "etc/passwd").read_text()
    assert users.startswith("gatepost:x:") and users.endswith(":/var/lib/gatepost:/usr/sbin/nologin\n")
    step = tree / "var/lib/dpkg/info/gatepost.postinst"
    _run(*_ROOT, "env", f"DPKG_ROOT={tree}", step, "configure", "0.0.9")
    assert (tree / "etc/passwd").read_text() == users
    assert "ExecStart=/usr/bin/gatepost " in (tree / "lib/systemd/system/gatepost.service").read_text()


def test_the_relay_of_the_tree_takes_mail_from_its_own_sendmail(tree: Path, tmp_path: Path) -> None:
    """With its own libraries alone: -I and -S keep those of the tests away."""
    python = [sys.executable, "-I", "-S"]
    gatepost = [*python, str(tree / "usr/bin/gatepost")]
    settings = tmp_path / "gatepost.toml"
    settings.write_text(TOML)
    assert _run(*gatepost, "version").startswith("Gatepost 0.")
    command = [*gatepost, "--config", str(settings)]
    with started([*command, "serve"]) as relay:
        _run(*command, "domain", "add", "contoso.com")
        done = subprocess.run(
            [*python, str(tree / "usr/sbin/gatepost-sendmail"), "-v", "-f", "a@contoso.com", "b@contoso.com"],
            input="Subject: hello\n\nHello\n",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env={"GATEPOST_SENDMAIL_SERVER": f"127.0.0.1:{relay.port}"},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert relay.wait_for("accepted")["recipients"] == ["b@contoso.com"]
        relay.signal(signal.SIGTERM)
        assert relay.wait() == 0


def test_the_settings_as_installed_are_right(tree: Path) -> None:
    from gatepost.config import load_settings

    (listener,) = load_settings(tree / "etc/gatepost/gatepost.toml", {}).listeners
    assert (listener.address, listener.port) == ("127.0.0.1", 25)


def test_purging_it_leaves_the_mail(tree: Path) -> None:
    mail = tree / "var/lib/gatepost"
    mail.mkdir(parents=True, exist_ok=True)
    (mail / "queue.db").touch()
    dpkg(tree, "--purge", "gatepost")
    left = [path for path in tree.rglob("*") if path.is_file() and "dpkg" not in path.parts]
    assert not [path for path in left if "gatepost" in str(path.relative_to(tree)) and path != mail / "queue.db"]
    assert (mail / "queue.db").exists()
