"""Settings: what cannot be used is refused before anything is contacted; blank ends and empty variables do no harm."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, source
from conformance.writing import read, write
from fixtures.endpoint import WRITE

pytestmark = embedded_backends()

PLANTED = "pl4nted5ecret"

BASES = ("STORAGE_URI", "PROCESSED_DATA_DIR", "STORAGE_LEGACY_BASE", "STORAGE_OTHER_URI")
NO_BASES = [
    '"s3://bucket/noiz"',
    "$BUCKET/noiz",
    "s3://bucket/${USER}",
    "None",
    " \t\r\n",
    "<no value>",
    "/data/<nil>",
    "(null)",
    "[object Object]",
    "{BUCKET}/noiz",
    "<BUCKET>/noiz",
    "s3://null/noiz",
    "http://undefined/noiz",
    "AccountName=account;EndpointSuffix=core.windows.net",
]
"""Addresses as docker, YAML, shells and programs hand them on when something went wrong."""
SECRETS = [
    f"az://container?sv=1&sig={PLANTED}",
    f"https://account.example/c?sv=1&sig={PLANTED}",
    f'"https://account.example/c?sig={PLANTED}"',
    f"az://DefaultEndpointsProtocol=https;AccountKey={PLANTED}",
    f"AccountName=account;AccountKey={PLANTED}==;BlobEndpoint=http://h/account",
    f"DefaultEndpointsProtocol=https;AccountName=account;AccountKey={PLANTED}==",
    f"//user:{PLANTED}@host/x",
    f"a/s3://key:{PLANTED}/b",
    f"/s3://key:{PLANTED}/b",
    f"$X/s3://key:{PLANTED}/b",
    f"http://[user:{PLANTED}]/x",
    f"s3://key%3A{PLANTED}/b",
    f"s3://key;{PLANTED}/b",
    f"s3://key,{PLANTED}/b",
]
"""Addresses that hold a login, a key or a signature, as those write them who have no better place for it."""
ENDPOINTS = {
    "S3_ENDPOINT_URL": ("s3://other/x", "http"),
    "AWS_ENDPOINT_URL_S3": ("s3://other/x", "http"),
    "AWS_ENDPOINT_URL": ("s3://other/x", "http"),
    "AZURE_STORAGE_ENDPOINT_URL": ("az://other/x", "http"),
    "STORAGE_EMULATOR_HOST": ("gs://other/x", "http"),
    "STORAGE_HTTP_ENDPOINT_URL": ("https://other/x", "http"),
    "STORAGE_FTP_ENDPOINT_URL": ("ftp://other/x", "ftp"),
}
"""A variable → a storage that looks at it, and the scheme that an endpoint of it has."""
NO_ENDPOINTS = ['"{}://127.0.0.1:1"', "{}://$HOST:1", "{}://127.0.0.1:99999", "{}://ho st:1"]
"""What is no endpoint, whatever the scheme that takes the place of the braces."""
FILES = {
    "AWS_CA_BUNDLE": "s3://other/x",
    "GOOGLE_APPLICATION_CREDENTIALS": "gs://other/x",
    "STORAGE_HTTP_CA_FILE": "https://other/x",
    "STORAGE_FTP_CA_FILE": "ftps://other/x",
}
ROOTS = {
    "s3": ["my bucket", "buck,et"],
    "az": ["Container", "a_bc"],
    "gs": ["my bucket", "-ab"],
    "ftp": ["a..b", "[::g]"],
}
"""What stands behind `://` and can be no bucket, container or host."""
STRING = "AccountName=account;AccountKey=a2V5;BlobEndpoint="
LOGINS = [
    ("s3", "ACCESS_KEY_ID", f"{PLANTED}\nx", {"SECRET_ACCESS_KEY": "k"}),
    ("s3", "ACCESS_KEY_ID", f"{PLANTED} x", {"SECRET_ACCESS_KEY": "k"}),
    ("s3", "SECRET_ACCESS_KEY", f"{PLANTED}\tx", {"ACCESS_KEY_ID": "k"}),
    ("s3", "SECRET_ACCESS_KEY", " ", {"ACCESS_KEY_ID": PLANTED}),
    ("s3", "SESSION_TOKEN", f"{PLANTED}é", {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "k"}),
    ("s3", "REGION", "eu central 1", {}),
    ("s3", "PROFILE", "my\nprofile", {}),
    ("s3", "REQUEST_CHECKSUM_CALCULATION", "never", {}),
    ("s3", "RESPONSE_CHECKSUM_VALIDATION", "when required", {}),
    ("az", "ACCOUNT_KEY", PLANTED, {"ACCOUNT_NAME": "account"}),
    ("az", "ACCOUNT_NAME", "my_account", {"ACCOUNT_KEY": "a2V5"}),
    ("az", "SAS_TOKEN", f"sv=1&sig={PLANTED}\nx", {"ACCOUNT_NAME": "account"}),
    ("az", "CONNECTION_STRING", PLANTED, {}),
    ("az", "CONNECTION_STRING", f"AccountName=;AccountKey={PLANTED}", {}),
    ("az", "CONNECTION_STRING", f"{STRING}http://h:99999/{PLANTED}", {}),
    ("https", "USERNAME", "na:me", {"PASSWORD": PLANTED}),
    ("https", "PASSWORD", f"{PLANTED}\r\nX: y", {"USERNAME": "name"}),
    ("https", "TOKEN", f"Bearer {PLANTED}", {}),
    ("ftp", "PASSWORD", f"{PLANTED}\nQUIT", {"USERNAME": "name"}),
    ("gs", "PROJECT", "my\nproject", {}),
]
"""A storage's scheme, a setting of its own, a value that cannot be used, and what else is set."""
NUMBERS = {
    "STORAGE_BLOCK_SIZE": ["1e8", "0x2000000", "99999999999999"],
    "STORAGE_TIMEOUT": ["nan", "inf", "1e300", "30s"],
    "STORAGE_RETRY_ATTEMPTS": ["1.5", "99999999"],
    "STORAGE_RETRY_SECONDS": ["-1"],
    "STORAGE_CACHE_SIZE_MB": ["1GB"],
}
EMPTY = [
    "PROCESSED_DATA_DIR",
    "STORAGE_LEGACY_BASE",
    "STORAGE_BLOCK_SIZE",
    "STORAGE_TIMEOUT",
    "STORAGE_RETRY_ATTEMPTS",
    "STORAGE_CACHE_DIR",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CA_BUNDLE",
    "AWS_REGION",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "GOOGLE_CLOUD_PROJECT",
    "STORAGE_HTTP_TOKEN",
]
"""Optional settings that no backend of the suite needs."""


def _cases(table: Mapping[str, Iterable[str]]) -> list[Any]:
    return [pytest.param(name, value, id=f"{name}-{value!r}") for name in table for value in table[name]]


def _shown(caught: Any) -> str:
    """All that an error and its causes show."""
    errors = [caught.value, caught.value.__cause__, caught.value.__context__]
    return "\n".join(f"{error!r} {error} {getattr(error, 'filename', '')}" for error in errors)


@source("contract: Refusing", "contract: Addresses")
@pytest.mark.parametrize(("variable", "value"), _cases(dict.fromkeys(BASES, NO_BASES)))
def test_base_that_nobody_meant(
    subject: Any,
    environment: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    costs: Any,
    refused: Any,
    variable: str,
    value: str,
) -> None:
    """A base in quotes, with an unexpanded variable, or none at all raises ValueError with variable and value."""
    monkeypatch.chdir(tmp_path)
    environment.change(**{variable: value})
    with costs(), refused(ValueError, match=variable) as caught:
        subject.get_filesystem()
    assert repr(value.strip())[1:-1] in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@source("contract: Refusing", "contract: Living")
@pytest.mark.parametrize(("variable", "value"), _cases(dict.fromkeys((*BASES, "AWS_ENDPOINT_URL_S3"), SECRETS)))
def test_secret_in_an_address(
    subject: Any, environment: Any, costs: Any, refused: Any, variable: str, value: str
) -> None:
    """An address with a login, a key or a signature in it raises ValueError with its variable, and shows no secret."""
    environment.change(STORAGE_OTHER_URI="s3://other/x", S3_ENDPOINT_URL=None)
    environment.change(**{variable: value})
    with costs(), refused(ValueError, match=variable) as caught:
        subject.get_filesystem()
    assert PLANTED not in _shown(caught)


@source("contract: Refusing")
@pytest.mark.parametrize(("variable", "value"), _cases(dict.fromkeys(ENDPOINTS, NO_ENDPOINTS)))
def test_endpoint_that_cannot_be_used(
    subject: Any, environment: Any, costs: Any, refused: Any, variable: str, value: str
) -> None:
    """An endpoint that no client can use raises ValueError that names its variable, before anything is contacted."""
    base, scheme = ENDPOINTS[variable]
    environment.change(S3_ENDPOINT_URL=None, AZURE_STORAGE_CONNECTION_STRING=None)
    environment.change(STORAGE_URI=base, **{variable: value.format(scheme)})
    with costs(), refused(ValueError, match=variable):
        subject.get_filesystem()


@source("contract: Refusing")
@pytest.mark.parametrize(("scheme", "root"), _cases(ROOTS))
def test_root_that_no_service_has(
    subject: Any, environment: Any, costs: Any, refused: Any, scheme: str, root: str
) -> None:
    """A bucket, container or host of a name that its service cannot have raises ValueError that names the variable."""
    environment.change(STORAGE_OTHER_URI=f"{scheme}://{root}/noiz")
    with costs(), refused(ValueError, match="STORAGE_OTHER_URI"):
        subject.get_filesystem("default")
    environment.change(STORAGE_OTHER_URI=None)
    with refused(ValueError):
        subject.filesystem.NoizFileSystem(f"{scheme}://{root}/noiz")


@source("contract: Refusing", "contract: Living")
@pytest.mark.parametrize(
    ("scheme", "setting", "value", "others"),
    [pytest.param(*case, id=f"{case[0]}-{case[1]}-{case[2]!r}") for case in LOGINS],
)
def test_login_that_cannot_be_used(
    subject: Any,
    environment: Any,
    costs: Any,
    refused: Any,
    scheme: str,
    setting: str,
    value: str,
    others: Mapping[str, str],
) -> None:
    """A credential that cannot be used raises ValueError that names its variable and shows nothing of the value."""
    own = {f"STORAGE_OTHER_{name}": text for name, text in {**others, setting: value}.items()}
    environment.change(STORAGE_OTHER_URI=f"{scheme}://other/x", **own)
    with costs(), refused(ValueError, match=f"STORAGE_OTHER_{setting}") as caught:
        subject.get_filesystem("other")
    assert PLANTED not in _shown(caught)


@source("contract: Refusing")
@pytest.mark.parametrize("value", ['"ca.pem"', "nowhere.pem", "text"])
@pytest.mark.parametrize("variable", FILES)
def test_file_that_cannot_be_used(
    subject: Any,
    environment: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    costs: Any,
    refused: Any,
    variable: str,
    value: str,
) -> None:
    """A file of certificates or keys that is not there, or is none, raises ValueError that names its variable."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("no certificate")
    environment.change(STORAGE_URI=FILES[variable], **{variable: value})
    with costs(), refused(ValueError, match=variable) as caught:
        subject.get_filesystem().exists("object")
    assert value.strip() in str(caught.value)


@source("contract: Refusing")
@pytest.mark.parametrize(("variable", "value"), _cases(NUMBERS))
def test_number_that_cannot_be_used(
    subject: Any,
    environment: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    costs: Any,
    refused: Any,
    variable: str,
    value: str,
) -> None:
    """A number that cannot be used raises ValueError with variable and value, from a `.env` file too."""
    monkeypatch.chdir(tmp_path)
    environment.change(**{variable: None})
    (tmp_path / ".env").write_text(f"{variable}='{value}'\n")
    with costs(), refused(ValueError, match=variable) as caught:
        subject.get_filesystem()
    assert value in str(caught.value)
    environment.change(**{variable: value})
    with refused(ValueError, match=variable):
        subject.get_filesystem()


@source("contract: Refusing")
@pytest.mark.parametrize("ends", [" {}\t", "{}\n", "\n{}\r\n"], ids=repr)
def test_blank_ends_are_no_part(
    subject: Any, backend: Any, witness: Any, key: str, environment: Any, ends: str
) -> None:
    """Blanks, tabs and ends of lines around a setting's value are no part of it, whatever it sets."""
    witness.put("object", b"content")
    environment.change(**{name: ends.format(os.environ[name]) for name in backend.environment(key)})
    assert read(subject.get_filesystem(), "object") == b"content"


@source("contract: Refusing")
def test_empty_is_unset(subject: Any, witness: Any, environment: Any) -> None:
    """An optional setting that is empty counts as one that is not set."""
    witness.put("object", b"content")
    environment.change(**dict.fromkeys(EMPTY, ""))
    assert read(subject.get_filesystem(), "object") == b"content"


@source("contract: Addresses")
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
def test_dotenv_sets_everything(
    subject: Any,
    backend: Any,
    key: str,
    witness: Any,
    environment: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mark: str,
    end: str,
) -> None:
    """A `.env` file sets what the environment can set, also one that was written on Windows."""
    witness.put("object", b"content")
    own = {name: os.environ[name] for name in backend.environment(key)}
    lines = [f"{name}={value}" for name, value in own.items()]
    (tmp_path / ".env").write_bytes((mark + end.join([*lines, ""])).encode())
    monkeypatch.chdir(tmp_path)
    environment.replace({})
    assert read(subject.get_filesystem(), "object") == b"content"


@needs(WRITE)
@source("contract: Names")
@pytest.mark.parametrize("name", ["it's/$x", "\"quoted\"/'name'", "${HOME}/$HOME", "None", "null/undefined"])
def test_names_may_look_so(fs: Any, witness: Any, name: str) -> None:
    """Only settings are looked at so: a key with quotes, dollars or such words is a name like any other."""
    write(fs, name, b"content")
    assert (fs.ls(name.rpartition("/")[0]), witness.get(name)) == ([name], b"content")


@source("contract: Addresses")
@pytest.mark.parametrize("base", ["it's", "it's/$HOME$", "costs 5$", "a$b", "100%/x", "nonesuch", "%41"])
def test_directories_may_look_so(subject: Any, environment: Any, tmp_path: Path, base: str) -> None:
    """An address that only resembles such a one is a base: quotes inside, dollars and percent signs of a name."""
    environment.change(STORAGE_URI=str(tmp_path / base))
    write(subject.get_filesystem(), "object", b"content")
    assert (tmp_path / base / "object").read_bytes() == b"content"


@source("contract: Addresses")
@pytest.mark.parametrize("root", ["$root", "$web", "$logs"])
def test_azures_own_containers(subject: Any, environment: Any, root: str) -> None:
    """Azure's own containers, whose names begin with a dollar sign, are containers."""
    own = {"STORAGE_OTHER_CONNECTION_STRING": f"{STRING}http://127.0.0.1:1/account"}
    environment.change(STORAGE_OTHER_URI=f"az://{root}/noiz", **own)
    assert subject.get_filesystem("other").base_uri == f"az://{root}/noiz"
