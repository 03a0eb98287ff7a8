"""What a server cannot keep, show or say is found out once, with the request that tells it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from test_anywhere import Place

from conformance import reasons, sentence
from conformance.behaviour import inapplicable
from fixtures import anywhere, discovery
from fixtures.discovery import Answer
from fixtures.endpoint import CONFLICTS, LONG_NAMES, MARKERS, TOKENS, UPLOADS, Endpoint
from fixtures.raw_az import RawAzure
from fixtures.raw_gs import RawGoogle
from fixtures.raw_s3 import RawS3
from fixtures.site import CannotStartError

LOOKED = "a GET of an absent name of 255 bytes"
BROKEN = Answer(500, {}, b"<Code>InternalError</Code>")


class Root(Place):
    """A place whose bucket is there."""

    def names(self) -> list[str]:
        """Every key."""
        return sorted(self.objects)

    def root(self) -> Answer:
        """There."""
        return Answer(200, {}, b"")


class ShortNames(Root):
    """One that adds to names before it makes files of them."""

    def put(self, key: str, body: bytes) -> Answer:
        """Fail where the file's name would be too long."""
        return BROKEN if len(key) > 200 else super().put(key, body)


class FailsToLook(Root):
    """One that fails to look for a long name, and would end if it were to store one."""

    def get(self, key: str, span: str = "") -> Answer:
        """Look for it."""
        return BROKEN if len(key) > 200 else super().get(key, span)

    def put(self, key: str, body: bytes) -> Answer:
        """Never asked for."""
        raise AssertionError


class Forgets(Root):
    """One that cuts long names."""

    def put(self, key: str, body: bytes) -> Answer:
        """Store it under what is left."""
        return super().put(key[:200], body)


class Falls(Root):
    """One that ends when a name is long, and is up again when it was asked so often."""

    silent = 0
    patience = 2

    def put(self, key: str, body: bytes) -> Answer:
        """End."""
        self.silent = self.patience
        raise ConnectionError("cut")

    def root(self) -> Answer:
        """Still down."""
        self.silent -= 1
        if self.silent >= 0:
            raise ConnectionError("refused")
        return super().root()


class HangsUp(Falls):
    """One that only hangs up."""

    patience = 0


class Dies(Falls):
    """One that stays down."""

    patience = 1000


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers are up again as soon as they can be."""
    monkeypatch.setattr(discovery, "PAUSE", 0.0)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Root, ""),
        (FailsToLook, f"{LOOKED} was answered 500 InternalError; a PUT, which ends some, was not tried"),
        (ShortNames, "a PUT of a name of 255 bytes was answered 500 InternalError"),
        (Forgets, "what a PUT of a name of 255 bytes has stored is not what is read"),
        (Falls, "a PUT of a name of 255 bytes ended the server, which was started again"),
        (HangsUp, "a PUT of a name of 255 bytes was not answered"),
    ],
)
def test_a_long_name_is_tried_once(place: type[Root], reason: str) -> None:
    """Where it is not kept, the reason tells what came of it; a server that falls is waited for."""
    assert discovery._keeps_long_names(cast(Any, place())) == reason


def test_a_server_that_dies_of_a_long_name_is_told() -> None:
    """Nothing can be judged then, and it says of what it died."""
    with pytest.raises(CannotStartError, match="the server ended at a PUT of a name of 255 bytes"):
        discovery._tried(discovery._keeps_long_names, cast(Any, Dies()))


class Tells(Root):
    """One that cannot hold an object beside a prefix of its name, and says which is in the way."""

    refusal = Answer(409, {}, b"")

    def put(self, key: str, body: bytes) -> Answer:
        """Store it where nothing is in the way."""
        below = any(name.startswith(f"{key}/") or key.startswith(f"{name}/") for name in self.objects)
        return self.refusal if below else super().put(key, body)


class Fails(Tells):
    """One that fails instead."""

    refusal = BROKEN


class FailsToRead(Tells):
    """One that fails where an object is looked for below another."""

    def get(self, key: str, span: str = "") -> Answer:
        """Look for it."""
        return BROKEN if any(key.startswith(f"{name}/") for name in self.objects) else super().get(key)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Root, ""),
        (Tells, ""),
        (Fails, "a PUT of way/below was answered 500 InternalError, where way is an object .*"),
        (FailsToRead, "a GET of way/below was answered 500 InternalError, where way is an object .*"),
    ],
)
def test_a_server_that_fails_where_a_name_is_in_the_way_is_found_out(place: type[Root], reason: str) -> None:
    """What is in the way cannot be seen there; the reason tells the request."""
    assert re.fullmatch(reason, discovery._conflicts_are_told(cast(Any, place())))


class Whole(Root):
    """One that shows a body when it has arrived."""

    torn: bytes | None = None
    more: tuple[str, ...] = ()

    @contextmanager
    def put_half(self, key: str, body: bytes) -> Iterator[None]:
        """Show what it shows of the half."""
        self.objects |= {} if self.torn is None else {key: body[: len(body) // 2]}
        self.objects |= dict.fromkeys(self.more, b"")
        yield
        for name in self.more:
            self.objects.pop(name)


class Notes(Whole):
    """One that can all that S3 can, and notes what it is asked to store."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def elsewhere(self) -> Root:
        """A root that nobody made."""
        return Root()

    def put(self, key: str, body: bytes) -> Answer:
        """Note the name."""
        self.asked.append(key)
        return super().put(key, body)

    def uploads(self) -> None:
        """There is no such question."""

    def put_in_parts(self, key: str, bodies: Sequence[bytes]) -> None:
        """No body has to."""

    def put_with_metadata(self, key: str, body: bytes, word: str) -> None:
        """Not tried."""

    def delete_many(self, keys: Sequence[str]) -> None:
        """Not tried."""

    def get_with_false_token(self, key: str) -> None:
        """There are no sessions."""


def test_the_long_name_comes_last() -> None:
    """All that such a server can do, shows and gets wrong is known before it ends."""
    place, here = Notes(), Endpoint("s3", "s3", "http://h", "root", {}, "S", "endpoint", ())
    found = anywhere.proved(here, lambda _: cast(Any, place))
    assert [len(key) for key in place.asked].index(255) == len(place.asked) - 1
    assert LONG_NAMES in found.capabilities


class Torn(Whole):
    """One that stores what arrives under its name."""

    torn = b""


class Temporary(Whole):
    """One that stores it under another name first."""

    more = ("half-0",)


@pytest.mark.parametrize(
    ("place", "bodies", "listings"),
    [
        (Whole, "", ""),
        (Torn, "a PUT of 200000 bytes that was cut half way replaced an object: a GET showed 100000 bytes", ""),
        (Temporary, "", "a listing while a PUT of half was on its way showed half-0"),
    ],
)
def test_halves_are_found_out(place: type[Whole], bodies: str, listings: str) -> None:
    """A body on its way is looked for under its name and under others; what a kind cannot try says nothing."""
    assert discovery._bodies_are_whole(cast(Any, place())) == bodies
    assert discovery._listings_are_whole(cast(Any, place())) == listings


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(403, {}, b""), ""),
        (Answer(400, {}, b"<Code>InvalidToken</Code>"), ""),
        (Answer(200, {}, b""), "a GET with a false session token was answered 200"),
        (Answer(501, {}, b"<Code>NoToken</Code>"), "a GET with a false session token was answered 501 NoToken"),
        (None, ""),
    ],
)
def test_tokens_are_looked_at_where_a_false_one_is_refused_as_such(answer: Answer | None, reason: str) -> None:
    """A server that knows no sessions says nothing about a token."""
    place = Root()
    place.get_with_false_token = lambda _: answer  # type: ignore[attr-defined]
    assert discovery._tokens_are_looked_at(cast(Any, place)) == reason


class Describes(Root):
    """One that keeps what is said of an object, or something else."""

    told: ClassVar[dict[str, str]] = {"x-amz-meta-noiz": "word"}

    def put_with_metadata(self, key: str, body: bytes, word: str) -> Answer:
        """Store it."""
        assert word == "word"
        return self.put(key, body)

    def get(self, key: str, span: str = "") -> Answer:
        """Tell it."""
        return super().get(key, span)._replace(fields=self.told)


class Forgetful(Describes):
    """One that tells nothing."""

    told: ClassVar[dict[str, str]] = {"etag": "1"}


@pytest.mark.parametrize(
    ("place", "reason"), [(Describes, ""), (Forgetful, "a GET does not show the metadata of a PUT")]
)
def test_metadata_that_is_not_kept_is_found_out(place: type[Root], reason: str) -> None:
    """One GET tells."""
    assert discovery._metadata_is_kept(cast(Any, place())) == reason


def test_what_nobody_can_look_at_is_said() -> None:
    """In the sentence where it matters to a user, and with its reason below; tokens go with other credentials."""
    unseen = {UPLOADS: "it was answered 501", CONFLICTS: "it was answered 500", TOKENS: "it was answered 200"}
    endpoint = Endpoint("s3", "s3", "http://h", "root", {}, "S 1", "endpoint", (), unseen=unseen)
    row = SimpleNamespace(behaviour="read.one", cause="", verdict="pass", backend="s3")
    first, _, *told = sentence.judgement(endpoint, {}, cast(Any, {"one": row}), whole=True)
    fails, stay = "it fails where an object is in the way instead of saying so", "uploads that never ended stay"
    assert first.partition("except: ")[2] == f"{fails}; {stay}, and nobody sees them."
    verbs = {UPLOADS: "does not show", CONFLICTS: "lacks", TOKENS: "does not show"}
    assert told == [f"  s3 {verbs[name]} {name}: {why}" for name, why in unseen.items()]


def test_what_needs_to_be_looked_at_does_not_apply_where_it_cannot() -> None:
    """A behaviour that is marked so has the endpoint's reason; where it can be looked at it applies."""
    item = SimpleNamespace(iter_markers=lambda name: [SimpleNamespace(args=(UPLOADS,))] if name == "sees" else [])
    blind = Endpoint("s3", "s3", "http://h", "root", {}, "S 1", "endpoint", (), unseen={UPLOADS: "it was answered 501"})
    assert inapplicable(cast(Any, item), blind) == "s3 does not show uploads: it was answered 501"
    assert inapplicable(cast(Any, item), replace(blind, unseen={TOKENS: "it was answered 200"})) == ""


class Bulk(Root):
    """One that deletes many at once."""

    left: tuple[str, ...] = ()

    def delete_many(self, keys: Sequence[str]) -> Answer:
        """Remove them, and leave what it leaves."""
        for key in keys:
            self.delete(key)
        self.objects |= dict.fromkeys(self.left, b"")
        return Answer(200, {}, b"")


class Marks(Bulk):
    """One that lists a directory when it is empty."""

    left = ("gone/",)


class Directories(Bulk):
    """One that lists directories."""

    def names(self) -> list[str]:
        """Every key, and all that they lie below."""
        return sorted({*self.objects, *(name.rpartition("/")[0] + "/" for name in self.objects)})


def test_directories_among_objects_are_found_out() -> None:
    """They are told before anything is deleted."""
    told = discovery.faults(cast(Any, Directories()))[MARKERS]
    assert told == "lists gone/ beside gone/a, though nobody wrote it (a GET is answered 404)"


def test_markers_of_a_bulk_deletion_are_found_out() -> None:
    """What nobody wrote is told, and removed; where nothing is left there is no fault."""
    place = Marks()
    assert discovery.faults(cast(Any, place))[MARKERS].startswith("lists gone/ when DeleteObjects has removed gone/a")
    assert place.objects == {}
    assert discovery.faults(cast(Any, Bulk())) == {}


@pytest.mark.parametrize(
    "told", ["assert ['day/', 'other'] == ['other']", "KeyError: 'day/'", "still lists 'all/0/', 'all/1/' (after 3)"]
)
def test_failures_that_show_a_fault_are_one(told: str) -> None:
    """Names that nobody wrote stand in each; others have causes of their own."""
    faults = {MARKERS: "lists gone/"}
    assert reasons.cause([], AssertionError(told), faults) == "the server lists gone/"
    assert reasons.cause([], AssertionError(told.replace("/'", "'")), faults) == ""
    assert reasons.cause([], AssertionError(told)) == ""


SLOW_DOWN = Answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")


class Throttles(Whole):
    """One that refuses a request now and then, and does the next one."""

    turn = 0
    every = 5

    def refuses(self) -> bool:
        """Whether it is time to."""
        self.turn += 1
        return self.turn % self.every == 0

    def put(self, key: str, body: bytes) -> Answer:
        """Store it, or not now."""
        return SLOW_DOWN if self.refuses() else super().put(key, body)

    def get(self, key: str, span: str = "") -> Answer:
        """Read it, or not now."""
        if self.refuses():
            return SLOW_DOWN
        found = super().get(key, span)
        first, last = map(int, span.split("-")) if span else (0, len(found.body))
        fields = {"etag": str(found.body), "x-amz-meta-noiz": "word"}
        return Answer(206 if span else found.status, fields, found.body[first : last + 1])

    def put_with_metadata(self, key: str, body: bytes, word: str) -> Answer:
        """Store it, or not now."""
        return self.put(key, body)


_QUESTIONS = [check for name, check in discovery._CHECKS.items() if name != "roots" and name != "multipart"]
_QUESTIONS += [
    discovery._keeps_long_names,
    discovery._bodies_are_whole,
    discovery._metadata_is_kept,
    discovery._conflicts_are_told,
]
_NEED_A_GET = [check for check in _QUESTIONS if check not in (discovery._lists, discovery._metadata_is_kept)]


@pytest.mark.parametrize("every", range(2, 6))
@pytest.mark.parametrize("check", _QUESTIONS, ids=lambda check: check.__name__)
def test_a_refusal_that_passes_says_nothing(check: Any, every: int) -> None:
    """What a throttled server does is asked again: its answer is no content, and no lack."""
    place = Throttles()
    place.every = every
    assert discovery._tried(check, cast(Any, place)) == ""


class Stalled(Whole):
    """One that is always throttled."""

    def get(self, key: str, span: str = "") -> Answer:
        """Not now."""
        return SLOW_DOWN


@pytest.mark.parametrize("check", _NEED_A_GET, ids=lambda check: check.__name__)
def test_a_refusal_that_does_not_pass_is_told_as_one(check: Any) -> None:
    """Where nothing could be found out, the reason is the answer, and nobody is said to have lost data."""
    assert "answered 503 SlowDown" in discovery._tried(check, cast(Any, Stalled()))


class Gone(Whole):
    """One whose bucket is gone."""

    def put(self, key: str, body: bytes) -> Answer:
        """There is nowhere to store it."""
        return Answer(404, {}, b"<Code>NoSuchBucket</Code>")


class Loses(Whole):
    """One that drops an object when the body that is to replace it is cut."""

    @contextmanager
    def put_half(self, key: str, body: bytes) -> Iterator[None]:
        """Drop it."""
        yield
        self.objects.pop(key)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Gone, "a PUT of half was answered 404 NoSuchBucket"),
        (Loses, "a PUT of 200000 bytes that was cut half way replaced an object: a GET was answered 404"),
    ],
)
def test_what_is_not_there_is_no_half(place: type[Root], reason: str) -> None:
    """Only what a GET returns counts as a body; an object that goes is told as gone."""
    assert discovery._tried(discovery._bodies_are_whole, cast(Any, place())) == reason


class Cut(Root):
    """One whose connection breaks at every bulk deletion."""

    def delete_many(self, keys: Sequence[str]) -> Answer:
        """Break."""
        raise ConnectionError("cut")


def test_nothing_learnt_is_no_fault() -> None:
    """A line that breaks each time says nothing about what a server leaves."""
    assert discovery.faults(cast(Any, Cut())) == {}


KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
PLACES = {
    "s3": (RawS3, KEYS),
    "gs": (RawGoogle, {}),
    "az": (RawAzure, {"AZURE_STORAGE_ACCOUNT_NAME": "account", "AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0"}),
}
"""Kind → how it is asked, and by whose credentials."""


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("kind", PLACES)
def test_a_witness_that_cannot_list_ends_nothing(kind: str, status: int) -> None:
    """Its own errors become the reason, and no fault; 200 comes with a page that is none of the API's."""
    server = HTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), {"status": status}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    raw, identity = PLACES[kind]
    url = f"http://127.0.0.1:{server.server_address[1]}"
    owner = raw(Endpoint(kind, kind, url, "root", {"owner": identity}, "S 1", "endpoint", ()), "key", "owner")
    told = discovery._tried(lambda each: str(each.names()), cast(Any, owner))
    assert told.startswith("a listing was refused: ")
    assert discovery._tried(discovery._takes_parts, cast(Any, owner)) != ""
    server.shutdown()
    server.server_close()


class _Answers(BaseHTTPRequestHandler):
    """Says the same to everything."""

    status = 200

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Say it."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("Content-Length", "4")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"busy")

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815
