"""One name that is an object and a prefix: where that cannot be, the second is refused and the first stays."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from conformance.behaviour import needs, source
from conformance.blocks import BLOCK, small_blocks
from conformance.writing import write
from fixtures.endpoint import CONFLICTS, WRITE

pytestmark = needs(WRITE)


@source("B2.49", "B2.50")
@pytest.mark.parametrize(
    ("there", "name", "error"),
    [("day", "day/object", NotADirectoryError), ("day/object", "day", IsADirectoryError)],
    ids=["below-an-object", "over-a-prefix"],
)
def test_object_and_prefix_of_one_name(
    fs: Any, witness: Any, backend: Any, refused: Any, there: str, name: str, error: type[OSError]
) -> None:
    """A name is object and prefix where that can be; elsewhere writing the other is refused; the first stays."""
    beside = "object-beside-prefix" in backend.capabilities
    refusal = OSError if CONFLICTS in backend.unseen else error
    witness.put(there, b"content")
    with contextlib.nullcontext() if beside else refused(refusal), fs.open(name, "wb") as stream:
        stream.write(b"beside")
    bodies = {there: b"content", **({name: b"beside"} if beside else {})}
    assert {each: witness.get(each) for each in bodies} == bodies  # MinIO lists only one of them


@small_blocks
@source("B11.226")
def test_large_body_over_a_prefix_harms_nothing(fs: Any, witness: Any, noise: Any) -> None:
    """A large body under a name that objects lie below is stored or raises OSError, and what lies below stays."""
    witness.put("day/object", b"content")
    with contextlib.suppress(OSError):
        write(fs, "day", noise(BLOCK + 1))
    assert (witness.get("day/object"), witness.uploads()) == (b"content", [])


@source("B7.159")
def test_directory_below_an_object_harms_nothing(fs: Any, witness: Any) -> None:
    """Making a directory below a name that is an object does nothing or raises NotADirectoryError."""
    witness.put("day", b"content")
    with contextlib.suppress(NotADirectoryError):
        fs.makedirs("day/directory")
    assert (witness.keys(), witness.get("day")) == (["day"], b"content")
