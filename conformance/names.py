"""Names: those that every backend must keep, those that the layer refuses, each with its reason, and the rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import hypothesis
import pytest
from hypothesis import strategies

from conformance.behaviour import needs
from fixtures.endpoint import LONG_NAMES, Endpoint

MOST_BYTES: Final = 1024
"""Of a whole key with its base, in UTF-8."""
MOST_SEGMENT_BYTES: Final = 255
"""Of what stands between two slashes."""
MANY_BYTES: Final = 200
"""A longer segment is kept only where `LONG_NAMES` is: a server may make files of names, and add to them."""


@dataclass(frozen=True)
class Name:
    """One name of the corpus."""

    text: str
    why: str
    """What a careless layer, driver or server does to it."""


GOOD: Final = {
    "plain": Name("object", "it is what the others are compared with"),
    "datachunk": Name("CH.BALST..LHE.2025.314.0000.0.npy", "Noiz's own: empty fields, a time, a counter"),
    "mixed-case": Name("ObJeCt/oBjEcT", "case is folded in one of the segments only"),
    "reserved-word-with-suffix": Name("aux.txt", "Windows keeps it for a device, whatever its suffix"),
    "time-with-colons": Name("2019:274:01:00", "a colon ends a scheme, a drive or a host"),
    "scheme-with-one-slash": Name("s3:/bucket", "it is taken for a URI that lost a slash"),
    "uri-inside": Name("day/s3:key", "it is taken for a chained address"),
    "space-inside": Name("a b", "it becomes a plus or %20"),
    "space-first": Name(" a", "it is stripped"),
    "space-last": Name("a ", "it is stripped"),
    "space-only": Name(" ", "it is taken for an empty name"),
    "line-separator": Name("a\u2028b", "it is taken for the end of a line"),
    "c1-control": Name("a\u0080b\u009f", "the signature and the listing encode it differently"),
    "percent": Name("100%", "an incomplete escape is dropped or refused"),
    "escaped-space": Name("%20", "it is decoded"),
    "escaped-slash": Name("a%2Fb", "it becomes two segments"),
    "escaped-escape": Name("%2520", "it is decoded once or twice"),
    "no-escape": Name("%zz", "it is refused as a broken escape"),
    "escaped-null": Name("a%00b", "it becomes a null byte"),
    "escaped-dots": Name("a/%2e%2e/b", "it becomes the directory above"),
    "plus": Name("a+b", "it becomes a space"),
    "fragment": Name("a#b", "what follows is cut off"),
    "version-query": Name("a?versionId=1&prefix=b", "s3fs takes it for a version"),
    "semicolon": Name("a;b", "what follows is taken for a parameter"),
    "equals": Name("key=value", "it is taken for a partition or a parameter"),
    "entities": Name("&amp;&lt;&#10;", "an XML listing decodes them twice"),
    "tag": Name("<a>", "an XML listing breaks"),
    "single-quote": Name("a'b", "a shell, SQL or a signature breaks"),
    "double-quote": Name('a"b', "a JSON text or a header breaks"),
    "dollar": Name("!$^", "a shell expands it"),
    "tilde": Name("~", "expanduser replaces it"),
    "parentheses": Name("(a)", "some signatures escape them, some do not"),
    "star": Name("*", "it is globbed"),
    "question-mark": Name("?", "it is globbed, or begins a query"),
    "brackets": Name("a[0-9]", "they are globbed"),
    "braces": Name("{a,b}", "they are expanded"),
    "hidden": Name(".hidden", "listings leave it out"),
    "dot-last": Name("a.", "Windows and Azure's clients strip it"),
    "two-dots-inside": Name("a..b", "it is refused by who looks for `..` anywhere"),
    "two-dots-first-in-segment": Name("a/..b/c", "it is taken for the directory above"),
    "umlauts": Name("Größe", "it travels as Latin-1"),
    "composed": Name("\u00e9", "NFC: it is decomposed"),
    "decomposed": Name("e\u0301", "NFD: it is composed"),
    "arabic": Name("زلزال", "it is written from right to left"),
    "byte-order-mark": Name("\ufeffa", "it is stripped"),
    "emoji": Name("😀", "four bytes, or a pair of surrogates"),
    "last-plane": Name("a\U0010fffdb", "of the last plane, for private use"),
    "nested": Name("a b/c%20d/é/😀", "every segment needs its own escape"),
    "deep": Name("/".join("abcdefghijklmnopqrstuvwxyz"), "many levels"),
    "longest-segment": Name(
        "x" * MOST_SEGMENT_BYTES, "a disk and MinIO take 255 bytes, and a temporary name is longer"
    ),
    "probe": Name(".noiz-probe-0123456789abcdef0123456789abcdef", "the layer's own probe is named so for a moment"),
}
"""Word → a name that every backend must keep byte for byte, whatever is done with it."""

MORE: Final = {
    "two-suffixes": Name("a.tar.zst", "a suffix is cut off"),
    "capitals": Name("OBJECT", "case is folded"),
    "counter": Name("inventory_CH.BALST.Z.xml.0", "the counter is taken for a suffix"),
    "reserved-word": Name("CON", "Windows keeps it for a device"),
    "drive": Name("c:", "it is taken for a drive or a scheme"),
    "chained": Name("zip::object", "fsspec's separator of chained addresses"),
    "two-spaces": Name("a  b", "they are folded into one"),
    "no-break-space": Name("a\u00a0b", "it is taken for a space"),
    "next-line": Name("a\u0085b", "the C1 control that splitlines() takes for the end of a line"),
    "percent-only": Name("%", "as percent"),
    "escaped-letter": Name("%C3%A9", "it becomes an accented letter"),
    "query": Name("a?b", "what follows is taken for a query"),
    "user": Name("user@host", "it is taken for a login"),
    "comma": Name("a,b", "it separates values of a header"),
    "ampersand": Name("a&b", "XML and queries give it a meaning"),
    "end-of-cdata": Name("]]>", "it may not stand in XML text"),
    "backtick": Name("a`b`", "a shell runs it"),
    "pipe": Name("a|b", "a shell splits it"),
    "variable": Name("$HOME", "expandvars replaces it"),
    "tilde-user": Name("~root", "expanduser replaces it"),
    "option": Name("-rf", "it is taken for an option"),
    "two-stars": Name("**", "it is globbed deeply"),
    "negated-brackets": Name("[!a]", "they are globbed"),
    "escaped-bracket": Name("[[]", "it is the glob for a bracket"),
    "three-dots": Name("...", "it is taken for a relative segment"),
    "two-dots-first": Name("..x", "it is taken for the directory above"),
    "two-dots-last": Name("x..", "it is taken for the directory above"),
    "compatible": Name("ﬁ①", "NFKC: it is replaced by plain letters"),
    "final-sigma": Name("σςß", "it changes its length when case is folded"),
    "turkish": Name("İı", "it changes when case is folded"),
    "chinese": Name("地震", "three bytes a character"),
    "override": Name("a\u202eb", "it reverses what follows it"),
    "zero-width": Name("a\u200bb\u200d", "it is stripped"),
    "full-width-slash": Name("a\uff0fb", "NFKC makes a slash of it"),
    "replacement": Name("a\ufffdb", "it is taken for bytes that could not be decoded"),
    "joined-emoji": Name("👩\u200d🔬", "several code points of one picture"),
    "music": Name("𝄞", "beyond the first plane"),
    "globs-nested": Name("*/[a]/?", "they are globbed level by level"),
    "longest-segment-in-letters": Name("é" * 127, "characters are counted instead of bytes"),
    "long-key": Name("/".join(["y" * 99] * 6), "it is cut, or stored under its hash"),
}
"""Word → a name that is kept as well; these are all written at once, read and listed."""

EVERYWHERE: Final = {
    "newline": Name("a\nb", "a listing or a header breaks"),
    "carriage-return": Name("a\rb", "XML makes a newline of it"),
    "tab": Name("a\tb", "nobody sees it, and it separates columns"),
    "null": Name("a\0b", "a disk cannot hold it"),
    "bell": Name("a\x07b", "XML 1.0 has no such character"),
    "escape": Name("a\x1bb", "as bell, and a terminal obeys it"),
    "last-c0-control": Name("\x1f", "as bell"),
    "delete": Name("a\x7fb", "a control character too"),
    "no-character": Name("a\ufffeb", "XML 1.0 has no such character: Azurite answers every listing with 500"),
    "last-no-character": Name("a\uffff", "as no-character"),
    "backslash": Name("a\\b", "Windows and Azure take it for a slash"),
    "backslash-last": Name("a\\", "as backslash"),
    "lone-surrogate": Name("a\ud800b", "it is no UTF-8"),
    "undecodable-byte": Name("a\udcffb", "what Python makes of a byte that is no UTF-8"),
    "empty-segment": Name("a//b", "a disk folds it, MinIO refuses it"),
    "empty-segments": Name("a///b", "as empty-segment"),
    "dot": Name(".", "the directory itself"),
    "dot-beside-a-space": Name(" .", "MinIO strips segments before it looks for dots"),
    "dot-segment": Name("a/./b", "clients remove it before they sign"),
    "dot-dot": Name("..", "the directory above"),
    "dot-dot-between-spaces": Name("a/ .. /b", "as dot-beside-a-space"),
    "dot-dot-segment": Name("a/../b", "clients remove it before they sign"),
    "dot-dot-segments": Name("a/../../b", "it leaves the base"),
    "above-the-base": Name("../b", "it leaves the base"),
    "last-dot-dot": Name("a/..", "the directory itself"),
    "long-segment": Name("x" * (MOST_SEGMENT_BYTES + 1), "no disk holds it, MinIO refuses it"),
    "long-segment-below": Name("day/" + "x" * (MOST_SEGMENT_BYTES + 1) + "/object", "as long-segment"),
    "long-segment-in-letters": Name("é" * 128, "256 bytes, though 128 characters"),
    "long-key": Name("/".join(["y" * 99] * 11), "S3 and Azure take 1,024 bytes"),
    "temporary": Name(".noiz-partial-0123456789abcdef0123456789abcdef", "an unfinished local file is named so"),
    "temporary-directory": Name(f".noiz-partial-{'0' * 32}/object", "as temporary"),
}
"""Word → a name that is refused whatever is done with it."""

AS_OBJECTS: Final = {
    "trailing-slash": Name("a/", "a prefix, or the marker of a console's folder"),
}
"""Word → a name that may stand for what lies below it, but for no object."""

AS_ADDRESSES: Final = {
    "leading-slash": Name("/a", "an absolute local path"),
    "foreign-uri": Name("s3://foreign-bucket/object", "it lies in another storage"),
    "unknown-scheme": Name("floppy://drive/object", "nothing is known of such addresses"),
    "web-address": Name("https://example.org/object", "it lies in no storage"),
    "local-file": Name("file:/etc/hosts", "RFC 8089's short form of a local file"),
    "climbing-uri": Name("file:///tmp/../etc/hosts", "it climbs"),
}
"""Word → an address that is refused where a name begins with it, for it lies outside."""


def is_long(name: str) -> bool:
    """Whether a segment of a name has more bytes than some servers keep."""
    return any(len(part.encode()) > MANY_BYTES for part in name.split("/"))


def kept(backend: Endpoint) -> dict[str, Name]:
    """The names of the corpus that an endpoint must keep."""
    every = {**GOOD, **MORE}
    return {word: name for word, name in every.items() if LONG_NAMES in backend.capabilities or not is_long(name.text)}


good_names: Final = pytest.mark.parametrize(
    "name",
    [pytest.param(name.text, id=word, marks=[needs(LONG_NAMES)] * is_long(name.text)) for word, name in GOOD.items()],
)
"""Runs a behaviour once for each name that must be kept."""

_LETTERS: Final = strategies.characters(exclude_categories=["Cs"], exclude_characters="/")
_PIECES: Final = strategies.one_of(
    strategies.text(_LETTERS, min_size=1, max_size=8),
    strategies.sampled_from([name.text for name in GOOD.values() if len(name.text) < 20]),
    strategies.sampled_from(
        ["%2F", "..", ".", "\\", "//", " ", "+", "\t", "\x7f", "\ud800", "é", "e\u0301", "?", "#", "*"]
    ),
)
_GENERATED: Final = strategies.lists(_PIECES, min_size=1, max_size=5).flatmap(
    lambda pieces: strategies.sampled_from(["", "/", " ", "."]).map(lambda between: between.join(pieces))
)


def is_good(name: str) -> bool:
    """Whether the rule of the contract accepts a name; its length with the base aside."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    if re.search(r"[\0-\x1f\x7f\\\ufffe\uffff]", name):
        return False
    reserved = re.compile(r"\.noiz-partial-[0-9a-f]{32}")
    return not any(
        not part
        or part.strip(" ") in (".", "..")
        or len(part.encode()) > MOST_SEGMENT_BYTES
        or reserved.fullmatch(part)
        for part in name.split("/")
    )


def generated_names(count: int, seed: int) -> list[str]:
    """About so many different names, good and bad, from texts that storages are known to stumble over."""
    found: dict[str, None] = {}

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=count, phases=[hypothesis.Phase.generate], database=None, deadline=None)
    @hypothesis.given(_GENERATED)
    def gather(name: str) -> None:
        found[name] = None

    gather()
    return list(found)


def bytes_left(backend: Endpoint, key: str) -> int:
    """How many bytes a name below this base may have."""
    base = unquote(urlsplit(backend.base_uri(key)).path) if backend.scheme == "file" else "/" + key
    return MOST_BYTES - len(base.encode())


def long_name(size: int) -> str:
    """A name of so many bytes, whose segments are no longer than 101."""
    whole, rest = divmod(size - 1, 100)
    return ("z" * 99 + "/") * whole + "z" * (rest + 1)
