"""Addresses: the only module that knows how a URI is spelled and which names the layer accepts.

A URI's text is literal (`s3://bucket/a%20b` names the key `a%20b`), except that `file:` URIs follow RFC 8089 and are
percent-encoded. No name is normalised, none is globbed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import urllib.parse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from .errors import ConfigurationError, InvalidNameError

SCHEMES = {
    "file": "file",
    "local": "file",
    "memory": "memory",
    "s3": "s3",
    "s3a": "s3",
    "gs": "gs",
    "gcs": "gs",
    "az": "az",
    "abfs": "az",
    "ftp": "ftp",
    "ftps": "ftps",
    "http": "http",
    "https": "https",
}
"""Every spelling that is understood, and the scheme that it stands for."""

_PORTS = {"ftp": "21", "ftps": "21", "http": "80", "https": "443"}
"""Schemes whose root is `host[:port]`, and the port that goes without saying."""

_FTP, _HTTP = (f"STORAGE_{scheme}_USERNAME and STORAGE_{scheme}_PASSWORD" for scheme in ("FTP", "HTTP"))
_VARIABLES = {
    "memory": "nothing",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "ftp": _FTP,
    "ftps": _FTP,
    "http": _HTTP,
    "https": _HTTP,
}
"""Where the login goes that some write into an address."""

MAX_SEGMENT = 255
"""Longest part of a name between slashes (bytes of UTF-8): what a disk and MinIO can hold."""

MAX_KEY = 1024
"""Longest key with its base (bytes of UTF-8): the limit of S3 and Azure Blob."""

TEMPORARY = re.compile(r"\.noiz-partial-[0-9a-f]{32}")
"""Names of unfinished local files; no listing shows them and no caller may use them."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\\ufffe\uffff]")
"""Besides controls and backslashes two code points that are no characters: no XML, and so no listing, can hold them."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_ARN = re.compile(r"arn:aws[a-z-]*:s3[a-z-]*:[a-z0-9-]*:[0-9]{12}:[A-Za-z0-9.:-]+")
_ROOTS = {
    "s3": (re.compile(rf"(?!\.\.?$)[A-Za-z0-9._-]{{1,255}}|{_ARN.pattern}"), "letters, digits, '.', '_' and '-'"),
    "gs": (re.compile(r"[a-z0-9._-]+"), "small letters, digits, '.', '_' and '-'"),
    "az": (
        re.compile(r"[a-z0-9-]+|\$(root|web|logs|blobchangefeed)"),
        "small letters, digits and '-', or one of Azure's own, such as $web",
    ),
}
"""What a bucket or container may be called, here and on any server of the protocol: botocore's rule for S3 (1.43)."""

QUOTES = "'\"`\u2018\u2019\u201c\u201d\u201e\xab\xbb"
"""Plain and typographic ones."""

_LOGIN = re.compile(r"(?<=:)(/*).*(?:@|%40)", re.DOTALL)
_BEHIND = re.compile(r"(?i)(\?|(?:key|secret|signature|sig|token|password)\s*(?:=|%3d)).*", re.DOTALL)
"""What a query, or the field of a secret in a connection string, begins with."""
_START = re.compile(r"[^/:]*?([A-Za-z][A-Za-z0-9+.-]*)?(:/*|//+)([^/]*)")
"""Scheme, what separates and root of an address, however wrongly they are spelled and whatever stands before."""
_INSIDE = re.compile(r"(?:(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]*))?(://+)([^/]*)")
"""The same of an address that others stand before, as in `$BASE/s3://bucket`."""
_PLAIN = re.compile(r"(?:\[[0-9A-Fa-f:.]*\]|[\w.-]*)(?::([0-9]{1,5}))?")
"""A host or a name, with a port or none."""
_VARIABLE = re.compile(r"\$\{\w+(?::-[^}]*)?\}|\{\w+\}|<[\w -]+>|^(?:\$\w+|%[A-Za-z_]\w*%)(?=:|$)")
"""What stands in an address for a value, with a default or none, whose colon separates no password."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")


@dataclass(frozen=True)
class URI:
    """One address: a scheme, a root (bucket, container or host; empty for `file`) and a key without a leading slash."""

    scheme: str
    root: str
    key: str

    @classmethod
    def parse(cls, text: str | os.PathLike[str]) -> URI:
        """Read a URI or an absolute local path.

        Raises:
            ConfigurationError: for an unknown scheme, or a URI without a bucket, or with one that no service has.
            InvalidNameError: for a relative path, or a key that the layer refuses.
        """
        text = as_text(text)
        if not is_uri(text):
            return _parse_local(text, text)
        spelled, _, rest = text.partition(":")
        scheme = SCHEMES.get(spelled.lower())
        if scheme is None:
            known = ", ".join(sorted(SCHEMES))
            raise ConfigurationError(f"scheme {spelled!r} is not known; use one of {known}", hide_login(text))
        if scheme == "file":
            return _parse_local(_file_path(text, rest), text)
        return _parse_remote(scheme, rest, text)

    def __str__(self) -> str:
        if self.scheme == "file":
            return "file://" + urllib.parse.quote("/" + self.key)
        return f"{self.scheme}://{self.root}/{self.key}" if self.key else f"{self.scheme}://{self.root}"

    def child(self, key: str) -> URI:
        """Return the address of `key` (already checked) below this one."""
        return self.with_key(f"{self.key}/{key}" if self.key and key else self.key or key)

    def with_key(self, key: str) -> URI:
        """Return the address of a whole key in the same root."""
        return replace(self, key=key)

    def key_below(self, other: URI) -> str | None:
        """Return `other`'s key relative to this address, or None when it does not lie below."""
        if (self.scheme, self.root) != (other.scheme, other.root):
            return None
        if self.key in ("", other.key):
            return other.key[len(self.key) :]
        prefix = self.key + "/"
        return other.key[len(prefix) :] if other.key.startswith(prefix) else None


def is_uri(text: str) -> bool:
    """Say whether `text` is spelled as a URI: a scheme and `://`, or `file:/`."""
    match = _SCHEME.match(text)
    return bool(match and (match[2] or (match[1].lower() == "file" and text[match.end() :].startswith("/"))))


def as_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a name given as `str` or `os.PathLike`; anything else is a TypeError."""
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(f"a name must be str or os.PathLike[str], not {type(path).__name__}")
    return text


def check_key(key: str, *, base: str = "") -> str:
    """Return `key` when the layer accepts it as a name below `base`.

    Raises:
        InvalidNameError: names the key, the rule it breaks and what to do.
    """
    reason = _refusal(key, base)
    if reason:
        _refuse_name(key, reason)
    return key


def _check_part(key: str, text: str) -> str:
    """Return a key that is part of an address, when it is accepted."""
    reason = _refusal(key, "")
    if reason:
        _refuse_name(hide_login(text), reason)
    return key


def _refuse_name(name: str, reason: str) -> NoReturn:
    shown = name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
    raise InvalidNameError(f"the name {shown!r} is refused: {reason}", shown)


def _refusal(key: str, base: str) -> str:
    """Say why a key is refused; an empty string when it is not."""
    try:
        size = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        return "it holds a lone surrogate, which is not UTF-8"
    if not key:
        return "it is empty"
    if _FORBIDDEN.search(key):
        return "control characters, backslashes, U+FFFE and U+FFFF do not survive on every backend"
    segments = key.split("/")
    if not segments[0] or not segments[-1]:
        return "a key neither starts nor ends with '/'"
    if any(not segment or segment.strip(" ") in (".", "..") for segment in segments):
        return "empty, '.' and '..' segments, with spaces beside the dots too, are not kept alike on every backend"
    if any(TEMPORARY.fullmatch(segment) for segment in segments):
        return "names of this form are reserved for unfinished files"
    return _too_long(segments, size + len(base.encode("utf-8")) + bool(base))


def _too_long(segments: list[str], size: int) -> str:
    if any(len(segment.encode("utf-8")) > MAX_SEGMENT for segment in segments):
        return f"a segment is longer than {MAX_SEGMENT} bytes of UTF-8"
    if size > MAX_KEY:
        return f"with its base it is {size} bytes of UTF-8, more than {MAX_KEY}"
    return ""


def _parse_remote(scheme: str, rest: str, text: str) -> URI:
    root, _, key = rest.removeprefix("//").partition("/")
    is_login = "@" in root or "%40" in root or (":" in root and scheme not in _PORTS and "@" in key)
    if is_login:
        _refuse(text, f"it holds a login or an account; write {scheme}://NAME/prefix and set {_VARIABLES[scheme]}")
    if scheme in _PORTS:
        root = _host(scheme, root, text)
    if not root:
        shown = hide_login(text)
        raise ConfigurationError(f"{shown!r} names no bucket or container; write {scheme}://NAME/prefix", shown)
    _check_root(scheme, root, text)
    key = key.removesuffix("/")
    return URI(scheme, root, _check_part(key, text) if key else "")


def _refuse(text: str, reason: str) -> NoReturn:
    shown = hide_login(text)
    raise ConfigurationError(f"{shown!r} is refused: {reason}", shown)


def _check_root(scheme: str, root: str, text: str) -> None:
    if scheme not in _ROOTS:
        return
    rule, words = _ROOTS[scheme]
    if not rule.fullmatch(root):
        what = "container" if scheme == "az" else "bucket"
        if root in hide_login(text):
            _refuse(text, f"no {what} is called {root!r}, for its name has {words}")
        login = f"a login has no place here; set {_VARIABLES[scheme]}"
        _refuse(text, f"the name of a {what} has {words}, and {login}")


def is_host(text: str) -> bool:
    """Say whether a text of the right letters names a host: an IP address (IPv6 in brackets), or labels of 1 to 63."""
    is_v6 = text.startswith("[")
    if is_v6 or re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text):
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(text.strip("[]")).version == (6 if is_v6 else 4)
        return False
    labels = text.removesuffix(".").split(".")
    return len(text) < 255 and all(0 < len(label) < 64 for label in labels)


def _host(scheme: str, root: str, text: str) -> str:
    """Return a root that is a host: in lower case, without the scheme's own port."""
    match = _HOST.fullmatch(root)
    if not match or not is_host(match[1]) or int(match[2] or 1) not in range(1, 65536):
        shown = hide_login(text)
        raise ConfigurationError(f"{shown!r} names no host; write {scheme}://HOST[:PORT]/prefix", shown)
    host, port = match[1].lower(), match[2]
    return host if port in (None, _PORTS[scheme]) else f"{host}:{port}"


def hide_login(text: str) -> str:
    """Return an address as it may be shown: without what may be a login or a signature, however wrongly it is spelled.

    What is hidden goes up to the end: behind `?` and names such as `AccountKey=`, and a root that is no plain name.
    """
    shown = _BEHIND.sub(r"\1…", _LOGIN.sub(r"\1…@", text))
    for match in (_START.match(shown), *_INSIDE.finditer(shown)):
        if match and _may_be_login((match[1] or "").lower(), match[2], match[3]):
            return shown[: match.start(3)] + "…"
    return shown


def _may_be_login(spelled: str, separator: str, root: str) -> bool:
    """Say whether a root, with what stands before it, is perhaps a login."""
    scheme = SCHEMES.get(spelled)
    if scheme == "file" and separator != "://":
        return False
    if scheme is None and "//" not in separator:  # perhaps a name on a disk: `C:\data`, `day 09:30`
        return ":" in root
    if scheme is None and spelled and ":" not in separator:
        return False
    return not _is_plain(root, has_port=scheme not in _ROOTS)


def _is_plain(root: str, *, has_port: bool) -> bool:
    """Say whether a root is what a bucket or a host is called, or nearly so."""
    root = root.strip(QUOTES)
    if _ARN.fullmatch(root):
        return True
    match = _PLAIN.fullmatch(_VARIABLE.sub("", root.removeprefix("…@").partition("?")[0]))
    return bool(match and (not match[1] or (has_port and 0 < int(match[1]) < 65536)))


def _file_path(text: str, rest: str) -> str:
    """Return the local path of a `file:` URI (RFC 8089: no host but localhost, percent-encoded)."""
    host, slash, path = rest.removeprefix("//").partition("/")
    if host not in ("", "localhost") or not slash:
        shown = hide_login(text)
        raise ConfigurationError(f"{shown!r} names a host; write file:///absolute/path (three slashes)", shown)
    return "/" + urllib.parse.unquote(path, errors="surrogateescape")


def _parse_local(path: str, text: str) -> URI:
    if not path.startswith("/"):
        shown = hide_login(text)
        reason = "is relative; give a URI or an absolute path (quotes and variables in it stand for themselves)"
        raise InvalidNameError(f"{shown!r} {reason}", shown)
    key = path[1:].removesuffix("/")
    return URI("file", "", _check_local(key, text) if key else "")


def _check_local(key: str, text: str) -> str:
    """A local path may be longer than a key on S3; the other rules hold."""
    return key if _refusal(key, "").startswith("with its base") else _check_part(key, text)


def normalize_path_to_uri(path: str | os.PathLike[str]) -> str:
    """Return the URI of a path or URI; a relative path is taken against the working directory.

    Raises:
        ConfigurationError: for an unknown scheme, a URI that is quoted or lost a slash, or a `file:` URI with a host.
        InvalidNameError: for a name that the layer refuses.
    """
    text = as_text(path)
    if is_uri(text) or text.startswith("/"):
        return str(URI.parse(text))
    spelled, colon, _ = text.partition(":")
    if colon and spelled.lower() in SCHEMES:
        shown = hide_login(text)
        raise ConfigurationError(f"{shown!r} has lost a slash, as pathlib does to URIs; write {spelled}://NAME", shown)
    if "://" in text or text.partition("//")[0].lower() in SCHEMES:
        shown = hide_login(text)
        raise ConfigurationError(f"{shown!r} does not begin as a URI does; write e.g. s3://NAME, without quotes", shown)
    return str(_parse_local(os.path.abspath(text), text))


def uri_to_local_path(uri: str | os.PathLike[str]) -> Path:
    """Return the local path that a `file:` URI or an absolute path stands for.

    Raises:
        ConfigurationError: for a URI that is not on this disk.
    """
    parsed = URI.parse(uri)
    if parsed.scheme != "file":
        raise ConfigurationError(f"{parsed} is not on this disk; use local_path() to borrow a copy", str(parsed))
    return Path("/" + parsed.key)
