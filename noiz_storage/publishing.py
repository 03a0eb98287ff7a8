"""How a finished body becomes visible: one PUT, parts, or one conditional PUT for a name that must be free."""

from __future__ import annotations

import logging
import math
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, cast

from .counters import split_counter
from .engines import SLOWEST, TOKEN, Body, Download, Engine, PartsDropped, Upload
from .errors import AccessDeniedError, AlreadyExistsError, DeadlineError, StorageError, UnsupportedError, named
from .listing import names
from .temporary import kept_here
from .uri import URI

MOST_PARTS = 10_000
"""Parts that S3 accepts for one object."""

MOST_SENDS = 5
"""How often a large body is sent where other writers of its name come first."""

COPY_PAUSE = 0.5
"""Seconds between two questions whether the server has copied an object."""

_log = logging.getLogger(__name__)


class Publisher:
    """Writes finished bodies through an engine, below one base; keys are whole."""

    def __init__(self, live: Callable[[], Engine], base: URI, block_size: int, timeout: float) -> None:
        self._live = live
        self._base = base
        self._block_size = block_size
        self._timeout = timeout
        self._proven = False

    def write(self, key: str, body: Body, metadata: Mapping[str, str] | None = None) -> str:
        """Make `body` the object of this name, replacing what is there.

        Cost: 1 write; a body over the block size takes ⌈size / block⌉ parts, one more to begin on S3, and 1 complete.
        On Azure they are sent again where another large body of that name is completed in the meantime.
        """
        engine, size = self._live(), _size(body)
        if engine.traits.has_parts and size > self._block_size:
            file, block = cast(BinaryIO, body), part_size(size, self._block_size)  # no bytes are longer than a block
            _write_parts(engine, key, lambda: _blocks(file, block), metadata or {})
        else:
            engine.put(key, body, metadata=metadata)
        return key

    def copy(self, source: str, target: str) -> None:
        """Copy an object, on the server where it does that; else write the one version that is read.

        Cost: 1 copy, on Azure a head before it; 1 read and a write on FTP, and on S3 for a source whose name holds
        `?versionId=`.
        Raises:
            NotFoundError: there is no such object; what another client shows a directory by is none.
        """
        engine = self._live()
        if engine.traits.copies_directories:
            engine.stat(source)
        if not engine.traits.copies or any(text in source for text in engine.traits.not_copied):
            self._copy_through(engine.get(source), target)
        elif not engine.copy(source, target):
            self._await_copy(target)

    def _copy_through(self, found: Download, target: str) -> None:
        if found.length <= self._block_size:
            self.write(target, b"".join(found.chunks), found.stat.metadata)
            return
        # No SpooledTemporaryFile: before Python 3.11 it is no `io.IOBase`, and aiohttp sends nothing else.
        with kept_here(self._base.with_key(target)), tempfile.TemporaryFile() as body:
            body.writelines(found.chunks)
            self.write(target, cast(BinaryIO, body), found.stat.metadata)

    def create(self, key: str, body: Body) -> str:
        """Make `body` the object of this name, which must be free: of several creators one wins.

        Always one conditional PUT, because some servers ignore the condition at the completion of parts.

        Cost: 1 write; the first time also the probe's 2 writes and 1 delete.
        Raises:
            AlreadyExistsError: the name is taken; nothing has changed.
            UnsupportedError: the body is too large for one PUT, or the server would overwrite.
        """
        self._check_size(key, body)
        self._prove(key)
        return _create(self._live(), key, body)

    def create_next(self, key: str, body: Body) -> str:
        """Create under the next free counter; the number after it when another worker was faster.

        Cost: 1 list and 1 write, and 1 write for each lost race.
        """
        self._check_size(key, body)
        self._prove(key)
        for free in self.free(key):
            try:
                return _create(self._live(), free, body)
            except AlreadyExistsError:
                _log.info("%s was taken in the meantime; trying the next", free)
        raise AssertionError("free names never end")

    def check_create(self, key: str, counted: bool) -> None:
        """Refuse, before anything is written or sent, what could not be created at the close.

        Raises:
            UnsupportedError: this backend has no exclusive create. InvalidNameError: the name has no counter.
        """
        with named(self._base.with_key(key)):
            if not self._live().traits.creates:
                raise UnsupportedError(
                    "this backend makes no name on a condition, so no exclusive create is safe there; use mode 'w'"
                )
            if counted:
                split_counter(key.rpartition("/")[2])

    def free(self, key: str, extension: bool | None = None) -> Iterator[str]:
        """Yield the free keys of a counted name, from its own counter on. Cost: 1 list."""
        parent, slash, name = key.rpartition("/")
        with named(self._base.with_key(key)):
            counted = split_counter(name, extension=extension)
            head = parent + slash + counted.head
            taken = list(names(self._live(), head, one_level=True, markers=True, follow=False))
        for number in counted.free([found[len(parent + slash) :].partition("/")[0] for found in taken]):
            yield parent + slash + counted.with_number(number)

    def _await_copy(self, key: str) -> None:
        """Ask until the server has copied an object, as long as sending one of its size may take."""
        start, uri = time.monotonic(), str(self._base.with_key(key))
        while not (found := self._live().stat(key)).complete:
            seconds = self._timeout + found.size / SLOWEST
            if time.monotonic() - start > seconds:
                raise DeadlineError(
                    f"the server has not copied it within {seconds:.0f} s, and may go on; nothing is lost", uri
                )
            time.sleep(COPY_PAUSE)
        if found.abandoned:
            raise StorageError("the server gave up copying; the target is not complete", uri)

    def _check_size(self, key: str, body: Body) -> None:
        limit, size = self._live().traits.single_put_limit, _size(body)
        if limit is not None and size > limit:
            reason = f"an exclusive create takes at most {limit} bytes, not {size}; use mode 'w'"
            raise UnsupportedError(reason, str(self._base.with_key(key)))

    def _prove(self, key: str) -> None:
        """Ask once whether the server refuses a second create, for some answer 200 and overwrite."""
        with named(self._base.with_key(key)):
            if not self._proven and self._live().traits.needs_probe:
                probe = self._base.child(f".noiz-probe-{uuid.uuid4().hex}").key
                if not _refuses_a_second(self._live(), probe):
                    raise UnsupportedError(
                        "the server ignores the condition of an exclusive create and would overwrite; "
                        "it is refused there"
                    )
        self._proven = True


def part_size(size: int, block_size: int) -> int:
    """Return how many bytes each part of a body takes: a block, or more where there would be too many parts."""
    return max(block_size, math.ceil(size / MOST_PARTS))


def _create(engine: Engine, key: str, body: Body) -> str:
    engine.put(key, body, if_absent=True, metadata={TOKEN: uuid.uuid4().hex})
    return key


def _refuses_a_second(engine: Engine, key: str) -> bool:
    """Create an object twice, and say whether the second time was refused."""
    _create(engine, key, b"")
    try:
        _create(engine, key, b"")
    except AlreadyExistsError:
        return True
    finally:
        _forget(engine, key)
    return False


def _forget(engine: Engine, key: str) -> None:
    """Delete the probe's object; credentials that may only add to an archive leave it there."""
    try:
        engine.delete([key])
    except AccessDeniedError as error:
        _log.warning("%s is left behind: these credentials may not delete (%s)", key, error)


def _write_parts(engine: Engine, key: str, blocks: Callable[[], Iterator[bytes]], metadata: Mapping[str, str]) -> None:
    """Send a body in parts, and again where another writer's body was completed before and the server dropped these."""
    for _ in range(MOST_SENDS):
        try:
            _send_parts(engine, key, blocks(), metadata)
            return
        except PartsDropped as error:
            dropped = error
    reason = f"other writers of this name came first {MOST_SENDS} times, and the server dropped this body"
    raise StorageError(reason, dropped.filename) from dropped.__cause__


def _send_parts(engine: Engine, key: str, blocks: Iterator[bytes], metadata: Mapping[str, str]) -> None:
    upload = engine.begin(key, {**metadata, TOKEN: uuid.uuid4().hex})
    try:
        engine.complete(upload, [engine.part(upload, number, block) for number, block in enumerate(blocks, 1)])
    except BaseException:
        _abort(engine, upload)
        raise


def _abort(engine: Engine, upload: Upload) -> None:
    """Drop the parts; where even that fails, the error under way is the one to report."""
    try:
        engine.abort(upload)
    except StorageError as error:
        _log.warning("parts of an unfinished upload of %s are left behind: %s", upload.key, error)


def _blocks(body: BinaryIO, size: int) -> Iterator[bytes]:
    body.seek(0)
    while block := body.read(size):
        yield block


def _size(body: Body) -> int:
    return len(body) if isinstance(body, bytes) else body.seek(0, 2)
