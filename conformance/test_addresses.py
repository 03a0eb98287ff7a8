"""Addresses: every spelling means one place, what means none is refused as it was given, and no secret is shown."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.behaviour import embedded_backends, source
from conformance.secret_addresses import KEYS, LOGINS

pytestmark = embedded_backends()

LONG: Final = "h" * 63
READ: dict[str, str] = {
    "s3://bucket": "s3://bucket",
    "s3://bucket/": "s3://bucket",
    "S3://bucket/a%20b": "s3://bucket/a%20b",
    "s3a://bucket/a/b": "s3://bucket/a/b",
    "S3A://bucket/a/": "s3://bucket/a",
    "gs://bucket/k": "gs://bucket/k",
    "gcs://bucket/k/": "gs://bucket/k",
    "az://container/k#?": "az://container/k#?",
    "abfs://container/k": "az://container/k",
    "memory://x y/Ü": "memory://x y/Ü",
    "MEMORY://x": "memory://x",
    "file:///a%20b/%C3%A9": "file:///a%20b/%C3%A9",
    "file:/a/b": "file:///a/b",
    "file://localhost/a": "file:///a",
    "local:///a": "file:///a",
    "LOCAL://localhost/a/": "file:///a",
    "/a b/é/": "file:///a%20b/%C3%A9",
    "/a%20b": "file:///a%2520b",
    "/": "file:///",
    "file:///": "file:///",
    "ftp://Host.Example:2121/a/b": "ftp://host.example:2121/a/b",
    "ftp://host:21/a": "ftp://host/a",
    "ftps://host:21": "ftps://host",
    "ftps://HOST/a b/": "ftps://host/a b",
    "http://host:80/x": "http://host/x",
    "http://host:443/x": "http://host:443/x",
    "https://host:443/x": "https://host/x",
    "https://host:80/x": "https://host:80/x",
    "https://Host:08443/": "https://host:08443",
    "https://host:65535": "https://host:65535",
    "https://host:1/x@y": "https://host:1/x@y",
    "http://[::1]:8080/x": "http://[::1]:8080/x",
    "https://[FE80::1]/x": "https://[fe80::1]/x",
    "http://127.0.0.1/x": "http://127.0.0.1/x",
    "http://1.2.3.4.5/x": "http://1.2.3.4.5/x",
    "ftp://host.:1/x": "ftp://host.:1/x",
    f"https://{LONG}.example": f"https://{LONG}.example",
    f"https://{LONG}.{LONG}.{LONG}.{LONG[:62]}": f"https://{LONG}.{LONG}.{LONG}.{LONG[:62]}",
    "https://my_host/x": "https://my_host/x",
    "https://host/a%2Fb?c": "https://host/a%2Fb?c",
    "s3://192.168.0.1/x": "s3://192.168.0.1/x",
    "s3://My_bucket.x-/x": "s3://My_bucket.x-/x",
    f"s3://{'b' * 255}": f"s3://{'b' * 255}",
    "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mine/x": (
        "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mine/x"
    ),
    "s3://arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint.mine": (
        "s3://arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint.mine"
    ),
    "az://$root/x": "az://$root/x",
    "az://$web": "az://$web",
    "az://$logs/x": "az://$logs/x",
    "az://$blobchangefeed": "az://$blobchangefeed",
    "az://a-b-c/x": "az://a-b-c/x",
    "gs://a_b.c-d/x": "gs://a_b.c-d/x",
    "s3://b/a?b=c#d:e@f": "s3://b/a?b=c#d:e@f",
    's3://b/it\'s "quoted"': 's3://b/it\'s "quoted"',
    "s3://b/.noiz-partial-0": "s3://b/.noiz-partial-0",
    f"s3://b/{'s' * 255}": f"s3://b/{'s' * 255}",
    f"s3://b/{'/'.join(['k' * 255] * 4)}": f"s3://b/{'/'.join(['k' * 255] * 4)}",
    f"/{'/'.join(['k' * 255] * 9)}": f"file:///{'/'.join(['k' * 255] * 9)}",
}
"""An address as people write it → the one that it means."""
NO_ROOT = "names no bucket or container; write {scheme}://NAME/prefix"
NO_HOST = "names no host; write {scheme}://HOST[:PORT]/prefix"
OTHER_HOST = "names a host; write file:///absolute/path (three slashes)"
SLASH = "has lost a slash, as pathlib does to URIs; write {scheme}://NAME"
BEGINS = "does not begin as a URI does; write e.g. s3://NAME, without quotes"
S3_NAME = "letters, digits, '.', '_' and '-'"
AZURE_NAME = "small letters, digits and '-', or one of Azure's own, such as $web"
HTTP_LOGIN = "STORAGE_HTTP_USERNAME and STORAGE_HTTP_PASSWORD"
FTP_LOGIN = "STORAGE_FTP_USERNAME and STORAGE_FTP_PASSWORD"
LOGIN_OF: dict[str, str] = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "http": HTTP_LOGIN,
    "https": HTTP_LOGIN,
    "ftp": FTP_LOGIN,
    "ftps": FTP_LOGIN,
    "memory": "nothing",
}
"""Scheme → the variables that a login belongs into."""
REFUSED: dict[str, str] = {
    "s3://": NO_ROOT,
    "s3:///key": NO_ROOT,
    "az://": NO_ROOT,
    "gs:///x": NO_ROOT,
    "memory://": NO_ROOT,
    "ftp://": NO_HOST,
    "http:///x": NO_HOST,
    "file://host/a": OTHER_HOST,
    "file://rel": OTHER_HOST,
    "file://localhost": OTHER_HOST,
    "s3:/bucket/x": SLASH,
    "s3:bucket": SLASH,
    "az:c/x": SLASH,
    "HTTP:/host/x": SLASH,
    "file:a": SLASH,
    "local:x": SLASH,
    "s3//bucket/x": BEGINS,
    "HTTPS//host/x": BEGINS,
    "'s3://bucket/x'": BEGINS,
    "STORAGE_URI=s3://bucket": BEGINS,
    "s3://.": f"is refused: no bucket is called '.', for its name has {S3_NAME}",
    "s3://..": f"is refused: no bucket is called '..', for its name has {S3_NAME}",
    f"s3://{'b' * 256}": f"is refused: no bucket is called {'b' * 256!r}, for its name has {S3_NAME}",
    "s3://bücket/x": f"is refused: no bucket is called 'bücket', for its name has {S3_NAME}",
    "gs://Bucket/x": f"is refused: no bucket is called 'Bucket', for its name has small {S3_NAME}",
    "az://Container/x": f"is refused: no container is called 'Container', for its name has {AZURE_NAME}",
    "az://a_b": f"is refused: no container is called 'a_b', for its name has {AZURE_NAME}",
    "az://$own/x": f"is refused: no container is called '$own', for its name has {AZURE_NAME}",
    "http://a..b/x": NO_HOST,
    "http://.host": NO_HOST,
    f"http://{LONG}h": NO_HOST,
    f"http://{LONG}.{LONG}.{LONG}.{LONG}": NO_HOST,
    "http://[127.0.0.1]/x": NO_HOST,
    "http://999.0.0.1/x": NO_HOST,
}
"""An address that is no place → what is said of it, behind the address."""
KEY = "a key neither starts nor ends with '/'"
SEGMENT = "empty, '.' and '..' segments, with spaces beside the dots too, are not kept alike on every backend"
CONTROL = "control characters, backslashes, U+FFFE and U+FFFF do not survive on every backend"
RESERVED = "names of this form are reserved for unfinished files"
TOO_LONG = "a segment is longer than 255 bytes of UTF-8"
NAMES: dict[str, str] = {
    "a/": KEY,
    "a//b": SEGMENT,
    "a/../b": SEGMENT,
    "..": SEGMENT,
    ".": SEGMENT,
    "./a": SEGMENT,
    "a/.": SEGMENT,
    " .": SEGMENT,
    "a/ .. /b": SEGMENT,
    "a\\b": CONTROL,
    "a\nb": CONTROL,
    "a\x00": CONTROL,
    "\x1f": CONTROL,
    "a\x7f": CONTROL,
    "\ufffe": CONTROL,
    "a\uffff": CONTROL,
    "\ud800": "it holds a lone surrogate, which is not UTF-8",
    ".noiz-partial-0123456789abcdef0123456789abcdef": RESERVED,
    "a/.noiz-partial-0123456789abcdef0123456789abcdef/b": RESERVED,
    "s" * 256: TOO_LONG,
    "a/" + "é" * 128: TOO_LONG,
}
"""A key that is no name → why."""
KEPT = [
    "a",
    "a.b",
    "..x",
    "x..",
    "X.",
    "..X",
    "...",
    " a ",
    "é",
    "e\u0301",
    "..\u00a0",
    "a%2Fb",
    "[x]*?",
    "é" * 127,
    "~",
    "日/🌍",
    "\x80",
]
"""Keys that are names as they stand."""


def _told(call: Callable[[], object]) -> tuple[str, object]:
    """What is said of an address that is refused, and what the error names."""
    try:
        return f"taken: {call()}", None
    except ValueError as error:
        return str(getattr(error, "strerror", error)), getattr(error, "filename", None)


def _told_of(subject: Any, texts: Iterable[str]) -> dict[str, tuple[str, object]]:
    """What is said of each of these as an address."""
    return {text: _told(partial(subject.uri.normalize_path_to_uri, text)) for text in texts}


def _shown(call: Callable[[], object]) -> str:
    """All that is shown of an address that is refused, the error's causes included."""
    try:
        return f"taken: {call()}"
    except ValueError as error:
        return f"{error!r} {error.args} {''.join(traceback.format_exception(error))}"


@source("contract: Addresses", "RFC 8089")
def test_spellings_of_one_place(subject: Any) -> None:
    """Schemes in any letters, other names of theirs, usual ports, final slashes and RFC 8089 mean one address each."""
    normalize = subject.uri.normalize_path_to_uri
    assert {text: normalize(text) for text in READ} == READ
    assert {text: normalize(meant) for text, meant in READ.items()} == READ


@source("contract: Addresses", "contract: Refusing")
def test_addresses_of_no_place(subject: Any) -> None:
    """An address without a root, or with one that nothing can have, raises ValueError that shows it and says why."""
    normalize = subject.uri.normalize_path_to_uri
    told = _told_of(subject, REFUSED)
    assert told == {
        text: (f"{text!r} {reason.format(scheme=text.partition(':')[0])}", text) for text, reason in REFUSED.items()
    }
    surrogate = _told(partial(normalize, "file:///a%E9"))
    assert surrogate == (
        "the name 'file:///a%E9' is refused: it holds a lone surrogate, which is not UTF-8",
        "file:///a%E9",
    )
    known = "abfs, az, file, ftp, ftps, gcs, gs, http, https, local, memory, s3, s3a"
    unknown = _told(lambda: normalize("floppy://drive/a"))
    assert unknown == (f"scheme 'floppy' is not known; use one of {known}", "floppy://drive/a")


@source("contract: Addresses", "contract: Refusing", "contract: Living")
def test_login_has_its_own_place(subject: Any) -> None:
    """An address with a login, or what may be one, raises ValueError that hides it and says which variables take it."""
    normalize = subject.uri.normalize_path_to_uri
    told = {scheme: _told(partial(normalize, f"{scheme}://me@host/x")) for scheme in LOGIN_OF}
    reason = "is refused: it holds a login or an account; write {0}://NAME/prefix and set {1}"
    assert told == {
        scheme: (f"'{scheme}://…@host/x' {reason.format(scheme, login)}", f"{scheme}://…@host/x")
        for scheme, login in LOGIN_OF.items()
    }
    broken = [_told(partial(normalize, text)) for text in ("ftp://me:a\nb@host/x", "ftp://me%40host/x")]
    assert broken == [(f"'ftp://…@host/x' {reason.format('ftp', FTP_LOGIN)}", "ftp://…@host/x")] * 2
    cut = _told(partial(normalize, "s3://key:sec/ret@bucket/x"))
    assert cut == (f"'s3://…@bucket/x' {reason.format('s3', LOGIN_OF['s3'])}", "s3://…@bucket/x")
    names = {"s3": f"bucket has {S3_NAME}", "gs": f"bucket has small {S3_NAME}", "az": f"container has {AZURE_NAME}"}
    pairs = {scheme: _told(partial(normalize, f"{scheme}://me,secret/x")) for scheme in names}
    assert pairs == {
        scheme: (
            f"'{scheme}://…' is refused: the name of a {rule}, and a login has no place here; set {LOGIN_OF[scheme]}",
            f"{scheme}://…",
        )
        for scheme, rule in names.items()
    }
    ports = [_told(partial(normalize, f"http://host:{port}/x")) for port in ("0", "65536", "x", "123456", "1:2", "")]
    assert ports == [("'http://…' names no host; write http://HOST[:PORT]/prefix", "http://…")] * 6


@source("contract: Names", "contract: Refusing")
def test_keys_that_are_no_names(fs: Any, subject: Any) -> None:
    """A key that not every backend keeps raises ValueError that shows it, below a base and in a whole address alike."""
    shown = {key: key if key.isprintable() else key.encode("unicode_escape").decode() for key in NAMES}
    below = {key: _told(partial(fs.get_path, key)) for key in NAMES}
    expected = {key: f"the name {shown[key]!r} is refused: {why}" for key, why in NAMES.items()}
    assert below == {key: (text, shown[key]) for key, text in expected.items()}
    normalize = subject.uri.normalize_path_to_uri
    for address in ("s3://b/x/{}/y", "/x/{}/y"):
        whole = {key: _told(partial(normalize, address.format(key)))[0] for key in expected if key != "a/"}
        assert {key: text.rpartition(" is refused: ")[2] for key, text in whole.items()} == {
            key: NAMES[key] for key in whole
        }
    assert {key: fs.get_path(key).key for key in KEPT} == {key: key for key in KEPT}


@source("contract: Names")
def test_length_counts_the_base(subject: Any) -> None:
    """A key has up to 1,024 bytes of UTF-8 with its base; a path on a disk may be longer, and its address too."""
    fs, most = subject.filesystem.NoizFileSystem("memory://x/é"), 1024 - len("é/".encode())
    longest = "/".join(["k" * 99] * 10) + "/" + "k" * (most - 1000)
    assert (fs.get_path(longest).key, len(f"é/{longest}".encode())) == (longest, 1024)
    told = _told(lambda: fs.get_path(f"{longest}é"))
    assert told[0].endswith("with its base it is 1026 bytes of UTF-8, more than 1024")
    bare = subject.filesystem.NoizFileSystem("memory://x")
    assert bare.get_path(f"{longest}abc").key == f"{longest}abc"
    assert _told(lambda: bare.get_path(f"{longest}abcd"))[0].endswith(" it is 1025 bytes of UTF-8, more than 1024")


@source("contract: Addresses")
def test_paths_of_a_disk(subject: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local path and its address stand for each other, a relative one counts from where the process is."""
    monkeypatch.chdir(tmp_path)
    to_uri, to_path = subject.uri.normalize_path_to_uri, subject.uri.uri_to_local_path
    paths = [tmp_path / name for name in ("a b", "é%", "x:y", "#?", "a%2Fb")]
    assert [to_path(to_uri(path)) for path in paths] == paths
    assert [to_uri(path.name) for path in paths] == [to_uri(path) for path in paths] == [p.as_uri() for p in paths]
    assert [to_uri(Path("a")), to_uri("./a/"), to_uri("x/../a"), to_uri("")] == [(tmp_path / "a").as_uri()] * 3 + [
        tmp_path.as_uri()
    ]
    assert [to_path("/a/b"), to_path("file:/a"), to_path("/")] == [Path("/a/b"), Path("/a"), Path("/")]
    parsed = [subject.uri.URI.parse(text) for text in ("/a b", "file:///a%20b", "s3a://b/k")]
    assert [(each.scheme, each.root, each.key) for each in parsed] == [("file", "", "a b")] * 2 + [("s3", "b", "k")]
    far = _told(lambda: to_path("s3://b/k"))
    assert far == ("s3://b/k is not on this disk; use local_path() to borrow a copy", "s3://b/k")
    relative = _told(lambda: to_path("a/b"))
    assert (relative[0].startswith("'a/b' is relative; give a URI or an absolute path"), relative[1]) == (True, "a/b")


BELOW: dict[str, str | None] = {
    "s3://b/k": "",
    "s3://b/k/": "",
    "s3a://b/k/x": "x",
    "s3://b/k/x/y": "x/y",
    "s3://b/k2/x": None,
    "s3://b": None,
    "s3://b2/k/x": None,
    "gs://b/k/x": None,
    "/k/x": None,
}
"""An address, and what it is called below `s3://b/k`."""


def _key(fs: Any, address: str) -> str:
    return str(fs.get_path(address).key)


@source("contract: Addresses")
def test_what_lies_below(subject: Any) -> None:
    """An address lies below a base by whole segments of its key, in the same root of the same scheme."""
    fs = subject.filesystem.NoizFileSystem("s3://b/k")
    told = {address: _told(partial(_key, fs, address)) for address in BELOW}
    assert told == {
        address: (f"taken: {key}", None) if key is not None else (f"{address!r} does not lie below s3://b/k", address)
        for address, key in BELOW.items()
    }
    root = subject.filesystem.NoizFileSystem("s3://b")
    assert (root.get_path("s3://b/k/x").key, str(root.get_path()), str(root.get_path("a"))) == (
        "k/x",
        "s3://b",
        "s3://b/a",
    )


SCHEMES = ("ftp", "ftps", "http", "HTTPS", "s3", "s3a", "gs", "az")
SECRETS: Final = [
    *LOGINS,
    *KEYS,
    "{}://HIDDEN:99999/HIDDEN",
    "{}://HIDDEN,HIDDEN/b",
    "{}://bucket/x\\?sig=HIDDEN",
    "{}://bucket/x?sig=a\nHIDDEN",
    "{}://bucket/x\\AccountKey = HIDDEN",
    "{}://bucket/x\\secret%3DHIDDEN",
    "a/{}://u:HIDDEN/b\\",
    "//u:HIDDEN@host/x\\",
    "//u:HIDDEN/x\\",
    "{}x:HIDDEN:HIDDEN\\",
    "http://[u:HIDDEN]:80/{}\\",
    "S3://HIDDEN:80/x\\",
    "s3://HIDDEN:80/x\\",
]
"""Addresses that hold a login, a key or a signature, for each scheme; none of them can be used."""
PLAIN: dict[str, str] = {
    "s3://bucket-x/a\\b": "s3://bucket-x/a\\\\b",
    "http://host.example:8080/a\\b": "http://host.example:8080/a\\\\b",
    "http://[::1]:8080/a\\b": "http://[::1]:8080/a\\\\b",
    "http://[fe80::1]/a\\b": "http://[fe80::1]/a\\\\b",
    "http://[FE80::1]/a\\b": "http://[FE80::1]/a\\\\b",
    "s3://%bucket%/x": "s3://%bucket%/x",
    "s3://'bucket'/a\\b": "s3://'bucket'/a\\\\b",
    "http://[${ADDRESS}]:80/x": "http://[${ADDRESS}]:80/x",
    "http://host:1/a\\b": "http://host:1/a\\\\b",
    "http://host:65535/a\\b": "http://host:65535/a\\\\b",
    "C:\\data\\x": "C:\\\\data",
    "day 09:30\\": "day 09:30",
    "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/mine\\": "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine",
    "/data/a:b c/\\": "/data/a:b c/",
    "data//09:30/\\": "data//09:30/",
    "file:///a:b/\\": "file:///a:b/",
    "FILE:/a:b\\": "FILE:/a:b",
    "s3://${BUCKET}/x\\": "s3://${BUCKET}/x",
    "s3://bucket-${STAGE:-dev}/x\\": "s3://bucket-${STAGE:-dev}/x",
    "s3://<BUCKET>/x": "s3://<BUCKET>/x",
    "s3://%BUCKET%/x": "s3://%BUCKET%/x",
    "http://$HOST:8080/x": "http://$HOST:8080/x",
}
"""Addresses that only look so, and what is shown of them."""


@source("contract: Refusing", "contract: Living")
def test_secrets_are_not_shown(subject: Any) -> None:
    """However wrongly an address with a login, a key or a signature is spelled, no part of that is shown."""
    normalize = subject.uri.normalize_path_to_uri
    addresses = [spelling.format(scheme) for spelling in SECRETS for scheme in SCHEMES]
    assert [text for text in addresses if "HIDDEN" in _shown(partial(normalize, text))] == []


HIDDEN: dict[str, str] = {
    "s3://bucket/x\\?sig=1": "s3://bucket/x\\?…",
    "s3://bucket/x\\AccountKey = 1": "s3://bucket/x\\AccountKey =…",
    "s3://bucket/x\\Secret%3D1/y": "s3://bucket/x\\Secret%3D…",
    "s3://key:secret/b": "s3://…",
    "http://host:port/x": "http://…",
    "//u:p/x\\": "//…",
    "a/s3://key:secret/b\\": "a/s3://…",
}
"""Addresses that hold a secret, and as what they are shown."""


@source("contract: Refusing", "contract: Living")
def test_secrets_are_cut_out(subject: Any) -> None:
    """What may be a secret in an address is shown as an ellipsis, with what follows; what stands before stays."""
    assert {text: named for text, (_, named) in _told_of(subject, HIDDEN).items()} == HIDDEN


@source("contract: Addresses")
def test_address_is_a_value(subject: Any) -> None:
    """Addresses of one place are equal, are one key of a mapping, and cannot be changed."""
    parse = subject.uri.URI.parse
    place = parse("s3://b/k")
    assert (len({parse("s3a://b/k/"), place, parse("S3://b/k")}), place == parse("s3://b/j")) == (1, False)
    with contextlib.suppress(AttributeError):
        place.key = "j"
    assert str(place) == "s3://b/k"


@source("contract: Refusing")
def test_what_is_no_secret_is_shown(subject: Any) -> None:
    """Ports, access points, times in names and variables that stand in an address that is refused are shown."""
    told = _told_of(subject, PLAIN)
    assert [(text, told[text]) for text, shown in PLAIN.items() if shown not in told[text][0]] == []
