"""Trying again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from noiz_storage import retry
from noiz_storage.engines import TOKEN, Connection, Download, Page, PartsDropped, Upload
from noiz_storage.engines.memory import MemoryEngine
from noiz_storage.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    DirectoryError,
    NotFoundError,
    StorageError,
    ThrottledError,
    UnreachableError,
)
from noiz_storage.retry import Budget, Retried
from noiz_storage.uri import URI

BUDGET = Budget(5, 60.0)


class Shaky(MemoryEngine):
    """A real engine in memory whose calls fail as a script says, before or after they took effect."""

    def __init__(self, script: dict[str, list[str]]) -> None:
        super().__init__(Connection(URI.parse(f"memory://retry-{uuid.uuid4().hex}")))
        self.script = script
        self.calls = 0

    def _act(self, name: str, action: Callable[[], Any]) -> Any:
        self.calls += 1
        what = self.script.get(name, [])
        step = what.pop(0) if what else "work"
        if step == "fail":
            raise ThrottledError("slow down")
        if step == "refuse":
            raise DirectoryError("a directory", "memory://key")
        if step == "deny":
            raise AccessDeniedError("may not", "memory://key")
        if step == "drop":
            raise UnreachableError("the connection broke", "memory://key")
        answer = action()
        if step == "lose":
            raise UnreachableError("the answer was lost")
        return answer

    def put(self, key: str, body: Any, **options: Any) -> str:
        return str(self._act("put", lambda: MemoryEngine.put(self, key, body, **options)))

    def get(self, key: str, **options: Any) -> Download:
        answer: Download = self._act("get", lambda: MemoryEngine.get(self, key, **options))
        if "cut" in self.script:
            after = int(self.script.pop("cut")[0])
            return Download(answer.stat, answer.length, self._cut(answer, after))
        return answer

    def list(self, prefix: str, **options: Any) -> Page:
        answer: Page = self._act("list", lambda: MemoryEngine.list(self, prefix, **options))
        return answer

    def complete(self, upload: Upload, tags: Any) -> str:
        return str(self._act("complete", lambda: self._complete(upload)))

    def _complete(self, upload: Upload) -> str:
        if upload.ident in self._store:
            raise NotFoundError("no such upload")
        self._store[upload.ident] = True
        return MemoryEngine.put(self, upload.key, b"whole", metadata={TOKEN: upload.token})

    @staticmethod
    def _cut(answer: Download, after: int) -> Iterator[bytes]:
        yield from [b"".join(answer.chunks)[:after]] if after else []
        raise UnreachableError("the connection broke")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses in place of making them."""
    pauses: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", pauses.append)
    return pauses


def test_transient_errors_are_tried_again() -> None:
    """Two failures and a success are a success."""
    shaky = Shaky({"put": ["fail", "fail"]})
    Retried(shaky, BUDGET).put("a", b"1")
    assert shaky.calls == 3


def test_the_budget_of_attempts_ends(no_pauses: list[float]) -> None:
    """The last error is raised and says how many attempts there were."""
    shaky = Shaky({"put": ["fail"] * 9})
    with pytest.raises(ThrottledError, match="after 4 attempts"):
        Retried(shaky, Budget(4, 60.0)).put("a", b"1")
    assert shaky.calls == 4
    assert len(no_pauses) == 3


def test_what_the_server_asks_for_is_waited_first(no_pauses: list[float]) -> None:
    """A pause is at least as long as the server asks for, and not much longer."""
    error = ThrottledError("slow down")
    error.wait = 20
    retry.Spending(Budget(5, 60.0)).pause(error)
    assert 20 <= no_pauses[0] <= 20.1


def test_more_than_the_seconds_is_not_waited_for(no_pauses: list[float]) -> None:
    """A server that asks for more than is left ends the call, and the error says so."""
    error = ThrottledError("slow down")
    error.wait = 61
    with pytest.raises(ThrottledError, match=r"slow down; the server asks to wait 61 s$"):
        retry.Spending(Budget(5, 60.0)).pause(error)
    assert no_pauses == []


def test_the_budget_of_seconds_ends() -> None:
    """No attempt starts after the seconds have gone by."""
    shaky = Shaky({"put": ["fail"] * 9})
    with pytest.raises(ThrottledError):
        Retried(shaky, Budget(5, 0.0)).put("a", b"1")
    assert shaky.calls == 1


def test_other_errors_are_raised_at_once() -> None:
    """An answer is an answer."""
    shaky = Shaky({})
    with pytest.raises(NotFoundError):
        Retried(shaky, BUDGET).get("a")
    assert shaky.calls == 1


def test_a_broken_body_goes_on_where_it_broke() -> None:
    """A body cut in the middle arrives whole, of one version."""
    shaky = Shaky({"cut": ["5"]})
    MemoryEngine.put(shaky, "a", b"0123456789")
    assert b"".join(Retried(shaky, BUDGET).get("a").chunks) == b"0123456789"
    assert shaky.calls == 2


def test_the_callers_own_time_is_not_the_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that breaks goes on, however long the caller was busy with what arrived before."""
    shaky = Shaky({"cut": ["5"]})
    MemoryEngine.put(shaky, "a", b"0123456789")
    chunks = Retried(shaky, Budget(5, 60.0)).get("a").chunks
    first, later = next(chunks), retry.time.monotonic() + 600
    monkeypatch.setattr(retry.time, "monotonic", lambda: later)
    assert first + b"".join(chunks) == b"0123456789"


def test_the_callers_own_time_before_the_first_chunk_is_not_the_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that breaks while nobody reads it is asked for again when somebody does."""
    shaky = Shaky({"cut": ["0"]})
    MemoryEngine.put(shaky, "a", b"0123456789")
    chunks, later = Retried(shaky, Budget(5, 60.0)).get("a").chunks, retry.time.monotonic() + 600
    monkeypatch.setattr(retry.time, "monotonic", lambda: later)
    assert b"".join(chunks) == b"0123456789"


def test_the_own_win_after_a_lost_answer_is_a_success() -> None:
    """The token tells the own object."""
    shaky = Shaky({"put": ["lose"]})
    Retried(shaky, BUDGET).put("a", b"1", if_absent=True, metadata={TOKEN: "mine"})


def test_another_win_after_a_lost_answer_is_a_refusal() -> None:
    """Another's token is another's object."""
    shaky = Shaky({"put": ["fail"]})
    MemoryEngine.put(shaky, "a", b"2", metadata={TOKEN: "theirs"})
    with pytest.raises(AlreadyExistsError):
        Retried(shaky, BUDGET).put("a", b"1", if_absent=True, metadata={TOKEN: "mine"})


def test_a_name_that_was_taken_for_a_moment_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A create that lost is told so, also where the winner's object has gone when its token is asked for."""
    shaky = Shaky({"put": ["fail"]})
    MemoryEngine.put(shaky, "a", b"2", metadata={TOKEN: "theirs"})
    monkeypatch.setattr(shaky, "stat", lambda key: shaky._find(f"no-{key}"))
    with pytest.raises(AlreadyExistsError):
        Retried(shaky, BUDGET).put("a", b"1", if_absent=True, metadata={TOKEN: "mine"})


def test_a_create_that_breaks_on_a_taken_name_is_a_refusal() -> None:
    """A server that refuses while the body is on its way and closes is not asked again: its answer was a refusal."""
    shaky = Shaky({"put": ["drop"] * 9})
    MemoryEngine.put(shaky, "a", b"2", metadata={TOKEN: "theirs"})
    with pytest.raises(AlreadyExistsError, match="taken") as caught:
        Retried(shaky, BUDGET).put("a", b"1", if_absent=True, metadata={TOKEN: "mine"})
    assert (shaky.calls, type(caught.value.__cause__)) == (1, UnreachableError)
    assert caught.value.filename == "memory://key"


def test_a_create_that_breaks_on_a_free_name_is_tried_again() -> None:
    """Nothing is there, so the body is sent again."""
    shaky = Shaky({"put": ["drop", "work"]})
    Retried(shaky, BUDGET).put("a", b"1", if_absent=True, metadata={TOKEN: "mine"})
    assert (shaky.calls, shaky.stat("a").size) == (2, 1)


@pytest.mark.parametrize("if_absent", [False, True])
def test_a_directory_that_goes_away_is_none(if_absent: bool) -> None:
    """A name that is refused as a directory for a moment, with nothing below it, is written at the next attempt."""
    engine = Shaky({"put": ["refuse"]})
    engine.traits = replace(engine.traits, directories_linger=True)
    Retried(engine, BUDGET).put("key", b"body", if_absent=if_absent)
    assert (engine.calls, b"".join(engine.get("key").chunks)) == (3, b"body")


def test_a_directory_that_lingers_too_long_is_told() -> None:
    """Where the name is refused until the budget ends, the error names it and says why; one name below is asked for."""
    engine, asked = Shaky({"put": ["refuse"] * 9}), list[Any]()
    engine.traits = replace(engine.traits, directories_linger=True)
    true = engine.list
    engine.list = lambda prefix, **more: (asked.append((prefix, more["limit"])), true(prefix, **more))[1]  # type: ignore[method-assign, func-returns-value]
    with pytest.raises(ThrottledError, match=r"a directory \(after 5 attempts\)") as caught:
        Retried(engine, BUDGET).put("key", b"body")
    assert (caught.value.filename, asked) == ("memory://key", [("key/", 1)] * 5)


def test_a_listing_that_fails_for_a_moment_is_asked_again() -> None:
    """The look below a name that is refused as a directory has a budget too."""
    engine = Shaky({"put": ["refuse"], "list": ["fail"]})
    engine.traits = replace(engine.traits, directories_linger=True)
    Retried(engine, BUDGET).put("key", b"body")
    assert (engine.calls, b"".join(engine.get("key").chunks)) == (4, b"body")


def test_a_directory_stands_where_none_may_look() -> None:
    """Who may write and not list is told of the directory, and not that a listing is denied."""
    engine = Shaky({"put": ["refuse"], "list": ["deny"]})
    engine.traits = replace(engine.traits, directories_linger=True)
    with pytest.raises(DirectoryError):
        Retried(engine, BUDGET).put("key", b"body")


@pytest.mark.parametrize(
    ("below", "lingers", "calls"), [("key/below", True, 3), ("key/folder/", True, 3), ("elsewhere", False, 2)]
)
def test_a_directory_that_stays_is_refused_at_once(below: str, lingers: bool, calls: int) -> None:
    """Where objects lie below the name, and on servers without that habit, there is nothing to wait for."""
    engine = Shaky({"put": ["work", "refuse"]})
    engine.traits = replace(engine.traits, directories_linger=lingers)
    engine.put(below, b"" if below.endswith("/") else b"body")
    with pytest.raises(DirectoryError):
        Retried(engine, BUDGET).put("key", b"body")
    assert engine.calls == calls


def test_a_completion_whose_answer_was_lost_is_a_success() -> None:
    """An upload that is gone because it arrived is not an error."""
    shaky = Shaky({"complete": ["lose"]})
    Retried(shaky, BUDGET).complete(Upload("a", "one", "mine"), [])
    assert shaky.stat("a").size == 5


def test_a_completion_that_never_arrived_is_an_error() -> None:
    """An upload that another dropped is missing."""
    shaky = Shaky({"complete": ["fail"]})
    shaky._store["one"] = True
    with pytest.raises(NotFoundError):
        Retried(shaky, BUDGET).complete(Upload("a", "one", "mine"), [])


class Told(MemoryEngine):
    """An engine that notes what it is asked for, and answers what was laid down."""

    def __init__(self) -> None:
        super().__init__(Connection(URI.parse(f"memory://retry-{uuid.uuid4().hex}")))
        self.asked: list[Any] = []
        self.answers: dict[str, Any] = {}

    def __getattribute__(self, name: str) -> Any:
        if name not in CALLS:
            return super().__getattribute__(name)

        def noted(*arguments: Any, **more: Any) -> Any:
            self.asked.append((name, arguments, more))
            return self.answers[name]

        return noted


UPLOAD = Upload("key", "one", "mine")
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "put": (("key", b"body"), {"if_absent": True, "if_version": "v", "metadata": {TOKEN: "mine"}}),
    "stat": (("key",), {}),
    "list": (("day/",), {"after": "day/a", "one_level": True, "limit": 7, "follow": False}),
    "copy": (("source", "target"), {}),
    "check_root": ((), {}),
    "make_directory": (("key", False), {}),
    "begin": (("key", {TOKEN: "mine"}), {}),
    "part": ((UPLOAD, 3, b"block"), {}),
    "complete": ((UPLOAD, ["a", "b"]), {}),
    "abort": ((UPLOAD,), {}),
    "close": ((), {}),
}
"""What an engine is asked for, with every argument other than its default."""


@pytest.mark.parametrize("name", CALLS)
def test_every_argument_is_handed_on(name: str) -> None:
    """An engine inside is asked exactly what was asked, and its answer is the answer."""
    engine, (arguments, more) = Told(), CALLS[name]
    engine.answers = {name: object()}
    answer = getattr(Retried(engine, BUDGET), name)(*arguments, **more)
    assert engine.asked == [(name, arguments, more)]
    assert answer is (None if name in ("check_root", "make_directory", "abort", "close") else engine.answers[name])


def test_every_argument_of_a_read_is_handed_on() -> None:
    """So it is with a read, whose body is the engine's."""
    asked: list[Any] = []
    engine = Shaky({})
    engine.put("key", b"0123456789")
    true = engine.get
    engine.get = lambda key, **more: (asked.append((key, more)), true(key, span=more["span"]))[1]  # type: ignore[method-assign, func-returns-value]
    answer = Retried(engine, BUDGET).get("key", span=(2, 5), if_version="v", unless_version="w")
    assert asked == [("key", {"span": (2, 5), "if_version": "v", "unless_version": "w"})]
    assert (b"".join(answer.chunks), answer.length, answer.stat.size) == (b"234", 3, 10)


def test_a_body_that_breaks_gives_its_connection_back_at_once() -> None:
    """What was begun is closed before the rest is asked for, and the rest once it has been read."""
    events: list[str] = []

    class Chunks:
        def __init__(self, name: str, chunks: Iterator[bytes]) -> None:
            self.name, self.chunks = name, chunks

        def __iter__(self) -> Iterator[bytes]:
            return self.chunks

        def close(self) -> None:
            events.append(f"{self.name} closed")

    engine = Shaky({"cut": ["5"]})
    engine.put("key", b"0123456789")
    true = engine.get

    def get(key: str, **more: Any) -> Download:
        answer = true(key, **more)
        name = "rest" if events else "first"
        events.append(f"{name} asked")
        return replace(answer, chunks=Chunks(name, iter(answer.chunks)))  # type: ignore[arg-type]

    engine.get = get  # type: ignore[method-assign]
    assert b"".join(Retried(engine, BUDGET).get("key").chunks) == b"0123456789"
    assert events[:3] == ["first asked", "first closed", "rest asked"]


def test_a_pause_that_ends_with_the_seconds_is_none(monkeypatch: pytest.MonkeyPatch, no_pauses: list[float]) -> None:
    """An attempt that could only start when the seconds are over is not waited for."""
    monkeypatch.setattr(retry.time, "monotonic", lambda: 0.0)
    monkeypatch.setattr(retry.random, "uniform", lambda _, most: most)
    with pytest.raises(ThrottledError):
        retry.Spending(Budget(5, 0.1)).pause(ThrottledError("slow down"))
    retry.Spending(Budget(5, 0.11)).pause(ThrottledError("slow down"))
    assert no_pauses == [0.1]


def test_an_upload_that_is_gone_is_dropped() -> None:
    """To drop what the server has dropped is no error."""
    engine = Shaky({})

    def gone(_: Upload) -> None:
        raise NotFoundError("no such upload")

    engine.abort = gone  # type: ignore[method-assign]
    Retried(engine, BUDGET).abort(UPLOAD)


def test_parts_that_were_dropped_are_told_only_where_nothing_was_lost() -> None:
    """A completion that drops the parts at once may be sent again; after a lost answer its object is asked for."""

    class Dropping(Shaky):
        def _complete(self, upload: Upload) -> str:
            raise PartsDropped("another came first", "memory://key") from ValueError("the driver's")

    with pytest.raises(PartsDropped):
        Retried(Dropping({}), BUDGET).complete(UPLOAD, [])
    engine = Dropping({"complete": ["fail"]})
    MemoryEngine.put(engine, "key", b"theirs", metadata={TOKEN: "theirs"})
    with pytest.raises(StorageError, match="an answer was lost, and then: another came first") as caught:
        Retried(engine, BUDGET).complete(UPLOAD, [])
    told = (type(caught.value), caught.value.filename, type(caught.value.__cause__))
    assert told == (StorageError, "memory://key", ValueError)
    MemoryEngine.put(engine, "key", b"mine", metadata={TOKEN: "mine"})
    engine.script["complete"] = ["fail"]
    assert Retried(engine, BUDGET).complete(UPLOAD, []) == engine.stat("key").version
