"""Retrying: in one place, within one budget, and never a false answer about what became of a request."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance.behaviour import lacks, needs, one_of_each_engine, only, sees, source
from conformance.blocks import BLOCK, small_blocks
from conformance.budgets import pressure
from conformance.contents import contents, put_all
from conformance.writing import create_next, failure_of, write
from fixtures.endpoint import EXCLUSIVE_CREATE, HTTP, LIST, METADATA, MULTIPART, NETWORK, RANGES, WRITE

pytestmark = needs("network")

MIB = 1 << 20
CREATES = needs(EXCLUSIVE_CREATE, WRITE)
WRITES = needs(WRITE)


def _read(fs: Any) -> bytes:
    with fs.open("object", "rb") as stream:
        content: bytes = stream.read()
    return content


def _write(fs: Any, body: bytes, mode: str = "wb") -> None:
    with fs.open("object", mode) as stream:
        stream.write(body)


def _kinds(wire: Any) -> list[str]:
    """The kinds of what was sent, without what a server only answered by another address."""
    return [request.kind for request in wire.requests() if request.kind != "redirect"]


CALLS = [
    pytest.param(_read, id="read"),
    pytest.param(lambda fs: _write(fs, b"new"), id="write", marks=needs(WRITE)),
    pytest.param(lambda fs: fs.exists("object"), id="head"),
    pytest.param(lambda fs: fs.ls(""), id="list", marks=needs(LIST)),
]
LEFT = {"az": ["object"]}
"""Unfinished uploads after one that failed: Azure has no request that drops blocks, and does so itself after a week."""
PASSING = [
    pytest.param("status", {"code": 503, "times": 2}, 3, id="throttled-twice"),
    pytest.param("status", {"code": 500, "times": 1}, 2, id="failed"),
    pytest.param("reset", {"times": 1}, 2, id="reset"),
    pytest.param("truncate", {"after": 1000, "times": 1}, 2, id="truncated"),
]


@source("contract: Retrying", "B G10", "B10.212")
@pytest.mark.parametrize(("fault", "details", "requests"), PASSING)
def test_passing_failure_is_mended(
    fs: Any, witness: Any, wire: Any, noise: Any, fault: str, details: dict[str, int], requests: int
) -> None:
    """A read that the server throttles, fails, resets or cuts short for a moment returns the whole object."""
    body = noise(65_537)
    witness.put("object", body)
    wire.fault(fault, kind="read", **details)
    assert (_read(fs), _kinds(wire)) == (body, ["read"] * requests)


def _in_pieces(fs: Any) -> bytes:
    with fs.open("object", "rb") as stream:
        return b"".join(iter(lambda: stream.read(700_001), b""))


BROKEN: dict[str, tuple[Callable[[Any], bytes], slice]] = {
    "whole": (lambda fs: bytes(fs.read("object")), slice(None)),
    "streamed": (_in_pieces, slice(None)),
    "window": (lambda fs: bytes(fs.read("object", 100_003, 4 * MIB)), slice(100_003, 100_003 + 4 * MIB)),
    "rest": (lambda fs: bytes(fs.read("object", BLOCK - 1)), slice(BLOCK - 1, None)),
}
"""Ways to read a large object, and what of it they return."""


@one_of_each_engine()
@needs(RANGES)
@small_blocks
@source("contract: Reading", "contract: Retrying", "B10.213")
@pytest.mark.parametrize("after", [MIB, 2 * MIB - 17], ids=["a-MiB", "odd"])
@pytest.mark.parametrize(("act", "part"), BROKEN.values(), ids=BROKEN)
def test_body_that_breaks_later_on_is_mended(
    fs: Any, witness: Any, wire: Any, noise: Any, act: Callable[[Any], bytes], part: slice, after: int
) -> None:
    """A large body or window that breaks twice, long after its first bytes have come, arrives byte for byte."""
    body = noise(2 * BLOCK + 17)
    witness.put("object", body)
    wire.fault("truncate", after=after, kind="read", times=2)
    assert act(fs) == body[part]
    assert _kinds(wire) == ["read"] * 3


@one_of_each_engine()
@needs(RANGES)
@small_blocks
@source("contract: Reading", "contract: Retrying", "B1.13", "B10.213")
@pytest.mark.parametrize("place", [BLOCK, BLOCK + 5], ids=["block", "odd"])
def test_jump_that_breaks_is_mended(fs: Any, witness: Any, wire: Any, noise: Any, place: int) -> None:
    """After a jump in a large object each range that breaks for a moment is mended, and the stream goes on in order."""
    body = noise(3 * BLOCK)
    witness.put("object", body)
    with fs.open("object", "rb") as stream:
        head = stream.read(1000)
        wire.fault("truncate", after=MIB + 3, kind="read", times=2)
        stream.seek(place)
        middle, at = stream.read(BLOCK), stream.tell()
        stream.seek(-BLOCK, 2)
        wire.fault("reset", kind="read", times=1)
        assert (head, middle, at) == (body[:1000], body[place : place + BLOCK], place + BLOCK)
        assert stream.read() == body[-BLOCK:]


@one_of_each_engine()
@small_blocks
@source("contract: Retrying", "B10.213")
@pytest.mark.parametrize("act", [BROKEN["whole"][0], BROKEN["streamed"][0]], ids=["whole", "streamed"])
def test_one_body_has_one_budget(
    fs: Any, witness: Any, wire: Any, noise: Any, act: Callable[[Any], bytes], refused: Any
) -> None:
    """However much arrives between its breaks, one body gets as many attempts as are allowed, then ConnectionError."""
    witness.put("object", noise(3 * BLOCK))
    wire.fault("truncate", after=2 * MIB, kind="read")
    with refused(ConnectionError):
        act(fs)
    assert _kinds(wire) == ["read"] * 3


def _without(name: str) -> dict[str, bytes]:
    return {each: body for each, body in BEFORE.items() if not each.startswith(name)}


OLD, NEW = b"what was there", b"what comes"
BEFORE = dict.fromkeys(["a", "b", "day/c", "day/hour/d", "object"], OLD)
"""More names than a page holds, on each level and in all."""
MENDED = [
    pytest.param(_read, OLD, BEFORE, id="read"),
    pytest.param(lambda fs: fs.read("object", 5, 3), OLD[5:8], BEFORE, id="window", marks=needs(RANGES)),
    pytest.param(
        lambda fs: (fs.exists("object"), fs.exists("x"), fs.stat("a").size),
        (True, False, len(OLD)),
        BEFORE,
        id="head",
    ),
    pytest.param(
        lambda fs: (fs.ls(), fs.find(), fs.isdir("day"), fs.isdir("a")),
        (["a", "b", "day", "object"], [*BEFORE], True, False),
        BEFORE,
        id="list",
        marks=needs(LIST),
    ),
    pytest.param(lambda fs: _write(fs, NEW), None, {**BEFORE, "object": NEW}, id="write", marks=WRITES),
    pytest.param(lambda fs: write(fs, "run.0", NEW, "xb"), None, {**BEFORE, "run.0": NEW}, id="create", marks=CREATES),
    pytest.param(
        lambda fs: create_next(fs, "run.0", NEW),
        "run.0",
        {**BEFORE, "run.0": NEW},
        id="create-next",
        marks=CREATES,
    ),
    pytest.param(lambda fs: fs.copy("object", "z"), None, {**BEFORE, "z": OLD}, id="copy", marks=WRITES),
    pytest.param(lambda fs: fs.move("object", "z"), None, {**_without("object"), "z": OLD}, id="move", marks=WRITES),
    pytest.param(lambda fs: fs.rm("object"), None, _without("object"), id="delete", marks=WRITES),
    pytest.param(lambda fs: fs.rm("day", recursive=True), None, _without("day"), id="delete-all", marks=WRITES),
]
"""The call whose requests fail for a moment, what it answers all the same, and what is there afterwards."""


def _fail_each_once(wire: Any, code: int) -> None:
    """Let every request that is sent fail, and pass when it is sent again."""
    for number in range(20):
        wire.fault("status", code=code, skip=2 * number, times=1)


def _failed(wire: Any, code: int) -> list[bool]:
    """Which of the requests were answered by this code."""
    return [request.status == code for request in wire.requests()]


@one_of_each_engine()
@needs(HTTP)
@source("contract: Retrying", "B G10", "B10.212", "RFC 9110, 15.6")
@pytest.mark.parametrize("code", [500, 502, 504])
@pytest.mark.parametrize(("act", "answer", "left"), MENDED)
def test_failure_of_any_kind_of_request_is_mended(
    names_per_page: int,
    fs: Any,
    witness: Any,
    wire: Any,
    act: Callable[[Any], object],
    answer: object,
    left: dict[str, bytes],
    code: int,
) -> None:
    """A server, or a gateway before it, that fails for a moment is asked the same again, whatever it was, just once."""
    del names_per_page  # which makes the pages short
    put_all(witness, BEFORE)
    _fail_each_once(wire, code)
    assert (act(fs), contents(witness)) == (answer, left)
    failed = _failed(wire, code)
    assert failed == [True, False] * (len(failed) // 2)


@one_of_each_engine()
@needs(NETWORK, WRITE)
@small_blocks
@source("contract: Retrying", "contract: Writing", "B10.212", "B11.220")
@pytest.mark.parametrize(
    ("mode", "options"),
    [
        pytest.param("wb", {}, id="write"),
        pytest.param("xb", {}, id="create", marks=CREATES),
        pytest.param("xb", {"next_free": True}, id="create-next", marks=CREATES),
    ],
)
def test_large_body_is_sent_again_whole(
    fs: Any, witness: Any, wire: Any, noise: Any, mode: str, options: dict[str, bool]
) -> None:
    """A large body each of whose requests fails for a moment, the first and the last part too, arrives whole."""
    body = noise(2 * BLOCK + 17)
    _fail_each_once(wire, 503)
    write(fs, "run.0", body, mode, **options)
    assert (witness.keys(), witness.get("run.0") == body, witness.uploads()) == (["run.0"], True, [])
    failed = _failed(wire, 503)
    assert failed == [True, False] * (len(failed) // 2)


@one_of_each_engine()
@needs(HTTP, WRITE)
@small_blocks
@source("contract: Retrying", "B6.148")
@pytest.mark.parametrize(("method", "left"), [("copy", ["a?versionId=1", "z"]), ("move", ["z"])], ids=["copy", "move"])
def test_large_copy_is_mended(fs: Any, witness: Any, wire: Any, noise: Any, method: str, left: list[str]) -> None:
    """A large object each of whose requests fails for a moment is copied and moved whole, also not by the server."""
    body = noise(BLOCK + 17)
    witness.put("a?versionId=1", body)
    _fail_each_once(wire, 503)
    getattr(fs, method)("a?versionId=1", "z")
    assert (witness.keys(), witness.get("z") == body, witness.uploads()) == (left, True, [])
    failed = _failed(wire, 503)
    assert failed == [True, False] * (len(failed) // 2)


@one_of_each_engine()
@needs(HTTP)
@source("contract: Retrying", "B10.212", "RFC 9110, 10.2.3")
@pytest.mark.parametrize(
    ("code", "asked", "requests", "seconds"),
    [
        pytest.param(503, "1", 2, (1, 10), id="a-second-503"),
        pytest.param(429, "1", 2, (1, 10), id="a-second-429"),
        pytest.param(503, "3600", 1, (0, 1), id="an-hour"),
        pytest.param(503, "Fri, 31 Dec 9999 23:59:59 GMT", 1, (0, 1), id="a-date"),
    ],
)
def test_waits_as_long_as_it_is_told(
    fs: Any, witness: Any, wire: Any, code: int, asked: str, requests: int, seconds: tuple[float, float]
) -> None:
    """The next attempt comes no earlier than a busy server asks for; where that is too late, the call fails at once."""
    witness.put("object", b"content")
    wire.fault("status", code=code, times=1, headers={"Retry-After": asked})
    start = time.monotonic()
    error = failure_of(lambda: _read(fs))
    assert seconds[0] <= time.monotonic() - start < seconds[1] * pressure()
    assert (len(_kinds(wire)), "asks to wait" in str(error)) == (requests, requests == 1)


@only("moto")
@source("contract: Retrying", "AWS: exponential backoff and jitter")
def test_pauses_grow_up_to_a_bound(
    subject: Any, witness: Any, wire: Any, environment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses are random up to a bound that doubles from a tenth of a second to five, and cost the call's seconds."""
    witness.put("object", b"content")
    environment.change(STORAGE_RETRY_ATTEMPTS="40", STORAGE_RETRY_SECONDS="1000")
    fs, pauses = subject.get_filesystem(), list[float]()
    monkeypatch.setattr(time, "sleep", pauses.append)
    wire.fault("status", code=503)
    failure = failure_of(lambda: fs.exists("object"))
    bounds = [min(5.0, 0.1 * 2**number) for number in range(39)]
    assert [(pause, bound) for pause, bound in zip(pauses, bounds, strict=True) if not 0 < pause <= bound] == []
    assert (len(set(pauses)), sum(pauses[6:]) > 5, isinstance(failure, ConnectionError)) == (39, True, True)
    environment.change(STORAGE_RETRY_SECONDS="0.0001")
    assert failure_of(lambda: subject.get_filesystem().exists("object")) is not None
    assert len(pauses) < 45


@only("moto")
@source("contract: Answering", "contract: Retrying")
def test_attempts_are_told(subject: Any, witness: Any, wire: Any, environment: Any) -> None:
    """What failed at every attempt says how many there were, or what the server asked for; a single one neither."""
    witness.put("object", b"content")
    wire.fault("status", code=503)
    once, twice = (_failure_with(subject, environment, attempts) for attempts in ("1", "2"))
    wire.clear()
    wire.fault("status", code=503, headers={"Retry-After": "3600"})
    late = _failure_with(subject, environment, "2")
    assert (twice.strerror, late.strerror) == (
        f"{once.strerror} (after 2 attempts)",
        f"{once.strerror}; the server asks to wait 3600 s",
    )
    assert [error.args for error in (once, twice, late)] == [
        (error.errno, error.strerror) for error in (once, twice, late)
    ]


def _failure_with(subject: Any, environment: Any, attempts: str) -> Any:
    environment.change(STORAGE_RETRY_ATTEMPTS=attempts)
    return failure_of(lambda: subject.get_filesystem().exists("object"))


@one_of_each_engine()
@source("contract: Retrying", "B10.212")
@pytest.mark.parametrize("call", CALLS)
def test_lasting_overload_ends_within_the_attempts(
    fs: Any, witness: Any, wire: Any, call: Callable[[Any], object], refused: Any
) -> None:
    """A server that answers 503 for ever gets as many attempts as are allowed; then ConnectionError rises."""
    witness.put("object", b"old")
    wire.fault("status", code=503)
    with refused(ConnectionError):
        call(fs)
    assert len(_kinds(wire)) == 3


@one_of_each_engine()
@source("contract: Retrying", "B10.211")
@pytest.mark.parametrize("call", CALLS[:3])
def test_silent_server_ends_by_the_deadline(
    subject: Any, witness: Any, wire: Any, environment: Any, call: Callable[[Any], object], refused: Any
) -> None:
    """A server that accepts and never answers ends the call as TimeoutError when its seconds are spent."""
    witness.put("object", b"old")
    environment.change(STORAGE_TIMEOUT="0.2", STORAGE_RETRY_SECONDS="0.5", STORAGE_RETRY_ATTEMPTS="100")
    fs = subject.get_filesystem()
    wire.fault("silent")
    start = time.monotonic()
    with refused(TimeoutError):
        call(fs)
    assert time.monotonic() - start < 3 * pressure()


@source("contract: Reading", "B G10", "B10.213")
@pytest.mark.parametrize("size", [65_537, 6 * MIB], ids=["read-at-once", "streamed"])
def test_truncated_body_is_never_whole(
    subject: Any, witness: Any, wire: Any, noise: Any, environment: Any, size: int, refused: Any
) -> None:
    """A body that is cut short every time raises ConnectionError instead of passing for the whole object."""
    witness.put("object", noise(size))
    environment.change(STORAGE_BLOCK_SIZE=str(5 * MIB))
    wire.fault("truncate", after=size // 2, kind="read")
    with refused(ConnectionError):
        _read(subject.get_filesystem())


@source("contract: Reading", "contract: Retrying")
def test_broken_read_stays_with_its_version(
    subject: Any, witness: Any, wire: Any, noise: Any, environment: Any
) -> None:
    """A read that is cut short after the object was overwritten gives the version opened, or raises OSError."""
    old, new = noise(6 * MIB), noise(6 * MIB)
    witness.put("object", old)
    environment.change(STORAGE_BLOCK_SIZE=str(5 * MIB))
    wire.fault("truncate", after=5 * MIB, kind="read", times=1)
    pieces = {}
    with subject.get_filesystem().open("object", "rb") as stream, contextlib.suppress(OSError):
        pieces["head"] = stream.read(100)
        witness.put("object", new)
        pieces["rest"] = stream.read()
    assert pieces["head"] == old[:100]
    assert pieces.get("rest", old[100:]) == old[100:]


@needs(WRITE)
@source("contract: Retrying", "B G11", "B11.220", "B11.222")
@pytest.mark.parametrize(
    ("mode", "size", "kind", "skip", "theirs"),
    [
        pytest.param("wb", 1000, "write", 0, {}, id="write"),
        pytest.param("xb", 1000, "write", 0, {}, id="create", marks=CREATES),
        pytest.param("xb", 0, "write", 0, {}, id="create-empty", marks=CREATES),
        pytest.param("xb", 6, "write", 0, {"object": b"theirs"}, id="won-by-another", marks=CREATES),
        pytest.param("xb", 0, "write", 0, {"object": b""}, id="won-by-another-empty", marks=CREATES),
        pytest.param("xb", 5 * MIB + 1, "write", 0, {}, id="create-large", marks=CREATES),
        pytest.param("wb", 5 * MIB + 1, "part", 0, {}, id="part", marks=needs(MULTIPART)),
        pytest.param("wb", 5 * MIB + 1, "part", 1, {}, id="second-part", marks=needs(MULTIPART)),
        pytest.param("wb", 5 * MIB + 1, "complete", 0, {}, id="complete", marks=[needs(MULTIPART), sees(METADATA)]),
        pytest.param("wb", 5 * MIB + 1, "write", 0, {}, id="large", marks=lacks(MULTIPART)),
    ],
)
def test_lost_answer_is_own_success(
    subject: Any,
    witness: Any,
    wire: Any,
    noise: Any,
    environment: Any,
    refused: Any,
    mode: str,
    size: int,
    kind: str,
    skip: int,
    theirs: dict[str, bytes],
) -> None:
    """A write whose answer is lost is the writer's success where the server did it; another's win stays another's."""
    body = noise(size)
    environment.change(STORAGE_BLOCK_SIZE=str(5 * MIB))
    fs = subject.get_filesystem()
    fs.open("probe", mode).close()
    put_all(witness, theirs)
    wire.fault("lose-answer", kind=kind, skip=skip, times=1)
    with refused(FileExistsError) if theirs else contextlib.nullcontext():
        _write(fs, body, mode)
    assert (witness.keys(), witness.get("object")) == (["object", "probe"], theirs.get("object", body))


@needs(WRITE)
@source("contract: Writing")
@pytest.mark.parametrize(
    ("fault", "details"),
    [
        pytest.param("status", {"code": 500, "kind": "complete"}, id="refused-at-the-end", marks=needs(MULTIPART)),
        pytest.param("status", {"code": 500, "kind": "write"}, id="refused", marks=lacks(MULTIPART)),
        pytest.param("truncate", {"after": MIB, "kind": "write"}, id="cut-short", marks=lacks(HTTP)),
        pytest.param("lose-answer", {"kind": "write"}, id="never-answered", marks=lacks(HTTP)),
    ],
)
def test_failed_upload_leaves_nothing(
    subject: Any,
    backend: Any,
    witness: Any,
    wire: Any,
    noise: Any,
    environment: Any,
    refused: Any,
    fault: str,
    details: dict[str, Any],
) -> None:
    """A large write that fails for good leaves the old object, and no part where the server has a way to drop them."""
    witness.put("object", b"old")
    environment.change(STORAGE_BLOCK_SIZE=str(5 * MIB))
    wire.fault(fault, **details)
    with refused(ConnectionError, leaves=LEFT.get(backend.scheme, [])):
        _write(subject.get_filesystem(), noise(5 * MIB + 1))
    assert (witness.get("object"), witness.uploads()) == (b"old", LEFT.get(backend.scheme, []))


def _answer(code: str) -> str:
    """What an S3 server says in an error."""
    return f"<Error><Code>{code}</Code><Message>made up</Message></Error>"


DIRECTORY = {"code": 409, "body": _answer("ExistingObjectIsDirectory"), "kind": "write"}
GONE = {"code": 404, "body": _answer("NoSuchUpload"), "kind": "complete"}


@only("moto")
@source("contract: Retrying", "versitygw: a directory lingers after its last object")
@pytest.mark.parametrize("mode", ["wb", "xb"])
def test_directory_that_lingers_is_waited_for(subject: Any, witness: Any, wire: Any, refused: Any, mode: str) -> None:
    """A name that is a directory for a moment is taken; where something lies below, or none may look, it is one."""
    fs = subject.get_filesystem()
    fs.open("probe", mode).close()
    wire.clear()
    wire.fault("status", **DIRECTORY, times=1)
    wire.fault("status", code=503, kind="list", times=1)
    _write(fs, b"new", mode)
    assert (witness.get("object"), _kinds(wire)) == (b"new", ["write", "list", "list", "write"])
    fs.rm("object")
    wire.clear()
    wire.fault("status", **DIRECTORY)
    with refused(ConnectionError, match=r"\(after 3 attempts\)") as caught:
        _write(fs, b"new", mode)
    assert (caught.value.filename, _kinds(wire)) == (f"{fs.base_uri}/object", ["write", "list"] * 3)
    wire.clear()
    wire.fault("status", **DIRECTORY)
    wire.fault("status", code=403, body=_answer("AccessDenied"), kind="list")
    with refused(IsADirectoryError):
        _write(fs, b"new", mode)
    wire.clear()
    witness.put("object/below", b"theirs")
    wire.fault("status", **DIRECTORY)
    with refused(IsADirectoryError):
        _write(fs, b"new", mode)
    assert _kinds(wire) == ["write", "list"]


@only("moto")
@source("contract: Retrying", "B5.127")
def test_names_that_stay_for_a_moment_are_deleted_again(
    fs: Any, witness: Any, wire: Any, key: str, refused: Any
) -> None:
    """A name that a deletion in bulk could not take for the moment is asked for again; one that is refused is told."""
    witness.put("day/b", b"content")
    answer = "<DeleteResult><Error><Key>{}/day/b</Key><Code>{}</Code><Message>made up</Message></Error></DeleteResult>"
    wire.fault("status", code=200, body=answer.format(key, "AccessDenied"), kind="delete")
    with refused(OSError, match="day/b"):
        fs.rm("day", recursive=True)
    wire.clear()
    put_all(witness, {f"day/{name}": b"content" for name in "ac"})
    wire.fault("status", code=200, body=answer.format(key, "SlowDown"), kind="delete", times=1)
    fs.rm("day", recursive=True)
    assert (witness.keys(), _kinds(wire).count("delete") >= 2) == ([], True)


@only("moto")
@small_blocks
@source("contract: Retrying", "B11.222")
def test_completion_of_an_upload_that_is_gone(subject: Any, witness: Any, wire: Any, noise: Any, refused: Any) -> None:
    """An upload that is gone after a lost answer has arrived where its object is there; else its loss is told.

    That holds also of an upload that only began at the second attempt.
    """
    fs, body = subject.get_filesystem(), noise(BLOCK + 1)
    wire.fault("status", code=503, kind="part", times=1)
    wire.fault("lose-answer", kind="complete", times=1)
    wire.fault("status", **GONE)
    _write(fs, body)
    assert witness.get("object") == body
    wire.clear()
    wire.fault("status", code=503, kind="complete", times=1)
    wire.fault("status", **GONE)
    with refused(FileNotFoundError):
        _write(fs, noise(BLOCK + 2))
    witness.put("object", b"theirs")
    for times in (0, 1):
        wire.clear()
        wire.fault("status", code=503, kind="complete", times=times)
        wire.fault("status", **GONE)
        with refused(FileNotFoundError):
            _write(fs, noise(BLOCK + 3))
    assert witness.get("object") == b"theirs"


@only("moto")
@source("contract: Retrying", "contract: Writing", "B12.233")
def test_create_whose_connection_breaks_looks_first(subject: Any, witness: Any, wire: Any, refused: Any) -> None:
    """An exclusive create whose connection breaks asks for the name before it sends again, and a taken one is told."""
    fs = subject.get_filesystem()
    fs.open("probe", "xb").close()
    wire.clear()
    wire.fault("reset", kind="write", times=1)
    _write(fs, b"mine", "xb")
    assert (witness.get("object"), _kinds(wire)) == (b"mine", ["write", "head", "write"])
    wire.clear()
    wire.fault("reset", kind="write")
    with refused(FileExistsError, match="the name is taken") as caught:
        _write(fs, b"mine", "xb")
    assert (caught.value.filename, isinstance(caught.value.__cause__, Exception)) == (f"{fs.base_uri}/object", True)
    assert _kinds(wire) == ["write", "head"]
    fs.rm("object")
    wire.clear()
    wire.fault("reset", kind="write", times=1)
    wire.fault("status", code=403, kind="head", times=1)
    _write(fs, b"again", "xb")
    assert (witness.get("object"), _kinds(wire)) == (b"again", ["write", "head", "write"])
