"""The HTTP engine against servers with odd manners: what it sends, to whom, and what it makes of the answers."""

from __future__ import annotations

import base64
import gc
import os
import ssl
import tempfile
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures import certificates
from noiz_storage import NoizFileSystem, errors, get_filesystem, reset_filesystem
from noiz_storage.config import Storage
from noiz_storage.engines import Connection, NotModified
from noiz_storage.engines.http import MOST_REDIRECTS, HttpEngine
from noiz_storage.meter import Meter, Metered
from noiz_storage.uri import URI
from tests.scripted_server import ScriptedServer, TlsServer

BASIC = {"username": "owner", "password": "secret:word"}
BEARER = {"token": "secret.token"}
SENT = {"Basic": base64.b64encode(b"owner:secret:word").decode(), "Bearer": "secret.token"}
LARGE = 2 * 1024**2
"""A third of an object larger than the smallest block, which a reader does not take whole at once (bytes)."""


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """`serve()` starts a server, `serve(directory)` one with the certificates of a directory."""
    running: list[ScriptedServer] = []

    def start(directory: Path | None = None) -> ScriptedServer:
        running.append(TlsServer(directory) if directory else ScriptedServer())
        return running[-1]

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a server's certificate, its authority's, and another authority's."""
    return certificates.make(tmp_path_factory.mktemp("tls") / "certificates")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests names no proxy."""
    for variable in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)


def answer(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """The bytes of a whole answer."""
    told = f"Content-Length: {len(body) if length is None else length}"
    return "\r\n".join([f"HTTP/1.1 {status} Word", told, *headers, "", ""]).encode() + body


def chunked(*chunks: bytes, headers: tuple[str, ...] = (), end: bytes = b"0\r\n\r\n") -> bytes:
    """The bytes of an answer that tells no length; its connection is not kept."""
    head = "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Connection: close", *headers, "", ""])
    return head.encode() + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def part(body: bytes, content_range: str, *headers: str) -> bytes:
    """An answer that calls itself a range."""
    return answer(206, body, f"Content-Range: bytes {content_range}", *headers)


def engine(server: ScriptedServer, **credentials: str) -> HttpEngine:
    """An engine of the files below the server's root."""
    return HttpEngine(Connection(URI.parse(server.url), "", credentials, timeout=5))


def storage(server: ScriptedServer) -> NoizFileSystem:
    """A filesystem of the files below the server's root."""
    base = URI.parse(server.url)
    return NoizFileSystem(server.url, block_size=5 * 1024**2, storage=Storage("given", base))


def body_of(reached: HttpEngine, key: str = "object", **options: Any) -> bytes:
    """What a read returns."""
    return b"".join(reached.get(key, **options).chunks)


def requests(server: ScriptedServer) -> list[str]:
    """Method and target of every request."""
    return [" ".join(seen.decode("latin-1").split(" ")[:2]) for seen in server.script.seen]


def header(server: ScriptedServer, name: str) -> list[str]:
    """What each request has for one header; an empty text where it has none."""
    lines = [seen.decode("latin-1").split("\r\n") for seen in server.script.seen]
    found = [[line.partition(": ")[2] for line in head if line.lower().startswith(f"{name}: ")] for head in lines]
    return ["".join(values) for values in found]


@pytest.mark.parametrize("credentials", [BASIC, BEARER], ids=["basic", "bearer"])
@pytest.mark.parametrize("method", ["get", "stat"])
def test_credentials_go_to_the_own_server_only(
    serve: Callable[..., ScriptedServer], credentials: dict[str, str], method: str
) -> None:
    """They are sent with every request to the storage's own host and port, and with none that a redirect sends on."""
    own, other = serve(), serve()
    own.script.answers = {
        "/object": answer(302, b"", "Location: /moved"),
        "/moved": answer(302, b"", f"Location: {other.url}/object"),
    }
    other.script.answers = {"/object": answer(200, b"body")}
    getattr(engine(own, **credentials), method)("object")
    kind = "Basic" if "username" in credentials else "Bearer"
    assert header(own, "authorization") == [f"{kind} {SENT[kind]}"] * 2
    assert header(other, "authorization") == [""]


def test_login_of_a_redirect_is_not_used(serve: Callable[..., ScriptedServer]) -> None:
    """A login that stands in a redirect's address is left out."""
    own, other = serve(), serve()
    own.script.answers = {"/object": answer(302, b"", f"Location: {other.url.replace('//', '//user:pw@')}/object")}
    other.script.answers = {"/object": answer(200, b"body")}
    assert (body_of(engine(own)), header(other, "authorization")) == (b"body", [""])


@pytest.mark.parametrize("method", ["get", "stat"])
def test_redirect_from_https_to_http_is_refused(serve: Callable[..., ScriptedServer], tls: Path, method: str) -> None:
    """From https nothing is followed to http, on the same host neither, and nothing is sent there."""
    secure, plain = serve(tls), serve()
    secure.script.answers = {"/object": answer(307, b"", f"Location: {plain.url}/object")}
    reached = engine(secure, ca_file=str(tls / certificates.AUTHORITY), **BEARER)
    with pytest.raises(errors.UnsupportedError, match="from https to http"):
        getattr(reached, method)("object")
    assert (len(secure.script.seen), plain.script.seen) == (1, [])


def test_redirects_end(server: ScriptedServer) -> None:
    """A loop of redirects is an error after the limit that is not tried again, and each is counted."""
    server.script.answers = {"/object": answer(302, b"", "Location: /object")}
    fs = storage(server)
    with pytest.raises(errors.StorageError, match=f"redirected {MOST_REDIRECTS + 1} times") as caught:
        fs.read("object")
    assert (caught.value.retriable, len(server.script.seen)) == (False, MOST_REDIRECTS + 1)
    assert fs.meter.requests == {"read": 1, "redirect": MOST_REDIRECTS}


@pytest.mark.parametrize("location", ["", "ftp://host/object", "mailto:user", "http://host:port/"])
def test_redirect_to_no_address_is_refused(server: ScriptedServer, location: str) -> None:
    """A redirect that leads to no file of a web server is an error that is not tried again."""
    server.script.answers = {"/object": answer(302, b"", f"Location: {location}")}
    with pytest.raises(errors.StorageError) as caught:
        engine(server).get("object")
    assert (caught.value.retriable, len(server.script.seen)) == (False, 1)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/a b", "/a%20b"),
        ("/caf\u00e9", "/caf%C3%A9"),
        ("/a%2Fb", "/a%2Fb"),
        ("b?x=1&y=/", "/b?x=1&y=/"),
        ("/a#b", "/a"),
    ],
)
def test_redirect_is_followed_as_it_is_spelled(server: ScriptedServer, location: str, target: str) -> None:
    """An address is sent as the server spelled it; what may not stand in a request is encoded first."""
    redirect = answer(302, b"", f"Location: {location}").decode().encode()
    server.script.answers = {"/object": redirect, target: answer(200, b"body")}
    assert body_of(engine(server)) == b"body"
    assert requests(server)[1] == f"GET {target}"


def test_unknown_authority_is_untrusted(serve: Callable[..., ScriptedServer], tls: Path) -> None:
    """A certificate of an unknown authority, or of another than is trusted, is refused by the variable to set."""
    server = serve(tls)
    for given in ({}, {"ca_file": str(tls / certificates.STRANGER)}):
        with pytest.raises(errors.UntrustedError, match="STORAGE_HTTP_CA_FILE") as caught:
            engine(server, **BASIC, **given).get("object")
        assert isinstance(caught.value.__cause__.__cause__, ssl.SSLCertVerificationError)  # type: ignore[union-attr]
    assert (caught.value.retriable, server.script.seen) == (False, [])


def test_own_authority_is_trusted(serve: Callable[..., ScriptedServer], tls: Path) -> None:
    """With its authority's certificate a server is trusted."""
    server = serve(tls)
    server.script.answers = {"/object": answer(200, b"body")}
    assert body_of(engine(server, ca_file=str(tls / certificates.AUTHORITY))) == b"body"


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "no-certificate"])
def test_wrong_authority_file_is_refused(server: ScriptedServer, tmp_path: Path, kind: str) -> None:
    """A file that is no PEM file of certificates is refused by its name before anything is sent."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "no-certificate").write_text("certificate")
    with pytest.raises(errors.ConfigurationError, match="STORAGE_HTTP_CA_FILE") as caught:
        engine(server, ca_file=str(tmp_path / kind))
    assert (caught.value.filename, server.script.seen) == (str(tmp_path / kind), [])


@pytest.mark.parametrize(
    "credentials",
    [
        {"password": "hidden"},
        {"username": "hidden", "token": "hidden"},
        {"token": "hidden\n"},
        {"username": "a", "password": "hidden\r\nHost: b"},
        {"username": "hid:den", "password": "hidden"},
    ],
    ids=["no-user", "both", "line-end", "second-header", "colon"],
)
def test_unusable_credentials_are_refused(server: ScriptedServer, credentials: dict[str, str]) -> None:
    """Credentials that no header can carry are refused unseen before anything is sent."""
    with pytest.raises(errors.ConfigurationError) as caught:
        engine(server, **credentials)
    assert ("hid" in str(caught.value), server.script.seen) == (False, [])


@pytest.mark.parametrize("status", [405, 501])
def test_refused_head_becomes_a_get(server: ScriptedServer, status: int) -> None:
    """Where HEAD is refused, one GET tells size and version, and both are counted."""
    server.script.answers = {"HEAD /object": answer(status), "/object": answer(200, b"body", 'ETag: "1"')}
    fs = storage(server)
    stat = fs.stat("object")
    assert (stat.size, stat.version, requests(server)) == (4, '"1"', ["HEAD /object", "GET /object"])
    assert fs.meter.requests == {"head": 1, "read": 1}


def test_refused_head_of_nothing(server: ScriptedServer) -> None:
    """What is not there is not there by GET too."""
    server.script.answers = {"HEAD /object": answer(405), "/object": answer(404)}
    assert storage(server).exists("object") is False


LENGTHLESS_HEAD = b'HTTP/1.1 200 OK\r\nETag: W/"1"\r\nConnection: close\r\n\r\n'


def test_size_of_a_body_without_a_length(server: ScriptedServer) -> None:
    """Where neither HEAD nor GET tells a length, the bytes of one GET are counted; the version is that of a read."""
    server.script.answers = {
        "HEAD /object": LENGTHLESS_HEAD,
        "/object": chunked(b"a" * 70_000, b"b" * 30_000, headers=('ETag: W/"1"',)),
    }
    reached = engine(server)
    stat = reached.stat("object")
    assert (stat.size, requests(server)) == (100_000, ["HEAD /object", "GET /object"])
    assert reached.get("object").stat == stat
    assert storage(server).exists("object") is True


def test_size_that_only_get_tells(server: ScriptedServer) -> None:
    """Where GET tells the length, its body is left."""
    server.script.answers = {"HEAD /object": LENGTHLESS_HEAD, "/object": answer(200, b"body")}
    assert storage(server).stat("object").size == 4


def test_body_without_a_length(server: ScriptedServer) -> None:
    """A chunked body is read whole, in a range, and to its end; a range past the end is RangeError."""
    server.script.answers = {"/object": chunked(b"01234", b"56789")}
    fs = storage(server)
    with fs.open("object") as stream:
        assert (stream.seek(-3, os.SEEK_END), stream.read()) == (7, b"789")
    assert (fs.read("object"), fs.read("object", 3, 4), fs.read("object", 8, 9)) == (b"0123456789", b"3456", b"89")
    assert fs.read("object", 4) == b"456789"
    with pytest.raises(errors.RangeError):
        fs.read("object", 10)


@pytest.mark.parametrize("method", ["get", "stat"])
def test_body_without_a_length_cut_short(server: ScriptedServer, method: str) -> None:
    """A chunked body without its last chunk is no whole one."""
    server.script.answers = {"HEAD /object": LENGTHLESS_HEAD, "/object": chunked(b"01234", end=b"")}
    with pytest.raises(errors.UnreachableError):
        getattr(engine(server), method)("object")


def test_body_that_only_ends_is_refused(server: ScriptedServer) -> None:
    """A body without a length that is not chunked is refused: cut short, it would look whole."""
    server.script.answers = {"/object": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody"}
    with pytest.raises(errors.UnsupportedError, match="length"):
        engine(server).get("object")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "x-gzip", "gzip, gzip"])
@pytest.mark.parametrize("method", ["get", "stat"])
def test_compression_on_the_way_is_refused(server: ScriptedServer, method: str, coding: str) -> None:
    """A body that the server compressed though it was asked not to is refused."""
    server.script.answers = {"/object": answer(200, b"body", f"Content-Encoding: {coding}")}
    with pytest.raises(errors.UnsupportedError, match="compresses"):
        getattr(engine(server), method)("object")
    assert header(server, "accept-encoding") == ["identity"]


def test_file_that_is_stored_compressed(server: ScriptedServer) -> None:
    """A file whose name says that it is compressed comes as it is stored."""
    server.script.answers = {"/a.gz": answer(200, b"\x1f\x8b", "Content-Encoding: x-gzip")}
    assert body_of(engine(server), "a.gz") == b"\x1f\x8b"


@pytest.mark.parametrize(
    "sent",
    [
        part(b"23", "2-3/10"),
        part(b"345", "3-5/10"),
        part(b"2345", "2-5/*"),
        part(b"23456789", "2-5/10"),
        part(b"23", "2-5/10"),
        answer(206, b"2345"),
        answer(206, b"--x", "Content-Type: multipart/byteranges; boundary=x"),
    ],
    ids=["shorter", "later", "unknown-size", "longer-than-told", "shorter-than-told", "nameless", "multipart"],
)
def test_other_range_than_asked_is_no_answer(server: ScriptedServer, sent: bytes) -> None:
    """An answer that is not the range that was asked for is CorruptedError, never other bytes."""
    server.script.answers = {"/object": sent}
    with pytest.raises(errors.CorruptedError):
        engine(server).get("object", span=(2, 6))
    assert len(server.script.seen) == 1


@pytest.mark.parametrize(
    "sent",
    [part(b"123456", "1-6/10"), answer(200, b"0123456789"), part(b"2345", "2-5/10", 'ETag: "1"')],
    ids=["wider", "whole", "exact"],
)
def test_range_is_cut_out(server: ScriptedServer, sent: bytes) -> None:
    """Of an answer that holds more than the range, the range is returned."""
    server.script.answers = {"/object": sent}
    assert body_of(engine(server), span=(2, 6)) == b"2345"


def test_large_body_without_a_validator(server: ScriptedServer) -> None:
    """What no version names is read by one GET, also after a jump, though the object changes meanwhile."""
    server.script.answers = {"/object": answer(200, b"old" * LARGE, "Accept-Ranges: bytes")}
    fs = storage(server)
    with fs.open("object") as stream:
        head = stream.read(3)
        server.script.answers = {"/object": answer(200, b"new" * LARGE)}
        stream.seek(3 * LARGE - 3)
        assert (head, stream.read(), len(server.script.seen)) == (b"old", b"old", 1)
    assert (fs.stat("object").version, fs.read("object", 0, 3)) == ("", b"new")


def test_large_body_with_a_weak_tag(server: ScriptedServer) -> None:
    """A weak ETag pins nothing: no request for the rest carries it, and one GET takes the body."""
    server.script.answers = {"/object": answer(200, b"old" * LARGE, 'ETag: W/"1"', "Accept-Ranges: bytes")}
    with storage(server).open("object") as stream:
        head = stream.read(3)
        server.script.answers = {"/object": answer(200, b"new" * LARGE, 'ETag: W/"1"')}
        assert (head + stream.read() == b"old" * LARGE) is True
    assert (header(server, "if-match"), len(server.script.seen)) == ([""], 1)


MODIFIED = "Last-Modified: Mon, 23 Nov 2020 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "asked"),
    [(('ETag: "1"',), '"1"'), (('ETag: W/"1"', MODIFIED), 'W/"1"'), (('ETag: W/"1"',), 'W/"1"'), ((MODIFIED,), "")],
    ids=["strong", "weak-and-time", "weak", "time"],
)
@pytest.mark.parametrize("obeys", [True, False], ids=["304", "condition-ignored"])
def test_what_has_not_changed_is_not_sent_again(
    server: ScriptedServer, headers: tuple[str, ...], asked: str, obeys: bool
) -> None:
    """A read unless a version is still there ends in NotModified, whatever the version is made of, by one request."""
    server.script.answers = {"/object": answer(200, b"body", *headers)}
    reached = engine(server)
    version = reached.stat("object").version
    server.script.answers = {
        "/object": answer(304, b"", *headers) if obeys and asked else answer(200, b"body", *headers)
    }
    with pytest.raises(NotModified):
        reached.get("object", unless_version=version)
    assert header(server, "if-none-match") == ["", asked]


def test_what_has_changed_is_read(server: ScriptedServer) -> None:
    """A weak ETag that stayed is no proof where the size or the time beside it did not."""
    server.script.answers = {"/object": answer(200, b"longer", 'ETag: W/"1"', MODIFIED)}
    assert body_of(engine(server), unless_version='W/"1" Mon, 23 Nov 2020 10:00:00 GMT 4') == b"longer"


@pytest.mark.parametrize("obeys", [True, False], ids=["412", "condition-ignored"])
def test_large_body_with_a_strong_tag(server: ScriptedServer, obeys: bool) -> None:
    """A jump asks for the version that was opened; another one is VersionChangedError, whatever the server says."""
    server.script.answers = {"/object": answer(200, b"old" * LARGE, 'ETag: "1"', "Accept-Ranges: bytes")}
    with storage(server).open("object") as stream:
        head = stream.read(3)
        other = part(b"new", f"{3 * LARGE - 3}-{3 * LARGE - 1}/{3 * LARGE}", 'ETag: "2"')
        server.script.answers = {"/object": answer(412) if obeys else other}
        stream.seek(3 * LARGE - 3)
        with pytest.raises(errors.VersionChangedError):
            stream.read()
    assert (head, header(server, "if-match")) == (b"old", ["", '"1"'])


def test_not_modified_is_an_answer_to_its_question_only(server: ScriptedServer) -> None:
    """304 is NotModified where the version was named, and an error where nobody asked."""
    server.script.answers = {"/object": b"HTTP/1.1 304 Not Modified\r\n\r\n"}
    with pytest.raises(NotModified):
        engine(server).get("object", unless_version='"1"')
    with pytest.raises(errors.StorageError, match="304"):
        engine(server).get("object")


@pytest.mark.parametrize(
    "name", ["100%", "%20", "a#b", "a?b=c", "a b", "caf\u00e9/\u65e5\u672c", "a+b", "a;b", "a%2Fb", "~a'(b)", 'a"b<c>']
)
def test_names_are_literal(server: ScriptedServer, name: str) -> None:
    """A name is percent-encoded on the wire, once, and is one path there."""
    server.script.answers = {f"/{urllib.parse.quote(name)}": answer(200, b"body")}
    assert body_of(engine(server), name) == b"body"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, errors.StorageError),
        (400, errors.StorageError),
        (401, errors.AccessDeniedError),
        (403, errors.AccessDeniedError),
        (404, errors.NotFoundError),
        (407, errors.AccessDeniedError),
        (408, errors.DeadlineError),
        (410, errors.NotFoundError),
        (412, errors.VersionChangedError),
        (414, errors.InvalidNameError),
        (416, errors.RangeError),
        (429, errors.ThrottledError),
        (500, errors.ServerError),
        (503, errors.ThrottledError),
        (507, errors.ServerError),
    ],
)
@pytest.mark.parametrize("method", ["get", "stat"])
def test_refusals(server: ScriptedServer, method: str, status: int, kind: type[errors.StorageError]) -> None:
    """Each status has its class; the address is told, and neither a body nor a login."""
    told = b"HTTP/1.1 204 Word\r\n\r\n" if status == 204 else answer(status, b"why", "Retry-After: 1")
    server.script.answers = {"/object": told}
    with pytest.raises(errors.StorageError, match=str(status)) as caught:
        getattr(engine(server, **BEARER), method)("object")
    assert (type(caught.value), caught.value.filename) == (kind, f"{server.url}/object")
    assert unseen(caught.value)


@pytest.mark.parametrize(
    "garbage", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"], ids=["status", "length"]
)
@pytest.mark.parametrize("credentials", [BASIC, BEARER], ids=["basic", "bearer"])
def test_answer_that_is_no_http(server: ScriptedServer, credentials: dict[str, str], garbage: bytes) -> None:
    """What is no HTTP is an error, whose cause does not hold the request's credentials."""
    server.script.answers = {"/object": garbage + b"Connection: close"}
    with pytest.raises(errors.StorageError, match="no HTTP") as caught:
        engine(server, **credentials).get("object")
    assert (unseen(caught.value), "\n" in str(caught.value)) == (True, False)


def unseen(error: BaseException) -> bool:
    """Whether an error and its causes hold no secret, with their attributes."""
    shown = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link:
        shown, link = f"{shown} {link!r} {link.args} {vars(link)}", link.__cause__ or link.__context__
    return not any(secret in shown for secret in (*SENT.values(), BASIC["password"]))


def test_mirror_keeps_the_addresses(server: ScriptedServer) -> None:
    """An endpoint is read in the place of the address, which stays in errors."""
    server.script.answers = {"/mirror/day/object": answer(200, b"body"), "/mirror/nothing": answer(404)}
    reached = HttpEngine(Connection(URI.parse("https://archive.example/day"), f"{server.url}/mirror/"))
    assert body_of(reached, "day/object") == b"body"
    with pytest.raises(errors.NotFoundError) as caught:
        reached.get("nothing")
    assert caught.value.filename == "https://archive.example/nothing"


def test_own_address_without_an_endpoint(server: ScriptedServer, settings: pytest.MonkeyPatch) -> None:
    """Without STORAGE_HTTP_ENDPOINT_URL the address itself is read; another than the default gets no credentials."""
    server.script.answers = {"/day/object": answer(200, b"body")}
    settings.setenv("STORAGE_HTTP_TOKEN", "secret.token")
    settings.setenv("STORAGE_URI", f"{server.url}/day")
    assert get_filesystem().read("object") == b"body"
    settings.delenv("STORAGE_URI")
    reset_filesystem()
    assert NoizFileSystem(f"{server.url}/day").read("object") == b"body"
    assert header(server, "authorization") == ["Bearer secret.token", ""]


@pytest.mark.parametrize("spelling", ["{}", "{}/", "{address}"], ids=["url", "slash", "host-and-port"])
def test_proxy_of_the_environment(
    serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """`http_proxy` is asked for the whole address, and gets no credentials but its own."""
    proxy, server = serve(), serve()
    proxy.script.answers = {f"{server.url}/object": answer(200, b"by proxy")}
    monkeypatch.setenv("http_proxy", spelling.format(proxy.url, address=proxy.url.removeprefix("http://")))
    assert (body_of(engine(server)), server.script.seen) == (b"by proxy", [])


@pytest.mark.parametrize("exempt", ["*", "127.0.0.1", "{address}"])
def test_no_proxy_of_the_environment(
    serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    """What `no_proxy` names, by host or by host and port, is asked itself."""
    proxy, server = serve(), serve()
    server.script.answers = {"/object": answer(200, b"body")}
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", exempt.format(address=server.url.removeprefix("http://")))
    assert (body_of(engine(server)), proxy.script.seen) == (b"body", [])


def test_login_of_a_proxy_is_not_shown(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that cannot be reached is an error without its login."""
    monkeypatch.setenv("http_proxy", "http://user:secret.token@127.0.0.1:1")
    with pytest.raises(errors.UnreachableError) as caught:
        engine(server).get("object")
    assert unseen(caught.value)


def kept_files() -> list[str]:
    """The files that this process holds and that have no name."""
    return [link for name in os.listdir("/proc/self/fd") if "(deleted)" in _target(link := f"/proc/self/fd/{name}")]


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""  # closed since it was listed


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("ending", ["close", "garbage", "exception", "read-whole"])
def test_kept_body_goes(server: ScriptedServer, ending: str) -> None:
    """The temporary file of a body that nothing pins is gone after a close, an exception, or the last reference."""
    server.script.answers = {"/object": answer(200, bytes(3 * LARGE))}
    before, fs = kept_files(), storage(server)
    ENDINGS[ending](fs)
    gc.collect()
    assert kept_files() == before


def _raise_inside(fs: NoizFileSystem) -> None:
    with pytest.raises(KeyError), fs.open("object") as stream:
        raise KeyError(stream.read(1))


ENDINGS: dict[str, Callable[[NoizFileSystem], object]] = {
    "close": lambda fs: fs.open("object").close(),
    "garbage": lambda fs: len(fs.open("object").read(1)),
    "exception": _raise_inside,
    "read-whole": lambda fs: fs.read("object"),
}


def test_kept_body_that_is_cut_short_goes(server: ScriptedServer) -> None:
    """A body that ends early leaves no file, and is no object."""
    server.script.answers = {"/object": answer(200, b"body", "Connection: close", length=LARGE)}
    before = kept_files()
    with pytest.raises(errors.UnreachableError):
        engine(server).get("object")
    assert kept_files() == before


def test_disk_that_cannot_keep_a_body(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the local disk refuses, that is told with its own number, and no other attempt is made."""
    server.script.answers = {"/object": answer(200, b"body")}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nothing"))
    with pytest.raises(errors.StorageError, match="temporary") as caught:
        storage(server).read("object")
    assert (type(caught.value), caught.value.errno, len(server.script.seen)) == (errors.StorageError, 2, 1)


def test_meter_counts_a_body_that_was_counted(server: ScriptedServer) -> None:
    """A size that was counted is a read more on the meter."""
    server.script.answers = {"HEAD /object": LENGTHLESS_HEAD, "/object": chunked(b"body")}
    meter = Meter()
    assert (Metered(engine(server), meter).stat("object").size, meter.requests) == (4, {"head": 1, "read": 1})
