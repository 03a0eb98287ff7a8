"""Trying again: the only place that does, with one budget of attempts and seconds for each call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from .engines import TOKEN, Body, Download, Engine, Page, PartsDropped, Span, Stat, Upload, started
from .errors import (
    AlreadyExistsError,
    DirectoryError,
    NotFoundError,
    StorageError,
    ThrottledError,
    TransientError,
    UnreachableError,
    VersionChangedError,
)

FIRST_PAUSE = 0.1
"""Longest pause after the first attempt (seconds); it doubles after each."""
LONGEST_PAUSE = 5.0
"""Where it ends to (seconds)."""

T = TypeVar("T")


class Budget(NamedTuple):
    """How often and how long one call may try: no attempt starts after `attempts` attempts or `seconds` seconds."""

    attempts: int
    seconds: float

    def run(self, attempt: Callable[[], T]) -> T:
        """Return what `attempt` returns, trying again while it fails with a TransientError and the budget lasts."""
        spending = Spending(self)
        while True:
            try:
                return attempt()
            except TransientError as error:
                spending.pause(error)


class Spending:
    """One call's use of its budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._attempts = 1
        self._end = time.monotonic() + budget.seconds

    @property
    def tried_before(self) -> bool:
        """Whether an attempt failed without telling what became of it."""
        return self._attempts > 1

    def restart_clock(self) -> None:
        """Count the seconds from now: what a caller does between two chunks is not the server's time."""
        self._end = time.monotonic() + self._budget.seconds

    def pause(self, error: TransientError) -> None:
        """Wait before the next attempt, or raise `error` when the budget is spent.

        Exponential, full jitter; after the seconds that the server asks for, where these are left.
        """
        ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._attempts - 1))
        pause = error.wait + random.uniform(0, ceiling)
        if self._attempts >= self._budget.attempts or time.monotonic() + pause >= self._end:
            self._tell(error)
            raise error
        self._attempts += 1
        time.sleep(pause)

    def _tell(self, error: TransientError) -> None:
        """Add to an error's words what became of the budget."""
        asked = f"; the server asks to wait {error.wait:.0f} s" if error.wait else ""
        tried = f" (after {self._attempts} attempts)" if self._attempts > 1 else ""
        error.strerror = f"{error.strerror}{asked}{tried}"
        error.args = (error.errno, error.strerror)


class Retried(Engine):
    """An engine that tries again within a budget and knows its own success after a lost answer."""

    def __init__(self, engine: Engine, budget: Budget) -> None:
        self.traits = engine.traits
        self._engine = engine
        self._budget = budget

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Read; a body that breaks goes on where it broke, pinned to the version that it began with.

        One budget of attempts for the whole body; its seconds count anew from every chunk that arrives.
        """
        spending = Spending(self._budget)
        while True:
            try:
                answer = self._engine.get(key, span=span, if_version=if_version, unless_version=unless_version)
            except TransientError as error:
                spending.pause(error)
            else:
                if answer.file:
                    return answer
                start = span[0] if span else 0
                chunks = started(self._whole(key, start, answer, spending))
                return Download(answer.stat, answer.length, chunks)

    def _whole(self, key: str, start: int, answer: Download, spending: Spending) -> Generator[bytes, None, None]:
        stop, version, chunks = start + answer.length, answer.stat.version, answer.chunks
        try:
            yield b""
            spending.restart_clock()
            while start < stop:
                try:
                    for chunk in chunks:
                        start += len(chunk)
                        yield chunk
                        spending.restart_clock()
                except TransientError as error:
                    spending.pause(error)
                _close(chunks)
                chunks = _rest(self._engine, key, (start, stop), version)  # which is asked for only if there is one
        finally:
            _close(chunks)

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write; when an answer was lost and the name is taken now, the token tells the own win from another's.

        An exclusive create whose connection breaks asks for the name first: some servers refuse while the body is on
        its way and close, so that the answer is lost however often it is sent. A name that is refused as a directory
        where nothing lies below it was one a moment ago.
        """
        spending, token = Spending(self._budget), (metadata or {}).get(TOKEN, "")
        while True:
            try:
                return self._engine.put(key, body, if_absent=if_absent, if_version=if_version, metadata=metadata)
            except TransientError as error:
                if if_absent and isinstance(error, UnreachableError) and (found := self._found(key)):
                    refusal = AlreadyExistsError("the name is taken", error.filename)
                    refusal.__cause__ = error.__cause__ or error
                    return _own(found, token, refusal)
                spending.pause(error)
            except DirectoryError as error:
                if not self.traits.directories_linger or self._may_lie_below(key):
                    raise
                spending.pause(ThrottledError(str(error.strerror), error.filename))
            except (AlreadyExistsError, VersionChangedError) as error:
                return self._own(key, token, spending, error)

    def stat(self, key: str) -> Stat:
        """Ask again."""
        return self._budget.run(lambda: self._engine.stat(key))

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """Ask again; each page has a budget of its own."""
        return self._budget.run(
            lambda: self._engine.list(prefix, after=after, one_level=one_level, limit=limit, follow=follow)
        )

    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        """Delete again, what only failed for the moment: what is gone stays gone."""
        stayed: dict[str, StorageError] = {}
        doomed = list(keys)

        def attempt() -> None:
            try:
                told = self._engine.delete(doomed)
            except StorageError as error:
                if len(doomed) == len(keys):
                    raise
                told = dict.fromkeys(doomed, error)  # the others are gone, or known to stay
            for key in doomed:
                stayed.pop(key, None)
            stayed.update(told)
            doomed[:] = [key for key, error in told.items() if error.retriable]
            if doomed:
                raise stayed[doomed[0]]

        try:
            self._budget.run(attempt)
        except TransientError as error:
            if error not in stayed.values():
                raise
        return stayed

    def copy(self, source: str, target: str) -> bool:
        """Copy again: the same bytes arrive."""
        return self._budget.run(lambda: self._engine.copy(source, target))

    def check_root(self) -> None:
        """Ask again."""
        self._budget.run(self._engine.check_root)

    def make_directory(self, key: str, exist_ok: bool) -> None:
        """Ask the engine inside; no request is sent."""
        self._engine.make_directory(key, exist_ok)

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        """Begin again."""
        return self._budget.run(lambda: self._engine.begin(key, metadata))

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        """Send the part again: it replaces itself."""
        return self._budget.run(lambda: self._engine.part(upload, number, body))

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        """Complete again; when an answer was lost and the upload is gone, the token tells whether it arrived."""
        spending = Spending(self._budget)
        while True:
            try:
                return self._engine.complete(upload, tags)
            except TransientError as error:
                spending.pause(error)
            except NotFoundError as error:
                return self._own(upload.key, upload.token, spending, error)
            except PartsDropped as error:
                if not spending.tried_before:
                    raise
                # The body may have been the object before another replaced it: it must not come back.
                refusal = StorageError(f"an answer was lost, and then: {error.strerror}", error.filename)
                refusal.__cause__ = error.__cause__
                return self._own(upload.key, upload.token, spending, refusal)

    def abort(self, upload: Upload) -> None:
        """Drop again; an upload that is gone already is what was wanted."""
        try:
            self._budget.run(lambda: self._engine.abort(upload))
        except NotFoundError:
            return

    def close(self) -> None:
        """Close the engine inside."""
        self._engine.close()

    def _own(self, key: str, token: str, spending: Spending, refusal: StorageError) -> str:
        """Return the version of the own object after a lost answer, or raise the refusal."""
        if not token or not spending.tried_before:
            raise refusal
        try:
            found = self.stat(key)
        except NotFoundError:  # somebody else has deleted it since
            raise refusal from refusal.__cause__
        return _own(found, token, refusal)

    def _found(self, key: str) -> Stat | None:
        """Return the object of a name, where it can be told at once that there is one."""
        try:
            return self._engine.stat(key)
        except StorageError:
            return None

    def _may_lie_below(self, key: str) -> bool:
        """Whether objects lie below a name; yes where that cannot be told, to whom may write and not list."""
        try:
            page = self.list(f"{key}/", limit=1)
            return bool(page.keys or page.markers)
        except StorageError:
            return True


def _own(found: Stat, token: str, refusal: StorageError) -> str:
    """Return the version of what is there when it is the caller's own, or raise the refusal."""
    if not token or found.metadata.get(TOKEN) != token:
        raise refusal
    return found.version


def _rest(engine: Engine, key: str, span: Span, version: str) -> Iterator[bytes]:
    """Yield the rest of a broken body, asked for when its first chunk is."""
    yield from engine.get(key, span=span, if_version=version).chunks


def _close(chunks: Iterator[bytes]) -> None:
    """Close an iterator that holds a connection or a file."""
    getattr(chunks, "close", lambda: None)()
