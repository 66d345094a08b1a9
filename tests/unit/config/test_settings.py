"""gatepost.toml and the environment: what they give, and what every mistake is told."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from gatepost.config import SETTINGS, load_settings
from gatepost.errors import SettingsRefused

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.toml"))

CONTRACT = """
hostname = "Relay.Contoso.com"
data_dir = "/var/lib/gatepost"
resolvers = ["127.0.0.1:53", "[::1]"]
database = "sqlite"

[[listener]]
address = "0.0.0.0"
port = 25
tls = "starttls"
certificate = "relay.pem"
key = "relay.key"

[[listener]]
address = "::"
port = 587
pfx = "relay.pfx"
pfx_password_file = "pfx.txt"
submission = true
require_auth = true
proxies = ["10.0.0.1", "2001:db8::/64"]

[limits]
max_connections = 20000
max_connections_per_client = 100
max_message_size = "150M"

[admin]
address = "127.0.0.1"
port = 8025
"""


def test_without_any_file_it_listens_on_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={})
    (listener,) = settings.listeners
    assert (listener.name, listener.tls) == ("127.0.0.1:2525", "starttls")
    assert listener.certificate == Path("gatepost-data/tls/made.pem")
    assert (settings.admin.address, settings.admin.port) == ("127.0.0.1", 8025)
    assert settings.data_dir == Path("gatepost-data")
    assert settings.delivery.retry_minutes == (1, 5, 15, 30, 60, 120, 240)
    assert settings.source is None


@pytest.mark.parametrize(("toml", "environ"), [
    ("", {"GATEPOST_LISTENER_ADDRESS": "0.0.0.0"}),
    ("", {"GATEPOST_LISTENER_TLS": "none"}),
    ("[[listener]]\n", {}),
])  # fmt: skip
def test_a_certificate_that_nobody_vouches_for_is_shown_only_where_nobody_has_said_more(
    tmp_path: Path, toml: str, environ: dict[str, str]
) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text(toml)
    (listener,) = load_settings(file, environ).listeners
    assert (listener.tls, listener.certificate) == ("none", None)


def test_the_contract_of_the_design_is_read(tmp_path: Path) -> None:
    (tmp_path / "pfx.txt").write_text("geheim\n")
    file = tmp_path / "gatepost.toml"
    file.write_text(CONTRACT)
    settings = load_settings(file, {})
    first, second = settings.listeners
    assert settings.hostname == "relay.contoso.com"
    assert [str(it) for it in settings.resolvers] == ["127.0.0.1:53", "[::1]:53"]
    assert (first.certificate, first.key) == (tmp_path / "relay.pem", tmp_path / "relay.key")
    assert (second.name, second.tls, second.pfx_password) == ("[::]:587", "starttls", "geheim")
    assert second.proxies == (ip_network("10.0.0.1/32"), ip_network("2001:db8::/64"))
    assert settings.limits.max_message_size == 157_286_400
    assert "geheim" not in repr(settings)


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text('hostname = "a.example"\n[admin]\nport = 1\n')
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    settings = load_settings(
        None,
        {
            "GATEPOST_CONFIG": str(file),
            "GATEPOST_HOSTNAME": "b.example",
            "GATEPOST_ADMIN_PORT": "8026",
            "GATEPOST_LIMITS_MAX_CONNECTIONS": "7",
            "GATEPOST_DELIVERY_RETRY_MINUTES": "1, 2,3",
            "GATEPOST_DELIVERY_ALLOW_PRIVATE_MX": "true",
            "GATEPOST_DATA_DIR": "here",
            "GATEPOST_LISTENER_PORT": "2526",
            "GATEPOST_LISTENER_PFX": "relay.pfx",
            "GATEPOST_LISTENER_PFX_PASSWORD_FILE": str(secret),
            "GATEPOST_LISTENER_2_PORT": "2527",
            "GATEPOST_DATABASE": "",
        },
    )
    assert (settings.hostname, settings.admin.port, settings.limits.max_connections) == ("b.example", 8026, 7)
    assert settings.delivery.retry_minutes == (1, 2, 3)
    assert settings.delivery.allow_private_mx
    assert settings.data_dir == Path("here")
    assert [it.port for it in settings.listeners] == [2526, 2527]
    assert settings.listeners[0].pfx_password == "geheim"


@pytest.mark.parametrize(
    ("table", "url", "exposed"),
    [
        ("", "http://127.0.0.1:8025", False),
        ('address = "::1"', "http://[::1]:8025", False),
        ('address = "0.0.0.0"\nport = 80', "http://relay.contoso.com:80", True),
        ('address = "::"', "http://relay.contoso.com:8025", True),
        ('address = "192.0.2.1"', "http://192.0.2.1:8025", True),
        ('address = "192.0.2.1"\ncertificate = "relay.pem"', "https://192.0.2.1:8025", False),
    ],
)
def test_the_admin_listener_knows_its_own_url_and_whether_it_is_open_to_a_network(
    tmp_path: Path, table: str, url: str, exposed: bool
) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text(f'[admin]\nnames = ["Mail.Contoso.com"]\n{table}\n')
    admin = load_settings(file, {}).admin
    assert (admin.url("relay.contoso.com"), admin.exposed, admin.names) == (url, exposed, ("mail.contoso.com",))


def test_a_misspelt_variable_is_named_and_a_platforms_is_not() -> None:
    platform = {"GATEPOST_SERVICE_HOST": "10.0.0.1", "GATEPOST_PORT": "tcp://10.0.0.1:25"}
    load_settings(environ=platform)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environ={"GATEPOST_HOSTNMAE": "a.example"})
    assert refused.value.problems == (
        "environment: GATEPOST_HOSTNMAE is not a known variable. Remedy: did you mean GATEPOST_HOSTNAME?",
    )


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_file_gets_its_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(Path(file.name), {})
    wanted = file.read_text("utf-8").splitlines()[0].removeprefix("# ")
    assert refused.value.problems == (wanted,)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text('hostname = ""\nextra = 1\n[limits]\nmax_received = 0\n[[listener]]\nport = -1\n')
    with pytest.raises(SettingsRefused) as refused:
        load_settings(file, {"GATEPOST_ADMIN_PORT": "x"})
    assert len(refused.value.problems) == 5
    assert all("Remedy: " in problem for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"#" * (1 << 20) + b"#", "is larger than 1 MiB"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["not UTF-8", "huge", "missing"],
)
def test_an_unreadable_file_is_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "gatepost.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(file, {})
    assert len(refused.value.problems) == 1
    assert words in refused.value.problems[0]


def test_every_default_is_a_value_its_own_reader_takes() -> None:
    for setting in SETTINGS:
        if setting.default not in (None, ()):
            assert setting.read(setting.default) is not None, setting.name


def test_every_setting_has_a_heading_in_the_reference() -> None:
    page = (HERE.parents[2] / "docs" / "reference" / "settings.md").read_text("utf-8")
    headings = {line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")}
    assert headings == {setting.name for setting in SETTINGS}
