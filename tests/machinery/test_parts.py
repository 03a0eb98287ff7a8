"""The parts that behaviours are written with: options, the subject's names, costs and other processes."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from conformance.costs import Costs
from conformance.options import chosen_backends, named_endpoints
from conformance.process import in_child, in_processes
from conformance.subject import Subject, SubjectFailed
from fixtures.channel import Channel, Request
from fixtures.provision import WEB


def test_backends_are_chosen_once_in_the_order_of_reports() -> None:
    """The option may be repeated, hold commas, and say all."""
    assert chosen_backends(["minio,memory", "memory"]) == ("memory", "minio")
    assert chosen_backends(["all"]) == (
        "memory",
        "local",
        "moto",
        "minio",
        "versitygw",
        "ceph",
        "azurite",
        "gcs",
        "ftp",
        "ftps",
        *WEB,
    )


def test_an_endpoint_without_a_name_belongs_to_the_only_backend() -> None:
    """--endpoint-url=URL is enough where one backend is chosen."""
    assert named_endpoints(["http://h:1/?a=b"], ["minio"]) == {"minio": "http://h:1/?a=b"}
    assert named_endpoints(["minio=http://h:1/"], ["moto", "minio"]) == {"minio": "http://h:1"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("http://h", "say for which backend"),
        ("azurite=http://h", "'azurite' is not among"),
        ("minio=http://user:word@h", "holds credentials"),
        ("minio=HTTP://user:word@h", "holds credentials"),
        ("minio=user:word@h", "holds credentials"),
        ("user:word@h", "holds credentials"),
    ],
)
def test_a_senseless_endpoint_is_refused(text: str, complaint: str) -> None:
    """The complaint says what is missing or too much, and repeats no password."""
    with pytest.raises(pytest.UsageError, match=complaint) as caught:
        named_endpoints([text], ["moto", "minio"])
    assert "word" not in str(caught.value)


@pytest.fixture
def subject() -> Iterator[Subject]:
    """A subject whose `io` is a module of its own and whose path helpers lie at its top."""
    module, part = types.ModuleType("a_layer"), types.ModuleType("a_layer.io")
    vars(module).update(io=part, save_numpy="outer", file_exists="outer", __path__=[])
    vars(part).update(save_numpy="inner")
    sys.modules.update({"a_layer": module, "a_layer.io": part})
    yield Subject("a_layer")
    del sys.modules["a_layer"], sys.modules["a_layer.io"]


def test_a_name_is_looked_up_in_its_part_first(subject: Subject) -> None:
    """`subject.io.save_numpy` is the one of the part where both are offered."""
    assert subject.io.save_numpy == "inner"


def test_a_name_at_the_top_serves_every_part(subject: Subject) -> None:
    """`subject.path_helpers.file_exists` is found at the top of a subject without that part."""
    assert subject.path_helpers.file_exists == "outer"


def test_a_missing_name_is_the_subjects_failure(subject: Subject) -> None:
    """Asking for what is not offered fails with the subject's and the name's names."""
    with pytest.raises(SubjectFailed, match=r"the subject a_layer offers no io\.load_numpy"):
        subject.io.load_numpy  # noqa: B018 (the look-up is what is tested)


@dataclass
class Counting:
    """A file system and a wire that count what `send` sends."""

    requests: Any = field(default_factory=Counter)
    sent: list[Request] = field(default_factory=list)

    @property
    def meter(self) -> Counting:
        """Itself: it has `requests`."""
        return self

    def send(self, *kinds: str, metered: bool = True) -> None:
        """Send one request of each kind."""
        self.requests.update(kinds if metered else ())
        self.sent += [Request(kind, "GET", f"/root/{kind}", 200, 0, 0) for kind in kinds]


@dataclass
class Wire:
    """The channel that a `Counting` sends through."""

    source: Counting

    def requests(self) -> list[Request]:
        """Everything sent."""
        return list(self.source.sent)


@pytest.fixture
def layer() -> Counting:
    """A layer that has sent something before."""
    made = Counting()
    made.send("list")
    return made


@pytest.fixture
def costs(layer: Counting) -> Costs:
    """Costs of that layer on its wire."""
    return Costs(cast("Channel", Wire(layer)), layer)


def test_the_exact_cost_passes(layer: Counting, costs: Costs) -> None:
    """What was sent before does not count."""
    with costs(read=2, head=1):
        layer.send("read", "head", "read")


def test_one_request_more_fails_and_is_shown(layer: Counting, costs: Costs) -> None:
    """The failure tells what was counted where, and lists the requests."""
    with pytest.raises(pytest.fail.Exception) as caught, costs(read=1):
        layer.send("head", "read")
    text = str(caught.value)
    assert text.startswith("costs 1 read, 1 head on the wire, 1 read, 1 head by the library's meter instead of 1 read")
    assert "head     GET /root/head -> 200" in text


def test_a_meter_that_misses_a_request_fails(layer: Counting, costs: Costs) -> None:
    """The library's own count must agree with the wire."""
    with pytest.raises(pytest.fail.Exception, match="costs nothing by the library's meter"), costs(read=1):
        layer.send("read", metered=False)


def test_without_a_wire_the_meter_alone_decides(layer: Counting) -> None:
    """On memory and local the library's count is all there is."""
    with Costs(None, layer)(write=1):
        layer.send("write")


def test_an_unknown_kind_is_refused(costs: Costs) -> None:
    """A misspelt kind is no cost of 0."""
    with pytest.raises(ValueError, match="get"), costs(get=1):
        pass


def test_an_error_inside_is_not_hidden_by_its_cost(costs: Costs) -> None:
    """What the body raises is what the test fails with."""
    with pytest.raises(KeyError), costs(read=1):
        raise KeyError("x")


def double(number: int, word: str) -> str:
    """What a process is asked to do."""
    print("noise on standard output does no harm")
    return f"{word}{number}{os.environ['A_WORD']}"


def fail(number: int) -> None:
    """What a process may fail with."""
    raise FileExistsError(17, "taken", str(number))


def die(number: int) -> None:
    """How a process ends without an answer."""
    os._exit(3 + number)


def test_processes_answer_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process gets its number and the arguments, and has the environment of the test."""
    monkeypatch.setenv("A_WORD", "!")
    assert in_processes(double, 2, "w") == ["w0!", "w1!"]


def test_an_exception_in_a_process_stands_for_its_answer() -> None:
    """What the function raised comes back with class, errno and filename."""
    (error,) = in_processes(fail, 1)
    assert (type(error), error.errno, error.filename) == (FileExistsError, 17, "0")


def test_a_process_that_dies_is_an_error() -> None:
    """No answer is never taken for one."""
    with pytest.raises(RuntimeError, match="status 3"):
        in_processes(die, 1)


def hang() -> None:
    """How a process never ends."""
    threading.Event().wait()


def hang_at_the_exit() -> None:
    """How a process answers, and never ends."""
    atexit.register(hang)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_child_answers(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """A child of any kind has the environment of the test, and its answer comes back."""
    monkeypatch.setenv("A_WORD", "!")
    assert in_child(method, double, 0, "w") == "w0!"


@pytest.mark.parametrize("method", ["fork", "forkserver"])
@pytest.mark.parametrize("never_ends", [hang, hang_at_the_exit])
def test_a_child_that_hangs_tells_where(method: str, never_ends: Any) -> None:
    """A child that does not answer, or does not end, is ended, and the stacks of its threads are told."""
    in_child(method, double, 0, "w")  # the first child of a kind waits for imports, however long they take
    with pytest.raises(RuntimeError, match="in hang"):
        in_child(method, never_ends, seconds=4)
