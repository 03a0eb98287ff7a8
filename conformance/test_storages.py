"""Storages: several at once, each with its own endpoint and credentials, and one default."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.behaviour import embedded_backends, needs, only, source
from conformance.own_settings import OWN
from conformance.samples import MINISEED
from conformance.suite import suite_of
from conformance.writing import read, write
from fixtures.endpoint import WRITE
from fixtures.provision import COMPANIONS

PLAIN = ("memory", "local")
OTHERS = [*PLAIN, *(pytest.param(name, marks=only(backend)) for backend, names in COMPANIONS.items() for name in names)]
"""The backend of a second storage; servers beside the one that they accompany."""


@pytest.fixture
def archive(request: pytest.FixtureRequest, key: str, environment: Any, tmp_path: Path) -> Callable[[str], None]:
    """`archive(other)`: make the storage called `archive` one on another backend, with that one's own login.

    Another server's is in the run's bucket there, which has the same name, below the same prefix.
    """

    def add(other: str) -> None:
        if other in PLAIN:
            environment.change(STORAGE_ARCHIVE_URI={"memory": f"memory://archive/{key}", "local": str(tmp_path)}[other])
            return
        endpoint = suite_of(request.config).beside(other)
        own = {
            f"STORAGE_ARCHIVE_{OWN[name]}": value for name, value in endpoint.environment(key).items() if name in OWN
        }
        environment.change(STORAGE_ARCHIVE_URI=endpoint.base_uri(key), **own)

    return add


@needs(WRITE)
@source("contract: Surface")
@pytest.mark.parametrize("other", OTHERS)
def test_two_at_once(subject: Any, witness: Any, archive: Any, other: str) -> None:
    """Two storages in one process hold different objects of one name, and neither sees the other's."""
    archive(other)
    default, second = subject.get_filesystem(), subject.get_filesystem("archive")
    write(default, "day/object", b"default")
    write(second, "day/object", b"archive")
    assert (read(default, "day/object"), read(second, "day/object")) == (b"default", b"archive")
    second.rm("day/object")
    assert (default.exists("day/object"), second.exists("day/object"), witness.keys()) == (True, False, ["day/object"])


@needs(WRITE)
@source("contract: Surface", "contract: Living")
@pytest.mark.parametrize("other", OTHERS)
def test_threads_never_mix(subject: Any, archive: Any, witness: Any, noise: Any, other: str) -> None:
    """Threads that use two storages at the same time, under the same names, read back what they wrote to each."""
    archive(other)
    both = {name: subject.get_filesystem(name) for name in ("default", "archive")}
    bodies = {(name, f"object-{number}"): noise(1000 + number) for name in both for number in range(8)}

    def there_and_back(place: tuple[str, str]) -> bytes:
        write(both[place[0]], place[1], bodies[place])
        return read(both[place[0]], place[1])

    with ThreadPoolExecutor(8) as pool:
        assert dict(zip(bodies, pool.map(there_and_back, bodies), strict=True)) == bodies
    assert {key: witness.get(key) for key in witness.keys()} == {  # noqa: SIM118 (no mapping)
        key: body for (name, key), body in bodies.items() if name == "default"
    }


@needs(WRITE)
@source("contract: Surface", "contract: Formats")
@pytest.mark.parametrize("other", OTHERS)
def test_from_one_to_another(subject: Any, archive: Any, witness: Any, rng: Any, noise: Any, other: str) -> None:
    """What is read from one storage is written to another and read back equal: bytes, miniSEED, npz."""
    archive(other)
    io, default, second = subject.io, subject.get_filesystem(), subject.get_filesystem("archive")
    body, samples = noise(3000), np.array([rng.random() for _ in range(100)])
    witness.put("bytes", body)
    witness.put("day.mseed", MINISEED[0].read_bytes())
    io.save_numpy("some.npz", {"samples": samples})
    with default.open("bytes") as source_file, second.open("bytes", "wb") as target:
        shutil.copyfileobj(source_file, target)
    stream = io.read_stream("day.mseed")
    io.write_stream("day.mseed", stream, storage="archive")
    io.save_numpy("some.npz", dict(io.load_numpy("some.npz")), storage=second)
    assert read(second, "bytes") == body
    assert io.read_stream("day.mseed", storage="archive") == stream
    np.testing.assert_array_equal(io.load_numpy("some.npz", storage="archive")["samples"], samples)
    assert second.ls() == default.ls() == ["bytes", "day.mseed", "some.npz"]


@source("contract: Surface", "contract: Addresses")
@pytest.mark.parametrize(
    ("base", "spelled", "endpoint"),
    [
        ("s3://same/x", "s3a://same/x", "http://127.0.0.1"),
        ("gs://same/x", "gcs://same/x", "http://127.0.0.1"),
        ("az://same/x", "abfs://same/x", "http://127.0.0.1"),
        ("ftp://same/x", "ftp://same/x", "ftp://127.0.0.1"),
    ],
    ids=["s3", "gs", "az", "ftp"],
)
def test_address_of_two_endpoints(
    subject: Any, environment: Any, refused: Any, base: str, spelled: str, endpoint: str
) -> None:
    """An address that two endpoints have, however it is spelled, is refused and both are named; each has its name."""
    environment.change(
        STORAGE_ONE_URI=base,
        STORAGE_ONE_ENDPOINT_URL=f"{endpoint}:1",
        STORAGE_TWO_URI=spelled,
        STORAGE_TWO_ENDPOINT_URL=f"{endpoint}:2",
        STORAGE_ONE_ACCOUNT_NAME="one",
        STORAGE_TWO_ACCOUNT_NAME="two",
    )
    for address in (base, spelled):
        with refused(ValueError, match="one, two"):
            subject.get_filesystem(f"{address}/object")
        with refused(ValueError, match="one, two"):
            subject.io.read_text(f"{address}/object")
    assert subject.get_filesystem("one") is not subject.get_filesystem("two")


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
    assert read(subject.get_filesystem("good"), "object") == b"content"
    with refused(PermissionError):
        read(subject.get_filesystem(), "good/object")


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
    write(fs, str(tmp_path / "datachunk" / "first"), b"1")
    write(fs, tmp_path / "datachunk" / "second", b"2")
    subject.io.write_text(tmp_path / "datachunk" / "third", "3")
    assert (witness.keys(), list(tmp_path.iterdir())) == (
        ["datachunk/first", "datachunk/second", "datachunk/third"],
        [],
    )
    assert (read(fs, "datachunk/first"), fs.exists(tmp_path / "datachunk" / "third")) == (b"1", True)


@embedded_backends()
@source("contract: Addresses", "Noiz 0.7.1: S8, D24")
@pytest.mark.parametrize("variable", ["PROCESSED_DATA_DIR", "STORAGE_LEGACY_BASE"])
@pytest.mark.parametrize("neighbour", ["processed2", "processed-old", "processed.bak", "process"])
def test_neighbour_of_the_legacy_base_is_none_of_it(
    subject: Any, witness: Any, environment: Any, tmp_path: Path, refused: Any, variable: str, neighbour: str
) -> None:
    """A directory whose name only begins like the legacy base's is an ordinary one, and never lands in the storage."""
    environment.change(**{variable: str(tmp_path / "processed")})
    path = tmp_path / neighbour / "day" / "object.txt"
    fs = subject.get_filesystem()
    for act in (fs.exists, fs.open, fs.ls, fs.get_path):
        with refused(ValueError, match=neighbour):
            act(path)
    subject.io.write_text(path, "theirs")
    assert (path.read_text(), subject.io.read_text(str(path)), witness.keys()) == ("theirs", "theirs", [])


@embedded_backends()
@source("contract: Addresses")
def test_neighbour_of_a_base_is_none_of_it(
    subject: Any, backend: Any, key: str, environment: Any, tmp_path: Path, refused: Any
) -> None:
    """An address whose root or key only begins like a storage's lies in no storage, or in the one that it names."""
    environment.change(STORAGE_ARCHIVE_URI=str(tmp_path / "archive"), STORAGE_OLD_URI=str(tmp_path / "archive2"))
    for address in (f"{backend.base_uri(key)}2/object", f"{backend.base_uri(key)}-old/object"):
        with refused(ValueError, match="object"):
            subject.get_filesystem().exists(address)
        with refused(ValueError, match="object"):
            subject.get_filesystem("archive").exists(address)
    found = [subject.get_filesystem(str(tmp_path / name / "x")).base_uri for name in ("archive", "archive2")]
    assert found == [(tmp_path / name).as_uri() for name in ("archive", "archive2")]


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
