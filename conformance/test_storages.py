"""Storages: several at once, each with its own endpoint and credentials, and one default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import needs, source
from fixtures.endpoint import WRITE

OWN = {
    "S3_ENDPOINT_URL": "ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID": "ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY": "SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION": "REGION",
    "AZURE_STORAGE_CONNECTION_STRING": "CONNECTION_STRING",
    "STORAGE_FTP_ENDPOINT_URL": "ENDPOINT_URL",
    "STORAGE_FTP_USERNAME": "USERNAME",
    "STORAGE_FTP_PASSWORD": "PASSWORD",
    "STORAGE_FTP_CA_FILE": "CA_FILE",
    "STORAGE_HTTP_ENDPOINT_URL": "ENDPOINT_URL",
    "STORAGE_HTTP_USERNAME": "USERNAME",
    "STORAGE_HTTP_PASSWORD": "PASSWORD",
    "STORAGE_HTTP_CA_FILE": "CA_FILE",
}
"""A variable for all storages → what a storage's own is called behind its name."""


def _write(fs: Any, name: Any, body: bytes) -> None:
    with fs.open(name, "wb") as stream:
        stream.write(body)


def _read(fs: Any, name: Any) -> bytes:
    with fs.open(name, "rb") as stream:
        content: bytes = stream.read()
    return content


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize("other", ["memory", "local"])
def test_two_at_once(subject: Any, witness: Any, key: str, environment: Any, tmp_path: Path, other: str) -> None:
    """Two storages in one process hold different objects of one name, and neither sees the other's."""
    environment.change(STORAGE_ARCHIVE_URI={"memory": f"memory://archive/{key}", "local": str(tmp_path)}[other])
    default, archive = subject.get_filesystem(), subject.get_filesystem("archive")
    _write(default, "day/object", b"default")
    _write(archive, "day/object", b"archive")
    assert (_read(default, "day/object"), _read(archive, "day/object")) == (b"default", b"archive")
    archive.rm("day/object")
    assert (default.exists("day/object"), archive.exists("day/object"), witness.keys()) == (True, False, ["day/object"])


@needs("identities")
@source("contract: Surface", "B14.256")
def test_own_endpoint_and_credentials(
    subject: Any, backend: Any, witness: Any, key: str, environment: Any, refused: Any
) -> None:
    """A named storage uses its own endpoint and credentials, also in a bucket that the default one has too."""
    own = {f"STORAGE_GOOD_{OWN[name]}": value for name, value in backend.environment(key).items() if name in OWN}
    stranger = backend.environment(key, identity="stranger")
    environment.replace({**stranger, **own, "STORAGE_GOOD_URI": backend.base_uri(f"{key}/good")})
    witness.put("good/object", b"content")
    assert _read(subject.get_filesystem("good"), "object") == b"content"
    with refused(PermissionError):
        _read(subject.get_filesystem(), "good/object")


@source("contract: Surface")
def test_chosen_by_name_or_address(
    subject: Any, backend: Any, key: str, environment: Any, tmp_path: Path, refused: Any
) -> None:
    """`get_filesystem` gives one and the same instance for a storage's name and any address below it."""
    environment.change(STORAGE_ARCHIVE_URI=tmp_path.as_uri())
    default, archive = subject.get_filesystem(), subject.get_filesystem("archive")
    assert subject.get_filesystem(backend.base_uri(f"{key}/day/object")) is default
    assert subject.get_filesystem(tmp_path.as_uri()) is archive
    assert subject.get_filesystem(str(tmp_path / "day")) is archive
    with refused(ValueError, match="archive"):
        subject.get_filesystem("elsewhere")


@needs(WRITE)
@source("contract: Surface", "contract: Addresses")
def test_helpers_go_where_the_path_lies(
    subject: Any, backend: Any, witness: Any, key: str, environment: Any, tmp_path: Path
) -> None:
    """The I/O helpers find the storage of a key, of an absolute URI, of a path, and of `storage=`."""
    environment.change(STORAGE_ARCHIVE_URI=str(tmp_path))
    write = subject.io.write_text
    write("key", "1")
    write(backend.base_uri(f"{key}/uri"), "2")
    write(subject.get_filesystem("archive").get_path("path"), "3")
    write("named", "4", storage="archive")
    write(str(tmp_path / "absolute"), "5")
    assert (witness.keys(), sorted(path.name for path in tmp_path.iterdir())) == (
        ["key", "uri"],
        ["absolute", "named", "path"],
    )


@source("contract: Addresses")
def test_plain_local_file(fs: Any, subject: Any, witness: Any, tmp_path: Path, refused: Any) -> None:
    """An absolute local path outside every storage is a plain file for the I/O helpers, and refused by `open`."""
    subject.io.write_text(tmp_path / "plots" / "mine.txt", "content")
    assert ((tmp_path / "plots" / "mine.txt").read_text(), witness.keys()) == ("content", [])
    assert subject.io.read_text(str(tmp_path / "plots" / "mine.txt")) == "content"
    with refused(ValueError, match="mine"):
        fs.open(str(tmp_path / "plots" / "mine.txt"))


@needs(WRITE)
@source("contract: Addresses", "Noiz 0.7.1: S8, D24")
@pytest.mark.parametrize("variable", ["PROCESSED_DATA_DIR", "STORAGE_LEGACY_BASE"])
def test_legacy_path_is_below_the_base(
    subject: Any, witness: Any, environment: Any, tmp_path: Path, variable: str
) -> None:
    """An absolute path below the legacy base means the same key below the present base, as text and as a Path."""
    environment.change(**{variable: str(tmp_path)})
    fs = subject.get_filesystem()
    _write(fs, str(tmp_path / "datachunk" / "first"), b"1")
    _write(fs, tmp_path / "datachunk" / "second", b"2")
    subject.io.write_text(tmp_path / "datachunk" / "third", "3")
    assert (witness.keys(), list(tmp_path.iterdir())) == (
        ["datachunk/first", "datachunk/second", "datachunk/third"],
        [],
    )
    assert (_read(fs, "datachunk/first"), fs.exists(tmp_path / "datachunk" / "third")) == (b"1", True)


@source("contract: Addresses", "Noiz 0.7.1: S29")
def test_storage_uri_wins(subject: Any, backend: Any, key: str, environment: Any, tmp_path: Path) -> None:
    """STORAGE_URI wins over PROCESSED_DATA_DIR, which alone is the default storage, as it was before."""
    environment.change(PROCESSED_DATA_DIR=str(tmp_path))
    both = subject.get_filesystem().base_uri
    environment.change(STORAGE_URI=None)
    assert (both, subject.get_filesystem().base_uri) == (backend.base_uri(key), tmp_path.as_uri())


@source("contract: Addresses")
def test_settings_are_read_once(
    subject: Any, backend: Any, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment is read at first use and again after `reset_filesystem`, not in between."""
    before = subject.get_filesystem()
    monkeypatch.setenv("STORAGE_URI", tmp_path.as_uri())
    assert subject.get_filesystem() is before
    subject.reset_filesystem()
    assert (before.base_uri, subject.get_filesystem().base_uri) == (backend.base_uri(key), tmp_path.as_uri())
