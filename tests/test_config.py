"""Settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from noiz_storage import config
from noiz_storage.errors import ConfigurationError
from noiz_storage.uri import URI


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


def test_neither_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a base, the default storage names both variables."""
    with pytest.raises(ConfigurationError, match=r"STORAGE_URI.*PROCESSED_DATA_DIR"):
        _ = read(monkeypatch).default


def test_storage_uri_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """With both, PROCESSED_DATA_DIR is the legacy base."""
    settings = read(monkeypatch, STORAGE_URI="s3://b/k", PROCESSED_DATA_DIR="/old")
    assert settings.storage_uri == "s3://b/k"
    assert settings.legacy_base == URI("file", "", "old")
    assert settings.is_remote


def test_relative_directory_becomes_absolute_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A relative base counts from the working directory of the first use."""
    settings = read(monkeypatch, PROCESSED_DATA_DIR="rel/dir/")
    monkeypatch.chdir("/")
    assert settings.storage_uri == (tmp_path / "rel/dir").as_uri()
    assert config.get_storage_config() is settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORAGE_URI", " "),
        ("STORAGE_URI", "nope://x"),
        ("STORAGE_TIMEOUT", "soon"),
        ("STORAGE_RETRY_ATTEMPTS", "0"),
        ("STORAGE_BLOCK_SIZE", "1024"),
        ("STORAGE_ARCHIVE_URI", "s3://"),
        ("STORAGE_ARCHIVE_URI", " "),
        ("STORAGE_DEFAULT_URI", "memory://x"),
        ("STORAGE_URI", "s3:bucket/prefix"),
    ],
)
def test_wrong_values_name_their_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A value that cannot be used is refused with its variable."""
    with pytest.raises(ConfigurationError, match=variable):
        read(monkeypatch, **{variable: value})


def test_an_endpoint_is_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint without http:// or https:// is refused before anything is contacted, and its variable named."""
    with pytest.raises(ConfigurationError, match="S3_ENDPOINT_URL"):
        read(monkeypatch, STORAGE_URI="s3://b", S3_ENDPOINT_URL="127.0.0.1:9000")


@pytest.mark.parametrize(
    ("base", "given", "variables"),
    [
        ("s3://b", {}, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        ("s3://b", {"AWS_ACCESS_KEY_ID": "id"}, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        ("s3://b", {"AWS_PROFILE": "mine"}, "AWS_PROFILE"),
        ("ftp://h", {"STORAGE_FTP_USERNAME": "me"}, "STORAGE_FTP_USERNAME, STORAGE_FTP_PASSWORD"),
    ],
)
def test_the_credentials_to_mend(
    monkeypatch: pytest.MonkeyPatch, base: str, given: dict[str, str], variables: str
) -> None:
    """The variables to mend are those that are used, and the half that is missing."""
    assert read(monkeypatch, STORAGE_URI=base, **given).default.variables["credentials"] == variables


def test_storages_have_their_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A named storage takes its own endpoint and login, and inherits neither half of another login."""
    settings = read(
        monkeypatch,
        STORAGE_URI="s3://b",
        S3_ENDPOINT_URL="http://one",
        AWS_ACCESS_KEY_ID="id",
        AWS_SECRET_ACCESS_KEY="hidden",
        AWS_SESSION_TOKEN="token",
        STORAGE_OTHER_URI="s3://b",
        STORAGE_OTHER_ENDPOINT_URL="http://two",
        STORAGE_OTHER_ACCESS_KEY_ID="other",
        STORAGE_OTHER_SECRET_ACCESS_KEY="veiled",
    )
    other = settings.choose("other")
    assert (settings.default.endpoint_url, other.endpoint_url) == ("http://one", "http://two")
    assert other.credentials == {"access_key_id": "other", "secret_access_key": "veiled"}
    assert "hidden" not in repr(settings)
    assert "STORAGE_OTHER_ACCESS_KEY_ID" in other.source
    with pytest.raises(ConfigurationError, match="several storages"):
        settings.choose("s3://b/x")


def test_addresses_find_the_innermost_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of nested bases the longest wins."""
    settings = read(monkeypatch, STORAGE_URI="/data", STORAGE_RAW_URI="/data/raw")
    assert settings.choose("/data/raw/x").name == "raw"
    assert settings.choose("/data/x").name == "default"
    with pytest.raises(ConfigurationError, match="there are: default, raw"):
        settings.choose("s3://b/x")


def test_dotenv_of_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `.env` file of the working directory, or above it, is read; the environment wins."""
    (tmp_path / ".env").write_text("STORAGE_URI=/from/file\nSTORAGE_TIMEOUT=7\n")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("STORAGE_TIMEOUT", "8")
    monkeypatch.setenv("STORAGE_URI", "restored later")
    monkeypatch.delenv("STORAGE_URI")
    settings = config.get_storage_config()
    assert (settings.storage_uri, settings.timeout) == ("file:///from/file", 8.0)


def test_dotenv_sets_several_storages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `.env` file sets named storages too, and an empty STORAGE_URI in it is refused as in the environment."""
    (tmp_path / ".env").write_text("STORAGE_RAW_URI=/raw\nSTORAGE_RAW_PROJECT\n")
    assert str(config.get_storage_config().choose("raw").base) == "file:///raw"
    config.forget_storage_config()
    (tmp_path / ".env").write_text("STORAGE_URI=\n")
    with pytest.raises(ConfigurationError, match="STORAGE_URI is empty"):
        config.get_storage_config()


@pytest.mark.parametrize("variable", ["GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_RAW_CREDENTIALS_FILE"])
def test_a_missing_key_file_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    """A key file that is not there is refused with the name of the variable that names it."""
    with pytest.raises(ConfigurationError, match=f"{variable} names .*nowhere.json"):
        read(monkeypatch, STORAGE_RAW_URI="gs://raw", **{variable: str(tmp_path / "nowhere.json")})


def test_emulators_are_named_as_googles_tools_take_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator may be HOST:PORT, is asked without credentials, and another storage may have another one."""
    settings = read(
        monkeypatch,
        STORAGE_URI="gcs://bucket/noiz",
        STORAGE_EMULATOR_HOST="localhost:4443",
        STORAGE_RAW_URI="gs://raw",
        STORAGE_RAW_ENDPOINT_URL="https://gcs.example",
    )
    raw = settings.choose("raw")
    assert (settings.default.endpoint_url, raw.endpoint_url) == ("http://localhost:4443", "https://gcs.example")
    assert (str(settings.default.base), "emulator" in settings.default.source) == ("gs://bucket/noiz", True)
    config.forget_storage_config()
    with pytest.raises(ConfigurationError, match="STORAGE_EMULATOR_HOST is no URL"):
        read(monkeypatch, STORAGE_URI="gs://b", STORAGE_EMULATOR_HOST="ftp://h")


@pytest.mark.parametrize("variable", ["STORAGE_URI", "PROCESSED_DATA_DIR"])
def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    """A base below `~` lies in the home directory; a shell leaves it to us inside quotes and in a .env file."""
    settings = read(monkeypatch, HOME=str(tmp_path / "home"), **{variable: "~/data"})
    assert settings.default.base == URI("file", "", str(tmp_path / "home/data")[1:])


def test_unknown_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's home is no directory called `~nobody…` below the working directory."""
    with pytest.raises(ConfigurationError, match=r"STORAGE_URI='~nobody-of-this-name/x'.*write the whole path"):
        read(monkeypatch, STORAGE_URI="~nobody-of-this-name/x")


def test_variables_that_a_storage_does_not_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of no setting, and one of a storage that was given in code, is called as it is."""
    other = read(monkeypatch, STORAGE_OTHER_URI="s3://b").choose("other")
    given = config.Storage("given", URI("s3", "b", ""))
    names = ("SSL_CERT_FILE", "S3_ENDPOINT_URL", "AWS_REGION")
    assert [config.own_variable(other, name) for name in names] == [
        "SSL_CERT_FILE",
        "STORAGE_OTHER_ENDPOINT_URL",
        "STORAGE_OTHER_REGION",
    ]
    assert [config.own_variable(given, name) for name in names] == list(names)
    assert config.own_variable(config.Storage("x", URI("memory", "x", "")), "S3_ENDPOINT_URL") == "S3_ENDPOINT_URL"
