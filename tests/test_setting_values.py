"""Values of settings that cannot be what was meant, and those that only look so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from noiz_storage import NoizFileSystem, config, get_filesystem
from noiz_storage.errors import ConfigurationError
from noiz_storage.uri import URI, normalize_path_to_uri

HIDDEN = "h1dden"
STRING = "AccountName=account;AccountKey=a2V5;BlobEndpoint="
KEYS = {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "k"}
AT = {"ENDPOINT_URL": "http://127.0.0.1:1", "ACCOUNT_NAME": "account"}

BASES = [
    '"s3://bucket/noiz"',
    "'/data/noiz'",
    "'s3://bucket/noiz",
    's3://bucket/noiz"',
    '"/data/noiz',
    "'file:///data/noiz",
    "“s3://bucket/noiz”",
    "`pwd`",
    "$BUCKET/noiz",
    "${BUCKET}/noiz",
    "s3://$BUCKET/noiz",
    "s3://bucket-${STAGE}/noiz",
    "az://$own/noiz",
    "/data/$USER",
    "/data/noiz-${USER}/x",
    "/data/noiz-${USER:-nobody}",
    "$(pwd)/data",
    "%DATA%/noiz",
    "{{ bucket }}/noiz",
    "None",
    "none",
    "NULL",
    "undefined",
    "None/noiz",
    "s3://None/noiz",
    " ",
    "\t\r\n",
    "s3//bucket/noiz",
    "STORAGE_URI=s3://bucket/noiz",
    "<s3://bucket/noiz>",
    "\ufeffs3://bucket/noiz",
    "S3 ://bucket",
    "<no value>",
    "s3://bucket-<no value>/x",
    "/data/<nil>",
    "<none>",
    "(null)",
    "s3://bucket/(null)/x",
    "[object Object]",
    "/data/[object Object]/x",
    "nan",
    "NaN/x",
    "{BUCKET}/x",
    "/data/{STAGE_1}",
    "<BUCKET>/x",
    "<YOUR-BUCKET>",
    "s3://<BUCKET>/x",
    "#{BUCKET}/x",
    "@BUCKET@/x",
    "!BUCKET!",
    "s3://null/x",
    "s3://undefined/noiz",
    "S3://none",
    "az://none/x",
    "gs://null/x",
    "http://undefined/x",
    "ftp://null:21/x",
    "DefaultEndpointsProtocol=https;AccountName=account",
    "UseDevelopmentStorage=true",
]
ENDPOINTS = [
    "'{}://127.0.0.1:1'",
    '{}://127.0.0.1:1"',
    "{}://$HOST:1",
    "{}://${{HOST}}:1",
    "{}://None:1",
    "{}://null:1",
    "{}://undefined",
    "{}://127.0.0.1/<no value>",
    "(null)",
    "UseDevelopmentStorage=true",
    "$ENDPOINT",
    "None",
    " ",
    "{}://",
    "{}://:1",
    "{}://127.0.0.1:99999",
    "{}://127.0.0.1:0",
    "{}://127.0.0.1:",
    "{}://127.0.0.1:port",
    "{}://127.0.0.1:+80",
    "{}://127.0.0.1:٣",
    "{}://127.0.0.1:1:2",
    "{}://user@127.0.0.1:1",
    "{}://127.0.0.1:1?x",
    "{}://127.0.0.1:1#x",
    "{}://ho st:1",
    "{}://127.0.0.1:1/a b",
    "{}://127.0.0.1\n:1",
    "{}://ho\\st:1",
    "{}://::1:1",
    "{}://[::1:1",
    "{}://[::g]:1",
    "{}://[127.0.0.1]:1",
    "{}://999.0.0.1:1",
    "{}://a..b:1",
    "{}://.a:1",
    "{}://" + "a" * 64,
    "{}://a,b:1",
    "floppy://127.0.0.1:1",
    "{}:/127.0.0.1:1",
]
NOT_HERE = [
    ("s3", "http://my_minio:9000"),
    ("s3", "http://-minio:9000"),
    ("s3", "http://minio-.example:9000"),
    ("s3", "http://bücket:9000"),
    ("https", "http://bücket:9000"),
    ("ftp", "ftp://127.0.0.1:1/path"),
    ("ftp", "http://127.0.0.1:1"),
    ("s3", "127.0.0.1:9000"),
]
REACHED = [
    ("s3", "http://127.0.0.1:9000"),
    ("s3", "HTTPS://minio.example/path/"),
    ("s3", "http://[::1]:9000"),
    ("s3", "http://[fe80::1%25eth0]:9000"),
    ("s3", "http://xn--a:080"),
    ("s3", "http://minio."),
    ("az", "http://my_azurite:10000/devstoreaccount1"),
    ("az", "http://bücket:10000"),
    ("gs", "localhost:4443"),
    ("gs", "http://my_gcs:4443/path"),
    ("https", "http://my_mirror/archive"),
    ("ftp", "ftps://my_host:2121/"),
]
ROOTS = {
    "s3": ["my bucket", "bücket", "buck,et", "buck:et", ".", "..", "b" * 256, "${BUCKET}", "arn:aws:s3:x"],
    "az": ["my container", "Container", "a", "ab--c", "-abc", "abc-", "a_bc", "a.bc", "$own", "c" * 64],
    "gs": ["my bucket", "Bucket", "a", "-abc", "abc.", "a,bc", "bücket", "c" * 223],
    "https": ["my host", "a..b", "[::g]", "999.0.0.1", "host:0", "h" * 64, "ho,st"],
    "ftp": ["my host", ".host", "[1.2.3.4]", "host:65536", "host:x"],
}
HAD = {
    "s3": ["b", "My_bucket.x-", "b" * 255, "192.168.0.1", "arn:aws:s3:eu-west-1:123456789012:accesspoint:mine"],
    "az": ["abc", "a-b-c", "$root", "$web", "$logs", "$blobchangefeed", "0" * 63],
    "gs": ["abc", "a_b.c-d", "0" * 63, "example.org"],
    "https": ["host", "my_host.example:8443", "[::1]:80", "127.0.0.1"],
    "ftp": ["host.", "[fe80::1]:2121"],
    "memory": ["x y", "Ü"],
}
LOGINS = [
    ("s3", "ACCESS_KEY_ID", f"{HIDDEN}\nx", {"SECRET_ACCESS_KEY": "k"}),
    ("s3", "ACCESS_KEY_ID", f"{HIDDEN} x", {"SECRET_ACCESS_KEY": "k"}),
    ("s3", "ACCESS_KEY_ID", f"{HIDDEN}é", {"SECRET_ACCESS_KEY": "k"}),
    ("s3", "ACCESS_KEY_ID", f'"{HIDDEN}"', {"SECRET_ACCESS_KEY": "k"}),
    ("s3", "SECRET_ACCESS_KEY", f"{HIDDEN}\x01x", {"ACCESS_KEY_ID": "k"}),
    ("s3", "SECRET_ACCESS_KEY", f"{HIDDEN}\x85x", {"ACCESS_KEY_ID": "k"}),
    ("s3", "SECRET_ACCESS_KEY", f"{HIDDEN}\udce9x", {"ACCESS_KEY_ID": "k"}),
    ("s3", "SESSION_TOKEN", f"{HIDDEN}\r\nHost: x", KEYS),
    ("s3", "SESSION_TOKEN", f"{HIDDEN}\u200bx", KEYS),
    ("s3", "REGION", "eu central 1", {}),
    ("s3", "REGION", "eu_central_1", {}),
    ("s3", "REGION", "eu-central-1/x", {}),
    ("s3", "REGION", '"eu-central-1"', {}),
    ("s3", "REGION", "é", {}),
    ("s3", "REGION", "-eu", {}),
    ("s3", "REGION", "e" * 64, {}),
    ("s3", "REGION", f"{HIDDEN}/+", {}),
    ("s3", "PROFILE", "my\nprofile", {}),
    ("s3", "REQUEST_CHECKSUM_CALCULATION", "never", {}),
    ("s3", "RESPONSE_CHECKSUM_VALIDATION", "when required", {}),
    ("az", "ACCOUNT_KEY", f"{HIDDEN}=x", AT),
    ("az", "ACCOUNT_KEY", f"{HIDDEN}-x_", AT),
    ("az", "ACCOUNT_KEY", f"a2V5\n{HIDDEN}", AT),
    ("az", "ACCOUNT_NAME", "my account", {**AT, "ACCOUNT_KEY": "a2V5"}),
    ("az", "ACCOUNT_NAME", "my_account", {"ACCOUNT_KEY": "a2V5"}),
    ("az", "ACCOUNT_NAME", f"{HIDDEN}+/==", {"ACCOUNT_KEY": "a2V5"}),
    ("az", "ACCOUNT_NAME", f"DefaultEndpointsProtocol=https;AccountKey={HIDDEN}", {}),
    ("az", "ACCOUNT_NAME", "", {"ENDPOINT_URL": "http://127.0.0.1:1", "ACCOUNT_KEY": "a2V5"}),
    ("az", "ACCOUNT_NAME", "", {"SAS_TOKEN": f"sv=1&sig={HIDDEN}"}),
    ("az", "SAS_TOKEN", f"sv=1&sig={HIDDEN} x", AT),
    ("az", "SAS_TOKEN", HIDDEN, AT),
    ("az", "SAS_TOKEN", f"https://h/c?sv=1&sig={HIDDEN}", AT),
    ("az", "CONNECTION_STRING", HIDDEN, {}),
    ("az", "CONNECTION_STRING", f"AccountKey={HIDDEN}", {}),
    ("az", "CONNECTION_STRING", f"AccountName=;AccountKey={HIDDEN}", {}),
    ("az", "CONNECTION_STRING", f"AccountName=account;AccountKey={HIDDEN}=x", {}),
    ("az", "CONNECTION_STRING", f'"{STRING}http://h/{HIDDEN}"', {}),
    ("az", "CONNECTION_STRING", f"{STRING}http://h:99999/{HIDDEN}", {}),
    ("az", "CONNECTION_STRING", f"{STRING}{HIDDEN}", {}),
    ("az", "CONNECTION_STRING", f"{STRING}http://{HIDDEN} x", {}),
    ("az", "CONNECTION_STRING", f"{STRING}$HOST/{HIDDEN}", {}),
    ("az", "CONNECTION_STRING", f"{STRING}http://h\n;X={HIDDEN}", {}),
    ("az", "CONNECTION_STRING", f"{STRING}http://h/${{HIDDEN}}", {}),
    ("az", "CONNECTION_STRING", "AccountName=account;AccountKey=", {}),
    ("az", "CONNECTION_STRING", "AccountName=account;AccountKey= ;BlobEndpoint=http://h/account", {}),
    ("az", "CONNECTION_STRING", "AccountName=account;SharedAccessSignature=", {}),
    ("az", "CONNECTION_STRING", "AccountName=account;AccountKey=a2V5;BlobEndpoint=", {}),
    ("az", "CONNECTION_STRING", "; ;", {}),
    ("az", "CONNECTION_STRING", f"DefaultEndpointsProtocol={HIDDEN};{STRING}", {}),
    ("https", "USERNAME", "na:me", {"PASSWORD": HIDDEN}),
    ("https", "USERNAME", "na\nme", {"PASSWORD": HIDDEN}),
    ("https", "USERNAME", "", {"PASSWORD": HIDDEN}),
    ("https", "PASSWORD", f"{HIDDEN}\r\nX: y", {"USERNAME": "name"}),
    ("https", "TOKEN", f"{HIDDEN}\nx", {}),
    ("https", "TOKEN", f"Bearer {HIDDEN}", {}),
    ("https", "TOKEN", f"{HIDDEN}é", {}),
    ("https", "TOKEN", HIDDEN, {"USERNAME": "name"}),
    ("ftp", "USERNAME", "na\nme", {"PASSWORD": HIDDEN}),
    ("ftp", "PASSWORD", f"{HIDDEN}\nQUIT", {"USERNAME": "name"}),
    ("gs", "PROJECT", "my\nproject", {}),
]
LET_IN = [
    ("s3", {**KEYS, "SECRET_ACCESS_KEY": "päss word'\"/+="}),
    ("s3", {"ACCESS_KEY_ID": "me@example.org", "SECRET_ACCESS_KEY": "k", "SESSION_TOKEN": "a/b+c=="}),
    ("s3", {"SESSION_TOKEN": "alone"}),
    ("s3", {"PROFILE": "my profile", "REGION": "RegionOne"}),
    ("s3", {"REGION": "auto", "REQUEST_CHECKSUM_CALCULATION": "When_Required"}),
    ("az", {"ACCOUNT_NAME": "account"}),
    ("az", {**AT, "ACCOUNT_NAME": "dev.store_Account-1", "ACCOUNT_KEY": "a2V5"}),
    ("az", {"ENDPOINT_URL": "http://127.0.0.1:1", "SAS_TOKEN": "?sv=1&sig=a%2Fb"}),
    ("az", {"CONNECTION_STRING": "UseDevelopmentStorage=true"}),
    ("az", {"CONNECTION_STRING": "BlobEndpoint=https://h/;SharedAccessSignature=sv=1&sig=a%2Fb;"}),
    ("az", {"CONNECTION_STRING": "AccountName=account;AccountKey=a2V5;EndpointSuffix=core.windows.net"}),
    ("az", {"CONNECTION_STRING": "DefaultEndpointsProtocol=HTTP;AccountName=account;AccountKey=a2V5"}),
    ("az", {"CONNECTION_STRING": ";AccountName=account; ;AccountKey=a2V5; BlobEndpoint=http://h/account"}),
    ("https", {"USERNAME": "näme", "PASSWORD": "a: b"}),
    ("https", {"USERNAME": "name"}),
    ("https", {"TOKEN": "a.b-c_d~e+f/g="}),
    ("ftp", {"USERNAME": "näme", "PASSWORD": "p:ä s"}),
    ("ftp", {"PASSWORD": "me@example.org"}),
]
NUMBERS = {
    "STORAGE_BLOCK_SIZE": ["32 MiB", "1e8", "0x2000000", "-33554432", "nan", "33554432.5", "4194304001", '"33554432"'],
    "STORAGE_TIMEOUT": ["soon", "nan", "inf", "-1", "0", "1e300", "1000001", "0x10", "30s", "$SECONDS"],
    "STORAGE_RETRY_ATTEMPTS": ["0", "-1", "1.5", "many", "1001"],
    "STORAGE_RETRY_SECONDS": ["-1", "nan", "inf", "1m"],
    "STORAGE_CACHE_SIZE_MB": ["-1", "1GB", "nan", "1.5"],
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test with an empty environment."""
    for variable in list(os.environ):
        if variable.startswith(("STORAGE_", "AWS_", "S3_", "AZURE_", "GOOGLE_", "PROCESSED_")):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    config.forget_storage_config()


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> config.StorageConfig:
    """Return the settings of an environment."""
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return config.get_storage_config()


def other(monkeypatch: pytest.MonkeyPatch, base: str, **settings: str) -> config.Storage:
    """Return a named storage with settings of its own."""
    own = {f"STORAGE_OTHER_{name}": value for name, value in settings.items()}
    return read(monkeypatch, STORAGE_OTHER_URI=base, **own).choose("other")


def pairs(table: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Return the keys of a table, each with one of its values."""
    return [(key, value) for key in table for value in table[key]]


@pytest.mark.parametrize("value", BASES)
@pytest.mark.parametrize("variable", ["STORAGE_URI", "PROCESSED_DATA_DIR", "STORAGE_LEGACY_BASE", "STORAGE_RAW_URI"])
def test_bases_that_nobody_meant(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """The variable, the value and what to do are said."""
    with pytest.raises(ConfigurationError, match=variable) as caught:
        read(monkeypatch, **{"STORAGE_URI": "memory://x", variable: value})
    assert repr(value.strip())[1:-1] in str(caught.value)


@pytest.mark.parametrize(
    "value", ["'http://me:h1dden'", "http://me:h1dden/x", '"http://me:h1dden@h"', "https://me:h1dden"]
)
@pytest.mark.parametrize("variable", ["STORAGE_URI", "STORAGE_RAW_URI"])
def test_passwords_in_bases_are_not_shown(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """What may be a password in an address is hidden, whatever else is wrong with it."""
    with pytest.raises(ConfigurationError, match=variable) as caught:
        read(monkeypatch, **{variable: value})
    assert HIDDEN not in f"{caught.value!r} {caught.value} {caught.value.filename}"


@pytest.mark.parametrize(
    "value",
    [
        "it's",
        "/data/it's/x",
        "file:///data/it's",
        "/data/it'",
        "file:///data/it'",
        '/a"',
        "/a$b",
        "/costs 5$",
        "/100%",
        "nonesuch",
        "nano",
        "/data/none",
        "/data/{x}",
        "{x}/y",
        "/data/(nullarbor)",
        "s3://nullarbor/x",
        "AccountNames",
    ],
)
def test_bases_that_only_look_so(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Quotes inside, and dollars and percent signs of a name, are legal."""
    assert read(monkeypatch, STORAGE_URI=value).default.base.key.endswith(value.rpartition("/")[2])


def test_quoted_ends_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory whose name ends with a quote, or is a variable's, has a `file:` URI."""
    assert read(monkeypatch, STORAGE_URI="file:///data/%24USER/dogs%27").default.base.key == "data/$USER/dogs'"


@pytest.mark.parametrize("value", ENDPOINTS)
@pytest.mark.parametrize("scheme", ["s3", "az", "gs", "https", "ftp"])
def test_endpoints_that_nobody_reaches(monkeypatch: pytest.MonkeyPatch, scheme: str, value: str) -> None:
    """The variable is said."""
    spelled = value.format("ftp" if scheme == "ftp" else "http")
    with pytest.raises(ConfigurationError, match="STORAGE_OTHER_ENDPOINT_URL"):
        other(monkeypatch, f"{scheme}://other/x", ENDPOINT_URL=spelled)
    with pytest.raises(ConfigurationError, match="endpoint_url"):
        config.Storage("given", URI(scheme, "other", "x"), spelled)


@pytest.mark.parametrize(("scheme", "value"), NOT_HERE)
def test_endpoints_that_one_client_refuses(monkeypatch: pytest.MonkeyPatch, scheme: str, value: str) -> None:
    """What only one protocol's client does not take is refused for that one."""
    with pytest.raises(ConfigurationError, match="STORAGE_OTHER_ENDPOINT_URL"):
        other(monkeypatch, f"{scheme}://other/x", ENDPOINT_URL=value)


@pytest.mark.parametrize(("scheme", "value"), REACHED)
def test_endpoints_that_are_reached(monkeypatch: pytest.MonkeyPatch, scheme: str, value: str) -> None:
    """What a client takes is not refused."""
    assert other(monkeypatch, f"{scheme}://other/x", ENDPOINT_URL=f" {value}\r\n").endpoint_url.endswith(value)


@pytest.mark.parametrize(("scheme", "root"), pairs(ROOTS))
def test_roots_that_no_service_has(monkeypatch: pytest.MonkeyPatch, scheme: str, root: str) -> None:
    """Neither a setting nor an address in code names such a one."""
    with pytest.raises(ConfigurationError, match="STORAGE_OTHER_URI"):
        other(monkeypatch, f"{scheme}://{root}/x")
    monkeypatch.delenv("STORAGE_OTHER_URI")
    with pytest.raises(ConfigurationError):
        NoizFileSystem(f"{scheme}://{root}/x")
    with pytest.raises(ConfigurationError):
        get_filesystem(f"{scheme}://{root}/x")


@pytest.mark.parametrize(("scheme", "root"), pairs(HAD))
def test_roots_that_a_service_has(monkeypatch: pytest.MonkeyPatch, scheme: str, root: str) -> None:
    """What a server may have is not refused."""
    assert other(monkeypatch, f"{scheme}://{root}/x").base.root


@pytest.mark.parametrize("case", LOGINS, ids=lambda case: f"{case[0]}-{case[1]}-{case[2]!r}")
def test_logins_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, case: Any) -> None:
    """The variable is said, and nothing of a value shown; the same in code, by the setting's name."""
    scheme, setting, value, others = case
    with pytest.raises(ConfigurationError, match=f"STORAGE_OTHER_{setting}") as caught:
        other(monkeypatch, f"{scheme}://other/x", **{**others, setting: value})
    assert HIDDEN not in f"{caught.value!r} {caught.value} {caught.value.filename} {caught.value.__cause__!r}"
    given = {name.lower(): text for name, text in {**others, setting: value.strip()}.items() if text.strip()}
    with pytest.raises(ConfigurationError, match=setting.lower()):
        config.Storage("given", URI(scheme, "other", "x"), given.pop("endpoint_url", ""), given)


@pytest.mark.parametrize(("scheme", "settings"), LET_IN)
def test_logins_that_can_be_used(monkeypatch: pytest.MonkeyPatch, scheme: str, settings: dict[str, str]) -> None:
    """What a server may want is not refused; blank ends, a SAS's `?` and capitals of a choice are no part of it."""
    given = other(monkeypatch, f"{scheme}://other/x", **{name: f"\n{value} " for name, value in settings.items()})
    for name, value in settings.items():
        lowered = value.lower() if "CHECKSUM" in name else value.removeprefix("?")
        assert {"endpoint_url": given.endpoint_url, **given.credentials}[name.lower()] == lowered


@pytest.mark.parametrize(("present", "missing"), [("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")[::step] for step in (1, -1)])
def test_half_a_pair(monkeypatch: pytest.MonkeyPatch, present: str, missing: str) -> None:
    """Half of S3's pair of keys is refused where it is used: others of the process do not need it."""
    other(monkeypatch, "s3://other/x", **{present: HIDDEN, missing: " "})
    with pytest.raises(ConfigurationError, match=f"STORAGE_OTHER_{missing} is missing beside") as caught:
        get_filesystem("other")
    assert HIDDEN not in str(caught.value)


def test_a_login_in_code_stays_as_it_is() -> None:
    """A password that begins or ends with a blank can be given in code."""
    storage = config.Storage("given", URI("https", "h", ""), "", {"username": "me", "password": " a "})
    assert storage.credentials["password"] == " a "
    with pytest.raises(ConfigurationError, match="secret_access_key is NoneType, not text"):
        config.Storage("given", URI("s3", "b", ""), "", {"access_key_id": "a", "secret_access_key": None})  # type: ignore[dict-item]


@pytest.mark.parametrize(("variable", "value"), pairs(NUMBERS))
def test_numbers_that_cannot_be_used(tmp_path: Path, variable: str, value: str) -> None:
    """Variable and value are said, also where a `.env` file has it."""
    (tmp_path / ".env").write_text(f"{variable}='{value}'\n")
    with pytest.raises(ConfigurationError, match=variable) as caught:
        config.get_storage_config()
    assert value in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "field"),
    [
        ("STORAGE_BLOCK_SIZE", " 5242880\r\n", ("block_size", 5242880)),
        ("STORAGE_BLOCK_SIZE", "", ("block_size", 33554432)),
        ("STORAGE_TIMEOUT", "1e3", ("timeout", 1000.0)),
        ("STORAGE_TIMEOUT", " ", ("timeout", 30.0)),
        ("STORAGE_RETRY_SECONDS", "0", ("retry_seconds", 0.0)),
    ],
)
def test_numbers_that_can_be_used(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: tuple[str, float]
) -> None:
    """Blank ends are no part of a number, and an empty one counts as unset."""
    assert getattr(read(monkeypatch, **{variable: value}), field[0]) == field[1]


@pytest.mark.parametrize("size", [5.5e6, 33554432.0, True, "33554432", None.__class__, float("nan"), 1, 2**40, -1])
def test_block_sizes_in_code(size: Any) -> None:
    """Only a whole number within the bounds is a size of blocks."""
    with pytest.raises(ConfigurationError, match="block_size="):
        NoizFileSystem("memory://x", block_size=size)


@pytest.mark.parametrize("size", [1e3, True, "1000", -1, None])
def test_cache_sizes_in_code(size: Any) -> None:
    """So it is with the bound of the cache, though there is no cache yet."""
    with pytest.raises(ConfigurationError, match="cache_size_mb="):
        NoizFileSystem("memory://x", cache_size_mb=size)


@pytest.mark.parametrize(
    "value", [" ", '"ca.pem"', "$CERTIFICATES/ca.pem", "None", "nowhere.pem", ".", "text", "~/ca.pem"]
)
@pytest.mark.parametrize(
    ("base", "variable"),
    [
        ("s3://other/x", "AWS_CA_BUNDLE"),
        ("s3://other/x", "STORAGE_RAW_CA_FILE"),
        ("https://other/x", "STORAGE_RAW_CA_FILE"),
        ("ftps://other/x", "STORAGE_FTP_CA_FILE"),
        ("gs://other/x", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_files_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str, variable: str, value: str
) -> None:
    """A file that is not there, or is of another kind, is refused with variable and value."""
    monkeypatch.setenv("HOME", str(tmp_path))
    Path("text").write_text("no certificate")
    missing = value == "text" and variable.startswith("GOOGLE")
    with pytest.raises(ConfigurationError, match=variable) as caught:
        read(monkeypatch, STORAGE_RAW_URI=base, **{variable: "absent" if missing else value})
    assert missing or value.strip().removeprefix("~/") in str(caught.value)


def test_files_below_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A path below `~` lies in the home directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    Path("key.json").write_text("{}")
    given = other(monkeypatch, "gs://other/x", CREDENTIALS_FILE="~/key.json")
    assert given.credentials["credentials_file"] == str(tmp_path / "key.json")


@pytest.mark.parametrize("value", [" ", '"/cache"', "$CACHE", "None"])
def test_cache_directories_that_nobody_meant(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The directory of the cache is looked at too, though there is no cache yet."""
    with pytest.warns(UserWarning, match="no cache yet"), pytest.raises(ConfigurationError, match="STORAGE_CACHE_DIR"):
        read(monkeypatch, STORAGE_CACHE_DIR=value)


@pytest.mark.parametrize("variable", ["S3_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_SESSION_TOKEN"])
def test_empty_is_unset(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """An optional setting that is empty counts as unset."""
    storage = read(monkeypatch, STORAGE_URI="s3://b", **{variable: ""}).default
    assert (storage.endpoint_url, dict(storage.credentials)) == ("", {})


@pytest.mark.parametrize("text", ['"s3://bucket/x"', "s3//bucket/x", "URI=s3://bucket/x"])
def test_quoted_addresses_are_no_paths(text: str) -> None:
    """What only looks like a relative path is not made one of the working directory."""
    with pytest.raises(ConfigurationError, match="does not begin as a URI does"):
        normalize_path_to_uri(text)


def test_dotenv_keeps_what_nobody_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """python-dotenv puts nothing in place of a variable that is unset: `${BUCKET}/x` would be the directory `/x`."""
    (tmp_path / ".env").write_text("NAME=raw\nSTORAGE_RAW_URI=/data/${NAME}\nSTORAGE_OLD_URI=/data/${NO:-old}\n")
    settings = config.get_storage_config()
    assert [str(settings.choose(name).base) for name in ("raw", "old")] == ["file:///data/raw", "file:///data/old"]
    config.forget_storage_config()
    (tmp_path / ".env").write_text("STORAGE_URI=${NOIZ_NOBODY_SETS}/x\n")
    with pytest.raises(ConfigurationError, match=r"STORAGE_URI='\$\{NOIZ_NOBODY_SETS\}/x'"):
        config.get_storage_config()


@pytest.mark.parametrize(
    ("lines", "blamed"),
    [
        ("STORAGE_URI=s3://bucket/${NOIZ_S}\nNOIZ_S=TD05\n", "'${NOIZ_S}'"),
        ("NOIZ_A=${NOIZ_NOBODY}\nSTORAGE_URI=s3://bk/${NOIZ_A}\n", "'${NOIZ_A}'"),
        ("NOIZ_A=x${NOIZ_NOBODY}\nSTORAGE_URI=s3://bk/${NOIZ_A}\n", "'${NOIZ_A}'"),
        ("NOIZ_S\nSTORAGE_URI=s3://bucket/noiz${NOIZ_S}\n", "'${NOIZ_S}'"),
        ("NOIZ_S=\nSTORAGE_URI=s3://bucket/noiz${NOIZ_S}\n", "'${NOIZ_S}'"),
        ("NOIZ_S=x\nNOIZ_S=\nSTORAGE_URI=s3://bucket/${NOIZ_S}\n", "'${NOIZ_S}'"),
        ("STORAGE_URI=s3://bucket/${NOIZ_EMPTY}\n", "'${NOIZ_EMPTY}'"),
        ("STORAGE_URI=s3://bucket/${STORAGE_URI}\n", "'${STORAGE_URI}'"),
        ("NOIZ_A=x\nSTORAGE_URI=s3://bucket/${NOIZ_A}/${NOIZ_B}\n", "'${NOIZ_B}'"),
    ],
)
def test_dotenv_loses_no_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, blamed: str) -> None:
    """A variable that has no value on the lines above is refused where an address names it."""
    monkeypatch.setenv("NOIZ_EMPTY", "")
    (tmp_path / ".env").write_text(lines)
    with pytest.raises(ConfigurationError, match="STORAGE_URI=") as caught:
        config.get_storage_config()
    assert f"{blamed} was not expanded" in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "base"),
    [
        ("NOIZ_A=x\nNOIZ_B=${NOIZ_A}y\nSTORAGE_URI=s3://bk/${NOIZ_B}\n", "s3://bk/xy"),
        ("NOIZ_A=x\nSTORAGE_URI=s3://bk/${NOIZ_A}\nNOIZ_A=\n", "s3://bk/x"),
        ("NOIZ_PROCESS\nSTORAGE_URI=s3://bk/${NOIZ_PROCESS}\n", "s3://bk/mine"),
        ("STORAGE_URI=s3://bk/noiz${NOIZ_NOBODY:-}\n", "s3://bk/noiz"),
        ("STORAGE_URI=s3://${NOIZ_NOBODY:-bk}/${NOIZ_PROCESS}/${NOIZ_PROCESS:-x}\n", "s3://bk/mine/mine"),
    ],
)
def test_dotenv_expands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, base: str) -> None:
    """Lines above and the process give values; what follows `:-` stands in for one that is missing."""
    monkeypatch.setenv("NOIZ_PROCESS", "mine")
    (tmp_path / ".env").write_text(lines)
    assert config.get_storage_config().storage_uri == base


@pytest.mark.parametrize("value", ['{"private_key": "h1dden"}', "-----BEGIN CERTIFICATE-----\nh1dden"])
@pytest.mark.parametrize(
    ("base", "variable"),
    [
        ("gs://other", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("s3://b", "AWS_CA_BUNDLE"),
        ("ftps://h", "STORAGE_FTP_CA_FILE"),
    ],
)
def test_the_content_of_a_file_is_no_path(
    monkeypatch: pytest.MonkeyPatch, base: str, variable: str, value: str
) -> None:
    """A key or certificate in place of its file's path is refused, and not shown."""
    with pytest.raises(ConfigurationError, match=variable) as caught:
        read(monkeypatch, STORAGE_URI=base, **{variable: value})
    assert HIDDEN not in f"{caught.value!r} {caught.value} {caught.value.filename}"


def test_an_emulator_has_buckets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a bucket's name is at Google is Google's own rule: another server at an endpoint has its own."""
    assert other(monkeypatch, "gs://ab/x", ENDPOINT_URL="localhost:4443").base.root == "ab"
    with pytest.raises(ConfigurationError, match="3 to 222"):
        config.Storage("given", URI("gs", "ab", ""))


def test_dotenv_of_windows(tmp_path: Path) -> None:
    """A mark at the start of the file and its ends of lines are no part of names and values."""
    (tmp_path / ".env").write_bytes("\ufeffSTORAGE_URI=memory://x \r\nSTORAGE_TIMEOUT=7\r\n".encode())
    settings = config.get_storage_config()
    assert (settings.storage_uri, settings.timeout) == ("memory://x", 7.0)
    config.forget_storage_config()
    (tmp_path / ".env").write_bytes("STORAGE_URI=memory://x\r\n".encode("utf-16"))
    with pytest.raises(ConfigurationError, match=r"\.env is no UTF-8"):
        config.get_storage_config()


def test_dotenv_leaves_the_process_alone(tmp_path: Path) -> None:
    """What a `.env` file sets does not become a variable of the process."""
    (tmp_path / ".env").write_text("STORAGE_URI=memory://x\n")
    assert (config.get_storage_config().storage_uri, "STORAGE_URI" in os.environ) == ("memory://x", False)
