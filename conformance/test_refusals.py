"""Refusals: what cannot work is said early, clearly and with the setting to mend; and secrets are never said."""

from __future__ import annotations

import io
import logging
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviour import lacks, needs, source
from conformance.outside import secrets_in
from fixtures.endpoint import EXCLUSIVE_CREATE, HTTP, LIST, WRITE

PLANTED = "planted5ecret/that+nobody=may-see"


def _open_without(_number: int, subject: Any, drivers: dict[str, str]) -> list[str]:
    """What a process says that opens storages (URI → driver) while their drivers cannot be imported."""
    return [_refusal_without(subject, uri, driver) for uri, driver in drivers.items()]


def _refusal_without(subject: Any, uri: str, driver: str) -> str:
    inside = [name for name in sys.modules if name.startswith(f"{driver}.")]
    sys.modules.update(dict.fromkeys([driver, *inside]))  # type: ignore[arg-type]
    os.environ["STORAGE_URI"] = uri
    subject.reset_filesystem()
    try:
        subject.get_filesystem()
    except ValueError as error:
        return str(error)
    return "it opened"


@source("contract: Refusing")
@pytest.mark.parametrize("uri", ["floppy://drive/a", "s4://bucket/prefix"])
def test_unknown_scheme(subject: Any, environment: Any, uri: str, refused: Any) -> None:
    """A base URI of an unknown scheme raises ValueError that shows the URI, before anything is contacted."""
    environment.change(STORAGE_URI=uri)
    with refused(ValueError, match=r"://") as caught:
        subject.get_filesystem()
    assert uri in str(caught.value)


@source("contract: Refusing", "Noiz 0.7.1: S22")
@pytest.mark.parametrize("uri", ["", "   "], ids=["empty", "blank"])
def test_empty_storage_uri(subject: Any, environment: Any, tmp_path: Path, uri: str, refused: Any) -> None:
    """An empty STORAGE_URI raises ValueError that names it, even where PROCESSED_DATA_DIR is set."""
    environment.change(STORAGE_URI=uri, PROCESSED_DATA_DIR=str(tmp_path))
    with refused(ValueError, match="STORAGE_URI"):
        subject.get_filesystem()


@source("contract: Refusing")
def test_nothing_is_set(subject: Any, environment: Any, refused: Any) -> None:
    """With neither STORAGE_URI nor PROCESSED_DATA_DIR set, ValueError names both."""
    environment.change(STORAGE_URI=None, PROCESSED_DATA_DIR=None)
    with refused(ValueError, match=r"(?s)STORAGE_URI.*PROCESSED_DATA_DIR"):
        subject.get_filesystem()


@source("contract: Refusing", "Noiz 0.7.1: S9")
@pytest.mark.parametrize("uri", ["s3://", "az:///prefix", "file://host/data", "s3:/bucket/prefix"])
def test_uri_without_a_place(subject: Any, environment: Any, uri: str, refused: Any) -> None:
    """A base URI without a bucket, of another host's disk, or that lost a slash raises ValueError that shows it."""
    environment.change(STORAGE_URI=uri)
    with refused(ValueError, match=uri):
        subject.get_filesystem()


@source("contract: Refusing")
def test_missing_extra(subject: Any, in_processes: Any) -> None:
    """A storage whose driver is not installed raises ValueError that says which extra to install."""
    drivers = {"s3://bucket/x": "s3fs", "az://container/x": "adlfs", "gs://bucket/x": "gcsfs"}
    ((s3, azure, gcs),) = in_processes(_open_without, 1, subject, drivers)
    assert "pip install 'noiz-storage[s3]'" in s3
    assert "pip install 'noiz-storage[azure]'" in azure
    assert "pip install 'noiz-storage[gcs]'" in gcs


@source("contract: Addresses", "Noiz 0.7.1: S23")
@pytest.mark.parametrize("variable", ["STORAGE_URI", "PROCESSED_DATA_DIR"])
def test_relative_base_is_made_absolute_once(
    subject: Any, environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A relative local base means the working directory of its first use, wherever the process goes later."""
    monkeypatch.chdir(tmp_path)
    environment.change(**{"STORAGE_URI": None, variable: "data/noiz"})
    fs = subject.get_filesystem()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with fs.open("day/record", "wb") as stream:
        stream.write(b"content")
    assert fs.base_uri == (tmp_path / "data/noiz").as_uri()
    assert (tmp_path / "data/noiz/day/record").read_bytes() == b"content"


@source("contract: Addresses")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORAGE_BLOCK_SIZE", "65536"),
        ("STORAGE_BLOCK_SIZE", "32 MiB"),
        ("STORAGE_TIMEOUT", "soon"),
        ("STORAGE_RETRY_ATTEMPTS", "0"),
    ],
)
def test_unusable_number(subject: Any, environment: Any, variable: str, value: str, refused: Any) -> None:
    """A setting that is no number, or too small to work, raises ValueError that names the variable."""
    environment.change(**{variable: value})
    with refused(ValueError, match=variable):
        subject.get_filesystem()


@source("contract: Surface", "B11.216")
def test_block_too_small(subject: Any, backend: Any, key: str, refused: Any) -> None:
    """A block size that S3 would refuse as a part raises ValueError when it is given in code, on every backend."""
    with refused(ValueError, match="block_size=65536"):
        subject.filesystem.NoizFileSystem(backend.base_uri(key), block_size=65536)


@source("contract: Surface")
@pytest.mark.parametrize("size", [2**40, 5.5e6, True])
def test_unusable_block(subject: Any, backend: Any, key: str, refused: Any, size: Any) -> None:
    """A block size that is no whole number, or larger than every backend takes, raises ValueError on every backend."""
    with refused(ValueError, match=f"block_size={size}"):
        subject.filesystem.NoizFileSystem(backend.base_uri(key), block_size=size)


@needs(HTTP, EXCLUSIVE_CREATE, WRITE)
@source("contract: Refusing", "B12.233", "B12.240")
@pytest.mark.parametrize("size", [0, 1000], ids=["empty", "small"])
def test_server_that_ignores_the_condition(
    fs: Any, witness: Any, wire: Any, noise: Any, size: int, refused: Any
) -> None:
    """Where the server ignores the condition, an exclusive create is refused, and nothing is lost or left."""
    witness.put("object", b"theirs")
    wire.fault("drop-header", name="If-None-Match")
    wire.fault("drop-query", name="ifGenerationMatch")
    with refused(OSError, match="ignores the condition"), fs.open("object", "xb") as stream:
        stream.write(noise(size))
    assert (witness.keys(), witness.get("object")) == (["object"], b"theirs")


@source("contract: Living", "B16.276")
def test_no_secret_in_texts_and_pickles(subject: Any, backend: Any, environment: Any) -> None:
    """No secret stands in the repr, the text or the pickle of a filesystem, a path or the settings."""
    environment.change(
        STORAGE_OTHER_URI="s3://other/x",
        STORAGE_OTHER_ACCESS_KEY_ID="someone",
        STORAGE_OTHER_SECRET_ACCESS_KEY=PLANTED,
    )
    filesystems = [subject.get_filesystem(), subject.get_filesystem("other")]
    things = [*filesystems, *(fs.get_path("a") for fs in filesystems)]
    texts = [repr(subject.get_storage_config()), *map(repr, things), *map(str, things)]
    shown = "\n".join([*texts, *(pickle.dumps(thing).decode("latin-1") for thing in things)])
    assert [secret for secret in (PLANTED, *secrets_in(backend.identities["owner"])) if secret in shown] == []


CHANGES = {
    "write": lambda fs: fs.open("new/object", "wb"),
    "overwrite": lambda fs: fs.open("object", "w"),
    "rm": lambda fs: fs.rm("object"),
    "rm-missing-ok": lambda fs: fs.rm("object", missing_ok=True),
    "rm-recursive": lambda fs: fs.rm("day", recursive=True),
    "copy": lambda fs: fs.copy("object", "copy"),
    "copy-onto-itself": lambda fs: fs.copy("object", "object"),
    "move": lambda fs: fs.move("object", "moved"),
    "makedirs": lambda fs: fs.makedirs("new/directory"),
    "lend-to-write": lambda fs: fs.local_path("object", "w").__enter__(),
    "lend-to-change": lambda fs: fs.local_path("object", "r+").__enter__(),
}
CREATIONS = {
    "create": lambda fs: fs.open("new", "xb").close(),
    "create-next": lambda fs: fs.open("day.0", "xb", next_free=True).close(),
}
LISTS = {
    "ls": lambda fs: fs.ls("day"),
    "find": lambda fs: fs.find(),
    "glob": lambda fs: fs.glob("day/*"),
    "isdir": lambda fs: fs.isdir("day"),
    "next-free": lambda fs: fs.next_free("day.0"),
}
OFFERED_NOWHERE = {"append": lambda fs: fs.open("object", "ab"), "update": lambda fs: fs.open("object", "r+b")}


def _asked(scheme: str, operation: Any) -> dict[str, int]:
    """What it costs to refuse: an S3 server must be asked whether it creates exclusively."""
    return {"write": 2, "delete": 1} if scheme == "s3" and operation in CREATIONS.values() else {}


@source("contract: Answering", "contract: Writing", "B16.284", "B2.65")
@pytest.mark.parametrize(
    "operation",
    [
        *(pytest.param(act, id=name) for name, act in OFFERED_NOWHERE.items()),
        *(pytest.param(act, id=name, marks=lacks(WRITE)) for name, act in CHANGES.items()),
        *(pytest.param(act, id=name, marks=lacks(EXCLUSIVE_CREATE)) for name, act in CREATIONS.items()),
        *(pytest.param(act, id=name, marks=lacks(LIST)) for name, act in LISTS.items()),
    ],
)
def test_what_is_not_offered(fs: Any, backend: Any, witness: Any, costs: Any, refused: Any, operation: Any) -> None:
    """What a backend does not offer raises UnsupportedOperation, sends nothing, and leaves all as it was."""
    witness.put("object", b"theirs")
    witness.put("day/object", b"theirs")
    with costs(**_asked(backend.scheme, operation)), refused(io.UnsupportedOperation):
        operation(fs)


@source("contract: Living", "B16.276")
@pytest.mark.parametrize(
    "identity", ["owner", *(pytest.param(name, marks=needs("identities")) for name in ("reader", "stranger", "nobody"))]
)
def test_no_secret_in_errors_and_logs(
    another: Any, backend: Any, witness: Any, caplog: pytest.LogCaptureFixture, identity: str, refused: Any
) -> None:
    """No secret stands in an error, its cause, its pickle, or a log at its most talkative."""
    caplog.set_level(logging.DEBUG)
    witness.put("object", b"theirs")
    fs = another(identity)
    with refused(OSError) as taken, fs.open("object", "xb"):
        pass
    with refused(OSError) as missing:
        fs.open("nothing")
    errors = [taken.value, missing.value, taken.value.__cause__, missing.value.__cause__]
    shown = "\n".join([caplog.text, *map(repr, errors), pickle.dumps([taken.value, missing.value]).decode("latin-1")])
    assert [secret for secret in secrets_in(backend.identities[identity]) if secret in shown] == []
