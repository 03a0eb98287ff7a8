"""Errors: one class for one thing on every backend, and a refusal leaves everything as it was."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from conformance.behaviour import embedded_backends, needs, one_of_each_engine, source
from conformance.budgets import pressure
from conformance.contents import put_all
from conformance.error_table import CLASSES, OPERATIONS, TABLE, Operation, Row, cells, expected, facts
from conformance.outside import nowhere
from conformance.writing import failure_of, write
from fixtures.endpoint import EXCLUSIVE_CREATE, HTTP, IDENTITIES, NETWORK, ROOTS, WRITE

DEADLINES = {"DeadlineError": "0.2"}
"""Class of the error → seconds of the one attempt, where it must not take long."""
GATEWAYS = ("gateway", "gateway-late")
TEXT = [
    pytest.param({"encoding": "morse"}, id="encoding"),
    pytest.param({"errors": "hope"}, id="errors"),
    pytest.param({"newline": "|"}, id="newline"),
]


def _is_a_drivers(cause: BaseException | None) -> bool:
    """Whether an error's cause is an exception, and none of the layer's own."""
    return isinstance(cause, Exception) and not hasattr(cause, "retriable")


def _named(backend: Any, key: str, operation: Operation) -> list[str]:
    """What an error of an operation names."""
    return [backend.base_uri(f"{key}/{name}") for name in operation.names]


@source("B1.3", "B5.124", "B10.209", "contract: Answering")
@pytest.mark.parametrize(
    ("operation", "row"),
    cells(
        "missing",
        "prefix",
        "prefix-to-delete",
        "past-the-end",
        "cut-content",
        "mode",
        "prefix-in-the-way",
        "object-in-the-way",
        "read-only",
        "no-listing",
        "no-create",
    ),
)
def test_carry_errno_and_filename(
    subject: Any, fs: Any, witness: Any, backend: Any, key: str, operation: Operation, row: Row, refused: Any
) -> None:
    """An error has the class, the errno and the answer to `retriable` of its cause, and names what the caller named."""
    put_all(witness, row.there)
    with refused(CLASSES[row.kind].built_in) as caught:
        operation.act(subject, fs)
    assert facts(caught.value) == expected(row.kind, _named(backend, key, operation))


@needs(EXCLUSIVE_CREATE, WRITE)
@source("B12.233", "contract: Answering")
@pytest.mark.parametrize(("operation", "row"), cells("taken"))
def test_taken_name_is_file_exists_error(
    subject: Any, fs: Any, witness: Any, backend: Any, key: str, operation: Operation, row: Row, refused: Any
) -> None:
    """An exclusive create under a taken name raises FileExistsError with EEXIST and the name's URI."""
    put_all(witness, row.there)
    with refused(FileExistsError) as caught:
        operation.act(subject, fs)
    assert facts(caught.value) == expected(row.kind, _named(backend, key, operation))


@source("contract: Answering", "B10.210")
@pytest.mark.parametrize(("operation", "row"), cells("missing", "cut-content"))
def test_keep_the_drivers_error(
    subject: Any, fs: Any, witness: Any, operation: Operation, row: Row, refused: Any
) -> None:
    """An error that a driver or a library caused keeps that one's own exception as its __cause__."""
    put_all(witness, row.there)
    with refused(CLASSES[row.kind].built_in) as caught:
        operation.act(subject, fs)
    assert _is_a_drivers(caught.value.__cause__)


@source("B15.259", "contract: Answering")
@pytest.mark.parametrize(
    "act",
    [pytest.param(lambda fs: fs.open("object"), id="read"), pytest.param(lambda fs: fs.copy("a", "b"), id="copy")],
)
def test_pickle(fs: Any, act: Callable[[Any], object], refused: Any) -> None:
    """An error pickles: its class, errno, message and both names come back equal."""
    with refused(OSError) as caught:
        act(fs)
    error: Any = caught.value
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), facts(again)) == (type(error), str(error), facts(error))


@source("contract: Names", "contract: Answering")
@pytest.mark.parametrize("name", ["a/../b", "/", "a//b"])
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda fs, name: fs.open(name), id="read"),
        pytest.param(lambda fs, name: fs.open(name, "wb"), id="write"),
        pytest.param(lambda fs, name: fs.exists(name), id="exists"),
    ],
)
def test_refused_name_is_named_as_given(
    fs: Any, costs: Any, act: Callable[[Any, str], object], name: str, refused: Any
) -> None:
    """A name that is refused stands in the error as the caller wrote it, and nothing is sent."""
    with costs(), refused(ValueError) as caught:
        act(fs, name)
    assert facts(caught.value) == expected("InvalidNameError", [name])


@source("contract: Refusing")
@pytest.mark.parametrize("options", TEXT)
@pytest.mark.parametrize("mode", ["r", pytest.param("w", marks=needs(WRITE))])
def test_unknown_way_of_text_is_refused_at_once(
    fs: Any, witness: Any, costs: Any, mode: str, options: dict[str, str], refused: Any
) -> None:
    """An encoding, a way with errors or a line end that does not exist is refused before anything is sent."""
    witness.put("object", b"content")
    with costs(), refused((LookupError, ValueError), match=next(iter(options.values())).replace("|", r"\|")):
        fs.open("object", mode, **options)


@source("contract: Answering")
@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(lambda fs: write(fs, "object", b"mine", "xb"), id="create-over-object"),
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
    fs: Any, witness: Any, noise: Any, operation: Callable[[Any], object], refused: Any
) -> None:
    """A refused operation leaves every object as it was and adds none."""
    witness.put("object", noise(100))
    witness.put("day/274/record", noise(100))
    with refused(OSError):
        operation(fs)


@needs(ROOTS)
@source("contract: Refusing", "contract: Answering", "B10.205")
@pytest.mark.parametrize(("operation", "row"), cells("missing-root"))
def test_missing_root_is_said(
    subject: Any, backend: Any, key: str, environment: Any, operation: Operation, row: Row, refused: Any
) -> None:
    """An absent bucket or container is told from an absent object on every operation, `exists` and `ls` included."""
    base = f"{backend.scheme}://{backend.absent_root(key)}/{key}"
    environment.change(STORAGE_URI=base)
    with refused(FileNotFoundError) as caught:
        operation.act(subject, subject.get_filesystem())
    assert facts(caught.value) == expected(row.kind, [f"{base}/{name}" for name in operation.names])
    assert _is_a_drivers(caught.value.__cause__)


def _failures(subject: Any, fs: Any, operations: Iterable[str]) -> dict[str, dict[str, object]]:
    """What is true of the error of each operation."""
    return {name: facts(failure_of(partial(OPERATIONS[name].act, subject, fs))) for name in operations}


@embedded_backends()
@source("contract: Answering", "B1.3", "B5.124")
@pytest.mark.parametrize("cause", ["missing", "prefix", "past-the-end", "mode"])
def test_one_cause_is_one_error(
    subject: Any, fs: Any, witness: Any, backend: Any, key: str, unchanged: Any, cause: str
) -> None:
    """Every operation that meets one cause raises one class, and names what it was asked for."""
    row = TABLE[cause]
    put_all(witness, row.there)
    with unchanged():
        found = _failures(subject, fs, row.operations)
    assert found == {name: expected(row.kind, _named(backend, key, OPERATIONS[name])) for name in row.operations}


@embedded_backends()
@needs(ROOTS)
@source("contract: Refusing", "contract: Answering", "B10.205")
def test_absent_root_is_said_by_every_operation(subject: Any, backend: Any, key: str, environment: Any) -> None:
    """In an absent bucket every operation raises one class, and names what it was asked for."""
    base, row = f"{backend.scheme}://{backend.absent_root(key)}/{key}", TABLE["missing-root"]
    environment.change(STORAGE_URI=base)
    found = _failures(subject, subject.get_filesystem(), row.operations)
    assert found == {
        name: expected(row.kind, [f"{base}/{each}" for each in OPERATIONS[name].names]) for name in row.operations
    }


def of(identity: str, cause: str) -> list[Any]:
    """The cells of one cause, with the identity that meets it."""
    return [pytest.param(*cell.values, identity, id=f"{cell.id}-{identity}", marks=cell.marks) for cell in cells(cause)]


@needs(IDENTITIES)
@source("contract: Refusing", "contract: Answering", "B10.206")
@pytest.mark.parametrize(
    ("operation", "row", "identity"),
    [*of("stranger", "denied"), *of("nobody", "denied"), *of("reader", "denied-changes")],
)
def test_denied_is_permission_error(
    subject: Any,
    another: Any,
    witness: Any,
    backend: Any,
    key: str,
    operation: Operation,
    row: Row,
    identity: str,
    refused: Any,
) -> None:
    """A wrong secret, no right at all, or no right to change raise PermissionError, and nothing changes."""
    put_all(witness, row.there)
    with refused(PermissionError) as caught:
        operation.act(subject, another(identity))
    assert facts(caught.value) == expected(row.kind, _named(backend, key, operation))
    assert _is_a_drivers(caught.value.__cause__)


@needs(IDENTITIES)
@source("contract: Answering", "B10.207")
@pytest.mark.parametrize("identity", ["stranger", "nobody"])
@pytest.mark.parametrize("name", ["object", "nothing"])
def test_exists_raises_when_denied(another: Any, witness: Any, identity: str, name: str, refused: Any) -> None:
    """`exists` raises PermissionError instead of answering no when the server refuses to tell."""
    witness.put("object", b"content")
    with refused(PermissionError):
        another(identity).exists(name)


@needs(NETWORK)
@source("contract: Answering", "B10.211")
@pytest.mark.parametrize(("operation", "row"), cells("unreachable"))
def test_unreachable_is_connection_error(
    subject: Any, backend: Any, key: str, environment: Any, operation: Operation, row: Row, refused: Any
) -> None:
    """A server that cannot be reached raises ConnectionError on every operation, `exists` included."""
    with nowhere(backend) as url:
        environment.replace({**backend.environment(key, url=url), "STORAGE_RETRY_ATTEMPTS": "1"})
        with refused(ConnectionError) as caught:
            operation.act(subject, subject.get_filesystem())
    assert facts(caught.value) == expected(row.kind, _named(backend, key, operation))
    assert _is_a_drivers(caught.value.__cause__)


@one_of_each_engine()
@needs(NETWORK)
@source("B10.212", "contract: Answering")
@pytest.mark.parametrize(
    ("operation", "row"),
    [
        *cells("overloaded", "too-many", "failed", "reset", "silent", "cut-short"),
        *(pytest.param(*cell.values, id=cell.id, marks=[*cell.marks, needs(HTTP)]) for cell in cells(*GATEWAYS)),
    ],
)
def test_failing_server_is_told_from_a_refusing_one(
    subject: Any,
    backend: Any,
    key: str,
    witness: Any,
    wire: Any,
    environment: Any,
    operation: Operation,
    row: Row,
    refused: Any,
) -> None:
    """A server that is overloaded, fails, hangs up or is silent raises an error that is worth another attempt.

    It keeps what the driver said as its `__cause__`; one of FTP's does not notice that a body is cut short.
    """
    put_all(witness, row.there)
    environment.change(STORAGE_RETRY_ATTEMPTS="1", STORAGE_TIMEOUT=DEADLINES.get(row.kind, f"{5 * pressure():g}"))
    fs = subject.get_filesystem()
    name, details = row.fault
    wire.fault(name, **details)
    with refused(CLASSES[row.kind].built_in) as caught:
        operation.act(subject, fs)
    assert facts(caught.value) == expected(row.kind, _named(backend, key, operation))
    unnoticed = row is TABLE["cut-short"] and HTTP not in backend.capabilities
    assert unnoticed or _is_a_drivers(caught.value.__cause__)
