"""What other clients store: their folders, names that the layer does not accept, encodings, tiers and leases."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.behaviour import needs, only, source
from conformance.contents import put_names
from conformance.writing import read, write
from fixtures.endpoint import WRITE

ENCODED: Mapping[str, Mapping[str, str]] = {
    "s3": {"Content-Encoding": "gzip"},
    "az": {"x-ms-blob-content-encoding": "gzip"},
    "gs": {"contentEncoding": "gzip"},
}
"""How a witness says, on each protocol, that what it stores is compressed."""
SLASHED = ("memory", "moto", "ceph", "azurite", "gcs")
"""Where `a//b` can be stored: MinIO refuses it, versitygw stores `a/b`."""
MARKED = (*SLASHED, "minio")
"""Where an empty object may have a slash at its end."""
ODD = {
    "empty-segment": "day//b",
    "two-empty-segments": "day///b",
    "tab": "day/\t/b",
    "slash-at-the-end": "day/hour/",
    "backslash": "day/a\\b",
}
"""Keys that other clients may write, and that the layer does not accept as names."""


@source("contract: Reading", "gcsfs#461", "adlfs#473")
@pytest.mark.parametrize("suffix", ["txt", "txt.gz"])
@pytest.mark.parametrize("scheme", [pytest.param(scheme, marks=only(scheme)) for scheme in ENCODED])
def test_what_is_stored_is_read(subject: Any, fs: Any, witness: Any, rng: Any, scheme: str, suffix: str) -> None:
    """An object that is marked as compressed is read as it is stored: its size, its bytes, its ranges."""
    text = rng.randbytes(3000).hex()
    body = gzip.compress(text.encode())
    witness.put(f"object.{suffix}", body, ENCODED[scheme])
    name = f"object.{suffix}"
    found = (fs.stat(name).size, read(fs, name), fs.read(name, 100, 50))
    assert found == (len(body), body, body[100:150])
    witness.put("text.gz", body, ENCODED[scheme])
    assert subject.io.read_text("text.gz", storage=fs) == text


@source("B7.160", "contract: Surface")
@pytest.mark.parametrize("markers", [["day/"], ["day/", "day/hour/"]], ids=["one", "nested"])
@pytest.mark.parametrize("backend_name", [pytest.param("any", marks=only(*MARKED))])
def test_folders_of_consoles_are_no_objects(fs: Any, witness: Any, markers: list[str], backend_name: str) -> None:
    """An empty object with a slash at its end shows a folder and nothing else; `rm(recursive=True)` takes it along."""
    del backend_name
    put_names(witness, ["day/hour/object", "other"])
    for marker in markers:
        witness.put(marker, b"")
    assert (fs.find(), fs.ls("day"), fs.ls("day/hour")) == (
        ["day/hour/object", "other"],
        ["day/hour"],
        ["day/hour/object"],
    )
    assert (fs.glob("**"), fs.isdir("day"), fs.exists("day")) == (["day/hour/object", "other"], True, False)
    fs.rm("day", recursive=True)
    assert (witness.keys(), fs.isdir("day")) == (["other"], False)


@source("adlfs#434", "contract: Surface")
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_directories_of_hadoop_are_no_objects(fs: Any, witness: Any, scheme: str, refused: Any) -> None:
    """A blob that stands for a directory is in no listing and cannot be read; `rm(recursive=True)` takes it along."""
    del scheme
    put_names(witness, ["day/hour/object"])
    witness.put("day", b"", {"x-ms-meta-hdi_isfolder": "true"})
    witness.put("day/hour", b"", {"x-ms-meta-hdi_isfolder": "true"})
    assert (fs.ls(), fs.ls("day"), fs.find(), fs.glob("*/*")) == (["day"], ["day/hour"], ["day/hour/object"], [])
    assert (fs.exists("day/hour"), fs.isdir("day/hour")) == (False, True)
    with refused(FileNotFoundError):
        fs.open("day/hour")
    fs.rm("day", recursive=True)
    assert witness.keys() == []
    witness.put("day", b"", {"x-ms-meta-hdi_isfolder": "true"})
    fs.rm("day", recursive=True)
    assert witness.keys() == []


READINGS: Mapping[str, Callable[[Any, Any], object]] = {
    "open": lambda _, fs: fs.open("day"),
    "read": lambda _, fs: fs.read("day"),
    "range": lambda _, fs: fs.read("day", 0, 512),
    "range-beyond": lambda _, fs: fs.read("day", 512, 512),
    "stream": lambda subject, fs: subject.io.read_stream(fs.get_path("day"), offset=0, length=512),
    "stat": lambda _, fs: fs.stat("day"),
    "text": lambda subject, fs: subject.io.read_text(fs.get_path("day")),
    "local-path": lambda _, fs: fs.local_path("day", "r").__enter__(),
}
"""Every way to read an object."""


@source("adlfs#434", "contract: Surface")
@pytest.mark.parametrize("way", READINGS)
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_directories_of_hadoop_are_not_read(
    subject: Any, fs: Any, witness: Any, scheme: str, way: str, refused: Any
) -> None:
    """What stands for a directory is refused as a name is where nothing is, whatever reads it and whatever range."""
    del scheme
    witness.put("day", b"", {"x-ms-meta-hdi_isfolder": "true"})
    with refused(FileNotFoundError) as missing:
        fs.read("missing")
    with refused(FileNotFoundError) as caught:
        READINGS[way](subject, fs)
    told = pickle.loads(pickle.dumps(caught.value))
    assert (type(caught.value), type(told), told.filename) == (type(missing.value),) * 2 + (caught.value.filename,)


@source("contract: Cost")
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_a_range_of_nothing_is_looked_at_once(fs: Any, witness: Any, costs: Any, scheme: str, refused: Any) -> None:
    """Whether an empty blob stands for a directory costs one head, and only where no range of it was there."""
    del scheme
    witness.put("day", b"", {"x-ms-meta-hdi_isfolder": "true"})
    witness.put("empty", b"")
    witness.put("object", b"content")
    with costs(read=1, head=1), refused(FileNotFoundError):
        fs.read("day", 0, 512)
    with costs(read=1, head=1), refused(ValueError):
        fs.read("empty", 0, 512)
    with costs(read=1), refused(ValueError):
        fs.read("object", 512, 512)


TAKEN_AWAY: Mapping[str, Callable[[Any], object]] = {
    "copy": lambda fs: fs.copy("day", "new"),
    "move": lambda fs: fs.move("day", "new"),
    "copy-below": lambda fs: fs.copy("day/hour", "day/new"),
    "move-below": lambda fs: fs.move("day/hour", "day/new"),
    "move-onto": lambda fs: fs.move("day", "other"),
    "move-to-itself": lambda fs: fs.move("day", "day"),
}
"""What would take a prefix for an object."""


@source("adlfs#434", "contract: Surface")
@pytest.mark.parametrize("act", TAKEN_AWAY)
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_directories_of_hadoop_are_not_moved(fs: Any, witness: Any, scheme: str, act: str, refused: Any) -> None:
    """What stands for a directory is no object to copy or move: FileNotFoundError, and what lies below stays."""
    del scheme
    put_names(witness, ["day/hour/object", "other"])
    for stub in ("day", "day/hour"):
        witness.put(stub, b"", {"x-ms-meta-hdi_isfolder": "true"})
    with refused(FileNotFoundError) as caught:
        TAKEN_AWAY[act](fs)
    assert caught.value.filename.endswith("/day/hour" if act.endswith("below") else "/day")


@needs(WRITE)
@source("contract: Surface", "contract: Names")
@pytest.mark.parametrize("act", TAKEN_AWAY)
@pytest.mark.parametrize(
    "below",
    [
        "day/hour/object",
        pytest.param(ODD["empty-segment"], id="empty-segment", marks=only(*SLASHED)),
        pytest.param("day/", id="marker", marks=only(*MARKED)),
        pytest.param(ODD["tab"], id="tab", marks=only("memory", "local", "moto", "minio", "gcs")),
    ],
)
def test_prefixes_are_not_moved(fs: Any, witness: Any, act: str, below: str, refused: Any) -> None:
    """A prefix is no object to copy or move, whatever keys lie below: FileNotFoundError, and nothing has changed."""
    put_names(witness, [below, "day/hour/plain", "other"])
    with refused(FileNotFoundError):
        TAKEN_AWAY[act](fs)


@source("contract: Surface")
@pytest.mark.parametrize("mark", ["", "false", "true"])
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_what_holds_bytes_is_an_object(fs: Any, witness: Any, scheme: str, mark: str) -> None:
    """A blob that holds bytes is shown and read, whatever its metadata say of it."""
    del scheme
    witness.put("object", b"content", {"x-ms-meta-hdi_isfolder": mark})
    assert (fs.ls(), fs.find(), read(fs, "object")) == (["object"], ["object"], b"content")


@source("contract: Names", "s3fs#735", "gcsfs#582")
@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(ODD[name], id=name, marks=only(*SLASHED)) for name in ("empty-segment", "two-empty-segments")),
        pytest.param(ODD["slash-at-the-end"], id="slash-at-the-end", marks=only("memory", "moto", "azurite", "gcs")),
        pytest.param(ODD["tab"], id="tab", marks=only("memory", "local", "moto", "minio", "gcs")),
        pytest.param(ODD["backslash"], id="backslash", marks=only("memory", "local", "moto", "gcs")),
    ],
)
def test_keys_that_are_no_names_are_shown(fs: Any, witness: Any, name: str, refused: Any) -> None:
    """A key that no name reaches is in `find` and `ls`, is refused when it is read, and goes with its prefix."""
    put_names(witness, [name, "day/plain", "other"])
    everything = sorted([name, "day/plain", "other"])
    assert (fs.find(), sorted(reached_by_ls(fs, "", everything)), fs.isdir("day")) == (everything, everything, True)
    for act in (fs.open, fs.exists, fs.stat):
        with refused(ValueError):
            act(name)
    fs.rm("day", recursive=True)
    assert witness.keys() == ["other"]


def reached_by_ls(fs: Any, path: str, objects: list[str]) -> list[str]:
    """The objects that are found by going down with `ls` alone."""
    shown = fs.ls(path)
    below = [name for name in shown if name not in objects]
    return [*(name for name in shown if name in objects), *(n for b in below for n in reached_by_ls(fs, b, objects))]


@source("contract: Answering", "Azure: Blob service error codes")
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda fs: write(fs, "object", b"mine"), id="write"),
        pytest.param(lambda fs: fs.rm("object"), id="rm"),
    ],
)
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_lease_is_told(fs: Any, witness: Any, scheme: str, act: Callable[[Any], object], refused: Any) -> None:
    """An object that another client holds a lease on raises PermissionError that says so, and what ends it."""
    del scheme
    witness.put("object", b"theirs")
    with witness.leased("object"), refused(PermissionError, match=r"holds a lease.*lease break"):
        act(fs)


@source("contract: Answering", "Azure: Blob service error codes")
@pytest.mark.parametrize("scheme", [pytest.param("az", marks=only("az"))])
def test_snapshots_are_kept(fs: Any, witness: Any, scheme: str, refused: Any) -> None:
    """An object with snapshots is not deleted, for they would go with it: the error says how to delete them first."""
    del scheme
    witness.put("object", b"theirs")
    witness.add_snapshot("object")
    with refused(OSError, match=r"has snapshots.*delete-snapshots"):
        fs.rm("object")


@source("contract: Answering", "S3: InvalidObjectState", "Azure: BlobArchived")
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda fs: read(fs, "object"), id="read"),
        pytest.param(lambda fs: fs.read("object", 1, 2), id="range"),
        pytest.param(lambda fs: fs.copy("object", "copy"), id="copy"),
        pytest.param(lambda fs: fs.move("object", "moved"), id="move"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"x-amz-storage-class": "GLACIER"}, id="glacier", marks=only("moto")),
        pytest.param({"x-ms-access-tier": "Archive"}, id="archive", marks=only("azurite")),
    ],
)
def test_archive_tier_is_told(
    subject: Any, fs: Any, witness: Any, headers: dict[str, str], act: Callable[[Any], object], refused: Any
) -> None:
    """What lies in an archive tier exists, and raises an error of its own that says how to restore it."""
    witness.put("object", b"content", headers)
    assert (fs.exists("object"), fs.stat("object").size, fs.ls()) == (True, 7, ["object"])
    with refused(OSError, match="archive tier: restore it by") as caught:
        act(fs)
    assert (type(caught.value), caught.value.retriable) == (subject.errors.ArchivedError, False)
