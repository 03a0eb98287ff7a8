"""Errors: one class for one thing on every backend, and a refusal leaves everything as it was."""

from __future__ import annotations

import errno
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from conformance.behaviour import needs, source
from conformance.outside import nowhere
from fixtures.endpoint import EXCLUSIVE_CREATE, LIST, WRITE

Operation = Callable[[Any], object]


def _read(fs: Any) -> object:
    with fs.open("object", "rb") as stream:
        return stream.read()


def _write(fs: Any) -> None:
    with fs.open("object", "wb") as stream:
        stream.write(b"mine")


def _create(fs: Any) -> None:
    with fs.open("new", "xb") as stream:
        stream.write(b"mine")


def _take(fs: Any) -> None:
    with fs.open("object", "xb") as stream:
        stream.write(b"mine")


def _copy(fs: Any) -> None:
    fs.copy("object", "copy")


READS = (
    pytest.param(_read, id="read"),
    pytest.param(lambda fs: fs.stat("object"), id="stat"),
    pytest.param(lambda fs: fs.ls(""), id="ls", marks=needs(LIST)),
)
CHANGES = (
    pytest.param(_write, id="write", marks=needs(WRITE)),
    pytest.param(_create, id="create", marks=needs(WRITE, EXCLUSIVE_CREATE)),
    pytest.param(lambda fs: fs.rm("object"), id="rm", marks=needs(WRITE)),
    pytest.param(_copy, id="copy", marks=needs(WRITE)),
    pytest.param(lambda fs: fs.move("object", "moved"), id="move", marks=needs(WRITE)),
)
EXISTS = pytest.param(lambda fs: fs.exists("object"), id="exists")
FAILURES = (
    pytest.param(_read, FileNotFoundError, errno.ENOENT, "object", id="read-of-nothing"),
    pytest.param(lambda fs: fs.stat("object"), FileNotFoundError, errno.ENOENT, "object", id="stat-of-nothing"),
    pytest.param(
        lambda fs: fs.rm("object"), FileNotFoundError, errno.ENOENT, "object", id="rm-of-nothing", marks=needs(WRITE)
    ),
    pytest.param(_copy, FileNotFoundError, errno.ENOENT, "object", id="copy-of-nothing", marks=needs(WRITE)),
    pytest.param(lambda fs: fs.open("day", "rb"), FileNotFoundError, errno.ENOENT, "day", id="read-of-prefix"),
    pytest.param(
        lambda fs: fs.rm("day"), IsADirectoryError, errno.EISDIR, "day", id="rm-of-prefix", marks=needs(WRITE, LIST)
    ),
)


@source("B1.3", "B5.124", "contract: Answering")
@pytest.mark.parametrize(("operation", "kind", "code", "name"), FAILURES)
def test_carry_errno_and_filename(
    fs: Any,
    witness: Any,
    backend: Any,
    key: str,
    operation: Operation,
    kind: type[OSError],
    code: int,
    name: str,
    refused: Any,
) -> None:
    """An error is of its built-in class, has that class's errno, and names the object's URI as its filename."""
    witness.put("day/274/record", b"content")
    with refused(kind) as caught:
        operation(fs)
    assert (caught.value.errno, caught.value.filename) == (code, backend.base_uri(f"{key}/{name}"))


@source("contract: Answering")
@pytest.mark.parametrize("operation", [READS[0], READS[1], CHANGES[2]])
def test_keep_the_drivers_error(fs: Any, operation: Operation, refused: Any) -> None:
    """An error that a driver caused keeps the driver's own exception as its __cause__."""
    with refused(FileNotFoundError) as caught:
        operation(fs)
    assert isinstance(caught.value.__cause__, Exception)


@needs(EXCLUSIVE_CREATE, WRITE)
@source("B12.233", "contract: Answering")
def test_taken_name_is_file_exists_error(fs: Any, witness: Any, backend: Any, key: str, refused: Any) -> None:
    """An exclusive create under a taken name raises FileExistsError with EEXIST and the name's URI."""
    witness.put("object", b"theirs")
    with refused(FileExistsError) as caught:
        _take(fs)
    assert (caught.value.errno, caught.value.filename) == (errno.EEXIST, backend.base_uri(f"{key}/object"))


@source("B15.259", "contract: Answering")
@pytest.mark.parametrize("operation", [READS[0], pytest.param(lambda fs: fs.open("a/../b"), id="refused-name")])
def test_pickle(fs: Any, operation: Operation, refused: Any) -> None:
    """An error pickles: its class, errno, message and filename come back equal."""
    with refused((FileNotFoundError, ValueError)) as caught:
        operation(fs)
    error: Any = caught.value
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.errno, str(again), again.filename) == (
        type(error),
        error.errno,
        str(error),
        error.filename,
    )


@source("contract: Answering")
@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(_take, id="create-over-object"),
        pytest.param(lambda fs: fs.open("object", "xb").close(), id="create-empty-over-object"),
        pytest.param(lambda fs: fs.rm("day"), id="rm-of-prefix"),
        pytest.param(lambda fs: fs.copy("nothing", "object"), id="copy-of-nothing"),
        pytest.param(lambda fs: fs.move("nothing", "object"), id="move-of-nothing"),
        pytest.param(lambda fs: fs.open("object", "ab"), id="append"),
        pytest.param(lambda fs: fs.open("object", "r+b"), id="update"),
        pytest.param(lambda fs: fs.rm("../outside", recursive=True), id="rm-outside"),
    ],
)
def test_refused_operation_changes_nothing(
    fs: Any, witness: Any, noise: Any, operation: Operation, refused: Any
) -> None:
    """A refused operation leaves every object as it was and adds none."""
    witness.put("object", noise(100))
    witness.put("day/274/record", noise(100))
    with refused(OSError):
        operation(fs)


@needs("roots")
@source("contract: Refusing", "contract: Answering")
@pytest.mark.parametrize("operation", [READS[0], READS[2], EXISTS, *CHANGES[:3]])
def test_missing_root_is_said(
    subject: Any, backend: Any, key: str, environment: Any, operation: Operation, refused: Any
) -> None:
    """An absent bucket or container raises FileNotFoundError on every operation, `exists` and `ls` included."""
    environment.change(STORAGE_URI=f"{backend.scheme}://absent-{backend.root[:50]}/{key}")
    with refused(FileNotFoundError) as caught:
        operation(subject.get_filesystem())
    assert f"absent-{backend.root[:50]}" in str(caught.value)


@needs("identities")
@source("contract: Refusing")
@pytest.mark.parametrize("identity", ["stranger", "nobody"])
@pytest.mark.parametrize("operation", [READS[0], READS[2], CHANGES[0], CHANGES[1]])
def test_denied_is_permission_error(
    another: Any, witness: Any, noise: Any, operation: Operation, identity: str, refused: Any
) -> None:
    """A wrong secret, or credentials without any right, raise PermissionError, and nothing changes."""
    witness.put("object", noise(100))
    with refused(PermissionError) as caught:
        operation(another(identity))
    assert caught.value.errno == errno.EACCES


@needs("identities")
@source("contract: Answering")
@pytest.mark.parametrize("identity", ["stranger", "nobody"])
@pytest.mark.parametrize("name", ["object", "nothing"])
def test_exists_raises_when_denied(another: Any, witness: Any, identity: str, name: str, refused: Any) -> None:
    """`exists` raises PermissionError instead of answering no when the server refuses to tell."""
    witness.put("object", b"content")
    with refused(PermissionError):
        another(identity).exists(name)


@needs("identities")
@source("contract: Refusing", "contract: Answering")
@pytest.mark.parametrize("operation", CHANGES)
def test_reader_changes_nothing(another: Any, witness: Any, noise: Any, operation: Operation, refused: Any) -> None:
    """With read-only credentials reading works, every change raises PermissionError, and nothing changes."""
    witness.put("object", noise(100))
    reader = another("reader")
    assert (_read(reader), reader.exists("nothing")) == (witness.get("object"), False)
    with refused(PermissionError):
        operation(reader)


@needs("network")
@source("contract: Answering")
@pytest.mark.parametrize("operation", [READS[0], READS[2], EXISTS, *CHANGES[:2]])
def test_unreachable_is_connection_error(
    subject: Any, backend: Any, key: str, environment: Any, operation: Operation, refused: Any
) -> None:
    """A server that cannot be reached raises ConnectionError on every operation, `exists` included."""
    with nowhere(backend) as url:
        environment.replace({**backend.environment(key, url=url), "STORAGE_RETRY_ATTEMPTS": "2"})
        with refused(ConnectionError) as caught:
            operation(subject.get_filesystem())
    assert isinstance(caught.value.__cause__, Exception)
