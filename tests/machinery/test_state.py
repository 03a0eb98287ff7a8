"""What a refused operation leaves behind is found by `refused`, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.state import *  # noqa: F403 (pytest finds fixtures by their being here)
from fixtures.endpoint import UPLOADS, Endpoint
from fixtures.witness_local import LocalWitness

ENDPOINT = Endpoint("s3", "s3", "http://h", "root", {}, "S 1", "endpoint", ())


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Endpoint:
    """A server that shows everything, or all but this."""
    return replace(ENDPOINT, unseen=getattr(request, "param", {}))


@pytest.fixture
def witness(tmp_path: Path) -> LocalWitness:
    """A directory with one object."""
    found = LocalWitness(str(tmp_path), "base")
    found.put("object", b"content")
    return found


def _fail_after(change: Callable[[], object]) -> None:
    change()
    raise OSError


def _rewrite(witness: LocalWitness) -> None:
    witness.put("object", b"content")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param(lambda witness: witness.put("new", b""), "new", id="new-object"),
        pytest.param(lambda witness: witness.delete("object"), "object", id="lost-object"),
        pytest.param(lambda witness: witness.put("day/.noiz-partial-0", b""), "day/.noiz", id="unfinished-file"),
        pytest.param(_rewrite, "object", id="same-bytes-written-again"),
    ],
)
def test_a_change_fails(refused: Any, witness: LocalWitness, change: Callable[[LocalWitness], None], name: str) -> None:
    """An operation that is refused as it should be and changes something is named with what it changed."""
    with pytest.raises(AssertionError, match=f"left a change: {name}"), refused(OSError):
        _fail_after(lambda: change(witness))


def test_nothing_has_changed(refused: Any) -> None:
    """What leaves everything as it was passes, and the error can be looked at."""
    with refused(ValueError, match="mine") as caught:
        raise ValueError("mine")
    assert str(caught.value) == "mine"


def test_no_error_fails(refused: Any) -> None:
    """An operation that goes through fails."""
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"), refused(OSError):
        pass


@pytest.mark.parametrize(
    ("seen", "backend"), [(["object"], {}), ([], {UPLOADS: "it was answered 501"})], indirect=["backend"]
)
def test_uploads_that_stay_are_looked_for_where_they_are_shown(
    unchanged: Any, monkeypatch: pytest.MonkeyPatch, seen: list[str]
) -> None:
    """An upload that cannot be dropped is there afterwards; where nobody can look, it is not missed."""
    found = iter([[], seen])
    monkeypatch.setattr(LocalWitness, "uploads", lambda _: next(found))
    with unchanged(leaves=["object"]):
        pass
