"""Trust: no helper runs code that content holds, unless `allow_pickle=True` says that the content is trusted."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy
import obspy
import pytest

from conformance.behaviour import source, without_server

pytestmark = without_server()

Body = Callable[[Path], bytes]
"""Makes content that, unpickled, creates a file."""


class Runs:
    """A value whose pickle creates a file when it is read."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.proof,)


def _objects(proof: Path) -> Any:
    array = numpy.empty(1, dtype=object)
    array[0] = Runs(proof)
    return array


def _npy(proof: Path) -> bytes:
    body = io.BytesIO()
    numpy.save(body, _objects(proof), allow_pickle=True)
    return body.getvalue()


def _npz(proof: Path) -> bytes:
    """The five arrays of cross-correlations, each of objects."""
    body, names = io.BytesIO(), ("index", "columns", "data", "metadata_keys", "metadata_values")
    numpy.savez(body, **{name: _objects(proof) for name in names})
    return body.getvalue()


def _odd_npz(proof: Path) -> bytes:
    """Arrays and pickles under names that no library gives."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name in ("index", "../columns.npy", ".npy", "a.npy.npy"):
            archive.writestr(name, _npy(proof))
        archive.writestr("data.pkl", pickle.dumps(Runs(proof)))
    return body.getvalue()


def _stream(proof: Path) -> bytes:
    stream = obspy.Stream([obspy.Trace(numpy.arange(9, dtype="int32"))])
    stream[0].stats.extra = Runs(proof)
    return pickle.dumps(stream, protocol=2)


BODIES: Final[dict[str, Body]] = {
    "pickle": lambda proof: pickle.dumps(Runs(proof), protocol=2),
    "text-pickle": lambda proof: pickle.dumps(Runs(proof), protocol=0),
    "pickled-stream": _stream,
    "npy": _npy,
    "npz": _npz,
    "odd-npz": _odd_npz,
}
LOADERS: Final[dict[str, Callable[[Any, Any], object]]] = {
    "numpy": lambda io, path: io.load_numpy(path),
    "ccfs": lambda io, path: io.load_ccfs_from_npz(path),
    "pickle": lambda io, path: io.load_pickle(path),
    "data-frame": lambda io, path: io.load_dataframe(path),
    "toml": lambda io, path: io.load_toml(path),
    "text": lambda io, path: io.read_text(path),
    "stream": lambda io, path: io.read_stream(path),
    "stream-window": lambda io, path: io.read_stream(path, offset=0),
    "mseed": lambda io, path: io.read_stream(path, format="MSEED"),
    "pickle-format": lambda io, path: io.read_stream(path, format="PICKLE"),
    "inventory": lambda io, path: io.read_inventory(path),
    "stationxml": lambda io, path: io.read_inventory(path, format="STATIONXML"),
}
PACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def _tried(load: Callable[[Any, Any], object], subject: Any, path: Any) -> None:
    """Load; whether it is refused is for other behaviours."""
    with contextlib.suppress(ValueError, OSError):
        load(subject.io, path)


@source("contract: Formats", "Noiz 0.7.1: W21")
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("loader", LOADERS)
def test_loaders_run_no_code(fs: Any, subject: Any, witness: Any, tmp_path: Path, loader: str, body: str) -> None:
    """No loader runs code that its content holds, whatever the content is; nobody has said that it is trusted."""
    proof = tmp_path / "obspy.core.stream"
    witness.put("content", BODIES[body](proof))
    _tried(LOADERS[loader], subject, fs.get_path("content"))
    assert not proof.exists(), "the content was unpickled"


@source("contract: Formats")
@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("loader", ["numpy", "ccfs", "stream", "inventory"])
def test_compressed_content_runs_no_code(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, loader: str, suffix: str
) -> None:
    """What is compressed is trusted no more than what is not."""
    proof = tmp_path / "obspy.core.stream"
    witness.put(f"content.npz{suffix}", PACK[suffix](_npz(proof)))
    witness.put(f"content.pkl{suffix}", PACK[suffix](_stream(proof)))
    _tried(LOADERS[loader], subject, fs.get_path(f"content.npz{suffix}"))
    _tried(LOADERS[loader], subject, fs.get_path(f"content.pkl{suffix}"))
    assert not proof.exists(), "the content was unpickled"


@source("contract: Formats")
@pytest.mark.parametrize(
    ("loader", "body"),
    [("load_pickle", "pickle"), ("load_pickle", "pickled-stream"), ("load_numpy", "npy"), ("load_numpy", "npz")],
)
def test_trusted_content_is_unpickled(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, loader: str, body: str
) -> None:
    """With allow_pickle=True the same content is unpickled, which runs what it holds."""
    proof = tmp_path / "obspy.core.stream"
    witness.put("content", BODIES[body](proof))
    getattr(subject.io, loader)(fs.get_path("content"), allow_pickle=True)
    assert proof.exists()


@source("contract: Formats")
@pytest.mark.parametrize("loader", ["load_numpy", "load_ccfs_from_npz", "load_pickle"])
@pytest.mark.parametrize("answer", ["no", "False", 1, None])
def test_trust_is_said_in_plain_words(
    fs: Any, subject: Any, witness: Any, tmp_path: Path, loader: str, answer: Any, refused: Any, costs: Any
) -> None:
    """What is neither True nor False is no answer to `allow_pickle`: it is refused before anything is sent."""
    proof = tmp_path / "proof"
    witness.put("content", _npz(proof))
    with refused((TypeError, ValueError)), costs():
        getattr(subject.io, loader)(fs.get_path("content"), allow_pickle=answer)
    assert not proof.exists()


@source("https://owasp.org/www-community/vulnerabilities/XML_External_Entity_(XXE)_Processing")
@pytest.mark.parametrize("format", [None, "STATIONXML"], ids=["recognised", "given"])
def test_metadata_reads_no_other_file(fs: Any, subject: Any, witness: Any, tmp_path: Path, format: Any) -> None:  # noqa: A002
    """An entity in StationXML that names a file of this machine brings nothing of that file into the inventory."""
    (tmp_path / "secret").write_text("s3cr3t")
    entity = f'<!DOCTYPE x [<!ENTITY leak SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    body = io.BytesIO()
    obspy.Inventory(networks=[], source="SOURCE").write(body, format="STATIONXML")
    head, declaration, rest = body.getvalue().decode().partition("?>")
    witness.put("station.xml", f"{head}{declaration}{entity}{rest.replace('SOURCE', '&leak;')}".encode())
    found: list[Any] = []
    with contextlib.suppress(ValueError, OSError):
        found.append(subject.io.read_inventory(fs.get_path("station.xml"), format=format))
    assert "s3cr3t" not in "".join(map(str, (getattr(each, "source", "") for each in found)))
