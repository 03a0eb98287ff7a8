"""Why a case failed is told in one line with what was expected and what came; witnesses are not the subject."""

from __future__ import annotations

from pathlib import Path

import pytest
from scratch_suite import Result, ScratchSuite

from conformance import reasons, severity
from conformance.behaviour import area_of
from conformance.selection import FOLDER
from fixtures.channel import Request
from noiz_storage.errors import AccessDeniedError, AlreadyExistsError, CorruptedError, NotFoundError

FAILING = '''
"""Behaviours that fail in ways whose first line says little."""
import threading
import pytest
from fixtures.witness_s3 import S3Witness

IDENTITY = {"AWS_ACCESS_KEY_ID": "a" * 20, "AWS_SECRET_ACCESS_KEY": "b" * 40}

class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no words")

def test_compares():
    """Tuples differ."""
    assert (1, True, ["a" * 30]) == (1, False, ["a" * 30])

def test_matches():
    """A message differs."""
    with getattr(pytest, "rais" + "es")(ValueError, match="expected words"):
        raise ValueError("other words")

def test_has_words():
    """An assertion has words of its own."""
    assert 1 == 2, "words of its own"

def test_cannot_be_shown():
    """Its exception cannot be shown."""
    raise Unspeakable

def test_witness_breaks():
    """The witness cannot reach its server."""
    S3Witness("http://127.0.0.1:9", IDENTITY, "root", "key").get("object")

def test_witness_breaks_in_a_thread():
    """A thread's witness cannot reach its server."""
    thread = threading.Thread(target=test_witness_breaks)
    thread.start()
    thread.join()

def test_nothing_is_there(witness):
    """The witness finds nothing."""
    witness.get("object")

def test_child_never_starts(monkeypatch, in_child):
    """A child that never says that it has started."""
    from conformance import process
    monkeypatch.setattr(process, "_serve", print)
    in_child("fork", print)

def test_child_dies(in_child):
    """A child that dies when it is at work."""
    import os
    in_child("fork", os._exit, 3)
'''
EXPECTED = {
    "failing.compares": "fail",
    "failing.matches": "fail",
    "failing.has-words": "fail",
    "failing.cannot-be-shown": "fail",
    "failing.witness-breaks": "error",
    "failing.witness-breaks-in-a-thread": "error",
    "failing.nothing-is-there": "fail",
    "failing.child-never-starts": "error",
    "failing.child-dies": "fail",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of all behaviours above."""
    suite = ScratchSuite(tmp_path_factory.mktemp("suite"))
    suite.write("test_failing.py", FAILING)
    return suite.run("-n0")


def test_only_the_subject_fails(result: Result) -> None:
    """What a witness cannot do, and a child that never began, are errors; that nothing is there is a failure."""
    assert result.verdicts() == EXPECTED


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("compares", ["(1, True, ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']) == (1, False, ['", "index 1 diff: True != False"]),
        ("matches", ["expected words", "other words"]),
        ("has-words", ["words of its own"]),
        ("cannot-be-shown", ["Unspeakable: which cannot be shown: ValueError"]),
        ("witness-breaks", ["the witness could not look: MaxRetryError: "]),
        ("child-never-starts", ["before it had started, process", "died: status 0"]),
    ],
)
def test_a_reason_has_content(result: Result, behaviour: str, words: list[str]) -> None:
    """The detail holds what was expected and what came."""
    detail = result.detail(f"failing.{behaviour}")
    assert [word for word in words if word not in detail] == []


def request(status: int, target: str = "/b/k?X-Amz-Signature=secret&partNumber=1") -> Request:
    """A request for an object that was answered so."""
    return Request("part", "PUT", target, status, 1, 1)


def test_the_last_request_is_told_without_values() -> None:
    """Its path and the names of its query stand there; a signature does not."""
    told = reasons.last_request([request(200), request(404)])
    assert told == "PUT /b/k?X-Amz-Signature&partNumber was answered 404"
    assert reasons.last_request([request(0, "/b")]) == "PUT /b had no answer"
    assert reasons.last_request([]) == ""


def test_a_cause_is_alike_for_all_that_it_is_behind() -> None:
    """A server that fails is told by status and kind of request; usual refusals are no cause."""
    assert reasons.cause([request(500), request(200, "/b")], AssertionError()) == "the server answers 500 to PUT (part)"
    assert reasons.cause([request(404), request(412), request(403)], AssertionError()) == ""


def test_what_was_sent_again_with_success_is_no_cause() -> None:
    """A failure of the moment that the layer mended explains nothing."""
    assert reasons.cause([request(503), request(200), request(200, "/b")], AssertionError()) == ""
    assert reasons.cause([request(503), request(200), request(503)], AssertionError()) != ""


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (404, NotFoundError("k"), True),
        (404, CorruptedError("k"), False),
        (403, AccessDeniedError("k"), True),
        (403, NotFoundError("k"), False),
        (412, AlreadyExistsError("k"), True),
        (412, CorruptedError("k"), False),
        (400, CorruptedError("k"), True),
    ],
)
def test_an_answer_is_the_cause_of_its_own_error_alone(status: int, error: OSError, said: bool) -> None:
    """What is a right answer elsewhere stands behind the error that it is translated into, and behind no other."""
    assert reasons.cause([request(status)], error) == f"the server answers {status} to PUT (part)" * said


def test_every_area_has_its_meaning() -> None:
    """Each file of behaviours stands once in the order of severity, and no other area does."""
    listed = [area for areas in severity.AREAS.values() for area in areas]
    assert sorted(listed) == sorted(area_of(Path(path)) for path in FOLDER.glob("test_*.py"))


def test_loss_comes_first() -> None:
    """Broken promises about data stand before lacks, and these before what is only less convenient."""
    said = severity.exceptions(["cli.x", "read.y", "write.z", "write.a", "other.b"], ["multipart", "exclusive-create"])
    assert said == [
        "1 about other",
        "data may be lost (2 about write)",
        "two workers that take one name may both get it",
        "what is read or listed may be wrong (1 about read)",
        "something is less convenient (1 about cli)",
        "large bodies cannot travel in parts",
    ]
    assert sorted(["cli.x", "write.z", "read.y"], key=severity.rank) == ["write.z", "read.y", "cli.x"]
