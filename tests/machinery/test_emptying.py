"""Removal at S3 servers that refuse half of what is asked, or say what is not so."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from fixtures import anywhere, emptying_s3, raw, witness_http
from fixtures.emptying_s3 import Emptying
from fixtures.endpoint import Endpoint
from fixtures.witness_http import new_pool

ROOT = "noiz-0123456789"
IDENTITY = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


class BadServer(ThreadingHTTPServer):
    """An S3 server with some buckets, and some faults that were seen on others.

    Faults: `no-uploads` (501), `no-versions` (501), `endless-versions` (truncated, without a next marker),
    `fails-at-pages` (500 to a ListObjectsV2 of more than one page), `idle-bulk` (says Deleted and keeps them),
    `silent-bulk` (removes one of them, and says nothing),
    `wants-no-version` (keeps what is deleted by its version null), `breaks-once` (ends the first connection of each
    target), `keeps` (deletes nothing), `cuts-uploads`, `cuts-versions`, `cuts-list-type` (ends the connection of every
    such listing), `busy-once` (503 to the first request of each target), `ends-late` (409 to the first DeleteBucket),
    `idle-end` (204 to DeleteBucket, and keeps it), `hides-buckets` (503 to ListBuckets).
    """

    request_queue_size = 128

    def __init__(self, *faults: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.faults = set(faults)
        self.buckets: dict[str, set[str]] = {}
        self.uploads: set[tuple[str, str]] = set()
        self.broken: set[str] = set()
        self.asked = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet."""


class _Request(BaseHTTPRequestHandler):
    server: BadServer

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = f"{self.command} {self.path}"
        if "breaks-once" in self.server.faults and target not in self.server.broken:
            self.server.broken.add(target)
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        late = "ends-late" in self.server.faults and self.command == "DELETE" and self.path.count("/") == 1
        if (late or "busy-once" in self.server.faults) and target not in self.server.broken:
            self.server.broken.add(target)
            self._answer(409 if late else 503, "<Error><Code>SlowDown</Code></Error>")
            return
        parts = urlsplit(self.path)
        if any(f"cuts-{name}" in self.server.faults for name in parse_qs(parts.query, keep_blank_values=True)):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        _, bucket, *key = unquote(parts.path).split("/", 2)
        status, body = self._act(bucket, key[0] if key else "", parse_qs(parts.query, keep_blank_values=True))
        self._answer(status, body)

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())
        self.close_connection = True

    def _act(self, bucket: str, key: str, query: dict[str, list[str]]) -> tuple[int, str]:
        here, faults = self.server, self.server.faults
        if not bucket and "hides-buckets" in faults:
            return 503, ""
        if not bucket:
            return 200, _document("Bucket", "Name", here.buckets)
        if bucket not in here.buckets:
            return 404, "<Error><Code>NoSuchBucket</Code></Error>"
        if self.command == "GET":
            return self._listing(bucket, query)
        if "keeps" in faults or (self.command == "POST" and "idle-bulk" in faults):
            return 200, "<DeleteResult/>"
        if self.command == "POST" and "silent-bulk" in faults:
            here.asked += 1
            here.buckets[bucket].pop()
            self.connection.recv(1)  # until the client has had enough
        elif self.command == "POST":
            here.buckets[bucket] -= set(re.findall("<Key>(.*?)</Key>", self.body.decode()))
        elif "uploadId" in query:
            here.uploads.discard((key, query["uploadId"][0]))
        elif key and not ("versionId" in query and "wants-no-version" in faults):
            here.buckets[bucket].discard(key)
        elif not key and here.buckets[bucket]:
            return 409, "<Error><Code>BucketNotEmpty</Code></Error>"
        elif not key and "idle-end" not in faults:
            del here.buckets[bucket]
        return 204 if self.command == "DELETE" else 200, ""

    def _listing(self, bucket: str, query: dict[str, list[str]]) -> tuple[int, str]:
        faults, names = self.server.faults, self.server.buckets[bucket]
        these = sorted(name for name in names if name.startswith(query.get("prefix", [""])[0]))
        if "uploads" in query:
            items = "".join(
                f"<Upload><Key>{shown(k)}</Key><UploadId>{u}</UploadId></Upload>" for k, u in self.server.uploads
            )
            return (501, "") if "no-uploads" in faults else (200, f"<R>{items}</R>")
        if "versions" in query:
            more = "<IsTruncated>true</IsTruncated>" if "endless-versions" in faults else ""
            page = _document("Version", "Key", these[:2] if more else these, "<VersionId>null</VersionId>", more)
            return (501, "") if "no-versions" in faults else (200, page)
        if "fails-at-pages" in faults and len(these) > 3:
            return (500, "") if "list-type" in query else (200, _document("Contents", "Key", these[:3]))
        return 200, _document("Contents", "Key", these)


shown = escape


def _document(element: str, field: str, names: Any, more: str = "", rest: str = "") -> str:
    items = "".join(f"<{element}><{field}>{shown(name)}</{field}>{more}</{element}>" for name in names)
    return f'<R xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{items}{rest}</R>'


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked again is asked at once."""
    for module in (anywhere, emptying_s3, witness_http):
        monkeypatch.setattr(module, "PAUSE", 0.0)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[BadServer]:
    """A server with the faults that the test names."""
    bad = BadServer(*getattr(request, "param", ()))
    yield bad
    bad.shutdown()
    bad.server_close()


def endpoint(server: BadServer, root: str = ROOT, prefix: str = "") -> Endpoint:
    """That server as an endpoint that the user named."""
    return Endpoint("s3", "s3", server.url, root, {"owner": IDENTITY}, "bad", "endpoint", (), prefix=prefix)


FAULTS = [
    (),
    ("no-uploads", "no-versions"),
    ("endless-versions",),
    ("idle-bulk", "no-versions"),
    ("idle-bulk", "wants-no-version"),
    ("breaks-once",),
    ("no-versions", "fails-at-pages", "no-uploads"),
    ("cuts-versions",),
    ("busy-once",),
    ("busy-once", "idle-bulk", "no-versions"),
    ("ends-late",),
    ("cuts-versions", "cuts-list-type", "idle-bulk"),
    ("no-uploads", "endless-versions", "idle-bulk", "wants-no-version", "breaks-once"),
]


@pytest.mark.parametrize("server", FAULTS, indirect=True, ids=["-and-".join(each) or "none" for each in FAULTS])
def test_all_is_removed_whatever_is_refused(server: BadServer) -> None:
    """Objects, unfinished uploads and the bucket go, and so do buckets that were made by a write into them."""
    server.buckets = {ROOT: {f"day/{n}" for n in range(7)}, f"{ROOT}-absent-0": {"object"}, "others": {"day/1"}}
    if "no-uploads" not in server.faults:
        server.uploads = {("day/1", "1"), ("day/1", "2")}
    anywhere.remove(endpoint(server))
    assert (server.buckets, server.uploads) == ({"others": {"day/1"}}, set())


@pytest.mark.parametrize("server", [("silent-bulk",)], indirect=True)
def test_a_way_that_is_too_slow_is_left(server: BadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3Proxy 2.6 takes a second for each directory of a bulk deletion; single ones are fast."""
    monkeypatch.setattr(raw, "new_pool", partial(new_pool, silence=0.2))
    server.buckets = {ROOT: {f"day/{n}" for n in range(7)}}
    assert Emptying(endpoint(server)).empty() == ""
    assert (server.buckets, server.asked) == ({ROOT: set()}, 1)


def test_only_what_is_below_the_prefix_goes(server: BadServer) -> None:
    """In a bucket of others their objects and uploads stay, and so do buckets that only begin alike."""
    server.buckets = {"given": {f"{ROOT}/day", f"{ROOT}0", "a"}, f"{ROOT}-others": set()}
    server.uploads = {(f"{ROOT}/day", "1"), ("a", "2")}
    anywhere.remove(endpoint(server, "given", ROOT))
    assert (server.buckets, server.uploads) == ({"given": {f"{ROOT}0", "a"}, f"{ROOT}-others": set()}, {("a", "2")})


@pytest.mark.parametrize("server", [("keeps",)], indirect=True)
def test_what_stays_is_named_with_its_command(server: BadServer) -> None:
    """The bucket, how many things it keeps, and the command that removes them."""
    server.buckets = {"given": {f"{ROOT}/a", f"{ROOT}/b"}}
    with pytest.raises(OSError, match=f"given at {server.url} stays: 2 objects, such as '{ROOT}/a'") as caught:
        anywhere.remove(endpoint(server, "given", ROOT))
    assert str(caught.value).endswith(f"`python -m fixtures.anywhere s3 {server.url} given {ROOT}`")


@pytest.mark.parametrize("server", [("cuts-uploads",)], indirect=True)
def test_a_listing_that_breaks_for_good_keeps_no_object(server: BadServer) -> None:
    """All that can be listed goes; that the rest could not be looked for is said where the bucket stays."""
    server.buckets = {"given": {f"{ROOT}/a"}, ROOT: {"a"}}
    with pytest.raises(OSError, match=r"given at .* stays: unfinished uploads cannot be listed: .*aborted"):
        anywhere.remove(endpoint(server, "given", ROOT))
    anywhere.remove(endpoint(server))
    assert server.buckets == {"given": set()}


@pytest.mark.parametrize("server", [("idle-end",)], indirect=True)
def test_a_bucket_that_only_seems_to_go_is_named(server: BadServer) -> None:
    """It is asked for after its removal."""
    server.buckets = {ROOT: {"a"}}
    with pytest.raises(OSError, match=f"{ROOT} at .* stays: its removal was answered 204, and it is there; remove it"):
        anywhere.remove(endpoint(server))


@pytest.mark.parametrize("server", [("hides-buckets",)], indirect=True)
def test_buckets_that_could_not_be_looked_for_are_told(server: BadServer) -> None:
    """All else goes; how the names of those begin is said."""
    server.buckets = {ROOT: {"a"}, f"{ROOT}-absent-0": set()}
    with pytest.raises(OSError, match=f"^whether {ROOT}-absent-… at {server.url} stay could not be seen: .* 503$"):
        anywhere.remove(endpoint(server))
    assert list(server.buckets) == [f"{ROOT}-absent-0"]


def test_nothing_is_said_where_nothing_was_made(server: BadServer) -> None:
    """A bucket that the server did not let the run make is no bucket that stays."""
    anywhere.remove(endpoint(server))


def test_the_command_removes_it(server: BadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the user's credentials, and what no run made it does not touch."""
    server.buckets = {ROOT: {"day"}, "others": {"a"}}
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["anywhere", "s3", server.url, "others"])
    assert (anywhere.main(), len(server.buckets)) == (1, 2)
    monkeypatch.setattr(sys, "argv", ["anywhere", "s3", server.url, ROOT])
    assert (anywhere.main(), server.buckets) == (0, {"others": {"a"}})


def test_a_bucket_that_was_refused_is_not_looked_for(
    server: BadServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the run noted that the server let it make none, nothing is asked."""
    server.buckets = {ROOT: {"day"}}
    monkeypatch.setattr(sys, "argv", ["anywhere"])
    monkeypatch.setenv("NOIZ_RUN_MADE", str(tmp_path / "made"))
    monkeypatch.setenv("NOIZ_RUN_ENDPOINT", endpoint(server).to_json())
    assert (anywhere.main(), server.buckets) == (0, {ROOT: {"day"}})


def referred(name: str) -> str:
    """A key in the documents of a server that writes references to what XML cannot hold, or the character itself."""
    return escape(name).replace("\x01", "&#x1;").replace("\x02", "&#2;")


@pytest.mark.parametrize("server", [(), ("no-versions", "no-uploads")], indirect=True)
def test_a_key_that_xml_cannot_hold_keeps_no_other(server: BadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the parser refuses is read all the same, and such keys go too."""
    monkeypatch.setitem(globals(), "shown", referred)
    server.buckets = {ROOT: {"day/1", "day\x01/2", "day\x02", "\x03", "\ufffe", "<&>\uffff"}}
    server.uploads = {("day\x01", "1")} if not server.faults else set()
    assert Emptying(endpoint(server)).empty() == ""
    assert (server.buckets, server.uploads) == ({ROOT: set()}, set())


@pytest.mark.parametrize("server", [("idle-bulk", "no-versions")], indirect=True)
def test_a_page_without_keys_is_no_empty_listing(server: BadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no document of S3 leaves open what there is."""
    monkeypatch.setitem(globals(), "_document", lambda *_: "<html><p>busy<br></html>")
    server.buckets = {ROOT: {"day/1"}}
    with pytest.raises(OSError, match="a listing is no XML document"):
        Emptying(endpoint(server)).empty()


def test_names_come_as_they_are(server: BadServer) -> None:
    """Keys with characters of XML and of URLs are removed by their names."""
    server.buckets = {ROOT: {"a b+c%20", "<&>", "ü/", "{x}"}}
    assert Emptying(endpoint(server)).empty() == ""
    assert server.buckets == {ROOT: set()}


class Bucket(ThreadingHTTPServer):
    """A bucket at Google or a container at Azure: a request to each target is refused at first, by `status`."""

    request_queue_size = 128

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Busy)
        self.status, self.names, self.asked = status, {f"{ROOT}/day/{n}" for n in range(3)}, set[str]()
        self.is_there, self.keeps, self.listing = True, False, ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class _Busy(BaseHTTPRequestHandler):
    server: Bucket

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """List what is there."""
        names = sorted(self.server.names)
        items = json.dumps({"items": [{"name": name, "generation": "1"} for name in names]})
        blobs = "".join(f"<Blob><Name>{name}</Name></Blob>" for name in names)
        listing = items if self.path.startswith("/storage") else f"<R>{blobs}</R>"
        self._answer(200 if self.server.is_there else 404, self.server.listing or listing)

    def do_DELETE(self) -> None:
        """Remove an object, or all."""
        key = unquote(urlsplit(self.path).path).partition("/o/")[2] or unquote(urlsplit(self.path).path)[len("/box/") :]
        is_root = urlsplit(self.path).path.endswith(ROOT)
        if f"{self.command} {self.path}" in self.server.asked:
            self.server.names.discard(key)
            self.server.is_there = not is_root or self.server.keeps
        self._answer(204, "")

    def _answer(self, status: int, body: str) -> None:
        target = f"{self.command} {self.path}"
        is_first = target not in self.server.asked
        self.server.asked.add(target)
        self.send_response(self.server.status if is_first else status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body.encode())


AZURE = {"AZURE_STORAGE_ACCOUNT_NAME": "account", "AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0"}


@pytest.mark.parametrize("prefix", [ROOT, ""])
@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(("kind", "identity"), [("gs", {}), ("az", AZURE)])
def test_a_refusal_that_passes_keeps_nothing(kind: str, identity: dict[str, str], status: int, prefix: str) -> None:
    """Listings, deletions and the removal of the bucket itself are asked for again."""
    server = Bucket(status)
    root = "box" if prefix else ROOT
    anywhere.remove(Endpoint(kind, kind, server.url, root, {"owner": identity}, "busy", "endpoint", (), prefix=prefix))
    assert (server.names if prefix else server.is_there) in (set(), False)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("kind", "identity"), [("gs", {}), ("az", AZURE)])
def test_what_only_seems_to_go_is_named(kind: str, identity: dict[str, str]) -> None:
    """It is asked for after its removal."""
    server = Bucket(200)
    server.names, server.keeps = set(), True
    with pytest.raises(OSError, match=r"stays: its removal was answered 20., and it is there"):
        anywhere.remove(Endpoint(kind, kind, server.url, ROOT, {"owner": identity}, "idle", "endpoint", ()))
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("kind", "identity"), [("gs", {}), ("az", AZURE)])
def test_what_cannot_be_listed_is_named(kind: str, identity: dict[str, str]) -> None:
    """Also where a page is none of the API's."""
    server = Bucket(200)
    server.listing = "busy"
    with pytest.raises(
        OSError, match=f"^box at {server.url} stays: .*; remove it by `python -m fixtures.anywhere {kind}"
    ):
        anywhere.remove(Endpoint(kind, kind, server.url, "box", {"owner": identity}, "", "endpoint", (), prefix=ROOT))
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("kind", "identity"), [("s3", IDENTITY), ("gs", {}), ("az", AZURE)])
def test_one_deadline_holds_for_all(kind: str, identity: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is over nothing more is asked, whatever turn it is; what stays is named, and how it goes."""
    server = Bucket(200)
    monkeypatch.setattr(anywhere, "SECONDS", -1.0)
    here = Endpoint(kind, kind, server.url, "box", {"owner": identity}, "", "endpoint", (), prefix=ROOT)
    with pytest.raises(OSError, match=f"box at {server.url} stays: not removed within .* s; remove it by `python -m"):
        anywhere.remove(here)
    with pytest.raises(TimeoutError):
        anywhere.kind(kind).clear(here, time.monotonic() - 1)
    assert server.asked == set()
    server.shutdown()
    server.server_close()
