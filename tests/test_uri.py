"""The spelling of addresses, and the names that the layer refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from noiz_storage.errors import ConfigurationError, InvalidNameError
from noiz_storage.uri import URI, check_key, is_uri, normalize_path_to_uri, uri_to_local_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket", URI("s3", "bucket", "")),
        ("s3://bucket/", URI("s3", "bucket", "")),
        ("s3a://bucket/a/b", URI("s3", "bucket", "a/b")),
        ("S3://bucket/a%20b", URI("s3", "bucket", "a%20b")),
        ("gcs://b/k", URI("gs", "b", "k")),
        ("abfs://c/k#?", URI("az", "c", "k#?")),
        ("memory://x/y", URI("memory", "x", "y")),
        ("file:///a%20b/c", URI("file", "", "a b/c")),
        ("file:/a/b", URI("file", "", "a/b")),
        ("file://localhost/a", URI("file", "", "a")),
        ("/a b/c/", URI("file", "", "a b/c")),
    ],
)
def test_addresses_are_read(text: str, expected: URI) -> None:
    """Every spelling of an address gives one value."""
    assert URI.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ftp://Host.Example:2121/a/b", URI("ftp", "host.example:2121", "a/b")),
        ("ftps://host:21/a%20b", URI("ftps", "host", "a%20b")),
        ("ftp://[::1]:2121", URI("ftp", "[::1]:2121", "")),
    ],
)
def test_hosts_are_roots(text: str, expected: URI) -> None:
    """A host is the root, with its port unless that goes without saying."""
    assert URI.parse(text) == expected


@pytest.mark.parametrize("scheme", ["ftp", "ftps"])
def test_login_in_an_address_is_refused_unseen(scheme: str) -> None:
    """An address with a login is refused, and the password is shown nowhere."""
    with pytest.raises(ConfigurationError, match="login") as plain:
        URI.parse(f"{scheme}://user:secret@host/a")
    with pytest.raises(ConfigurationError) as unquoted:
        URI.parse(f"{scheme}://user:a/secret@host/a")
    assert "secret" not in f"{plain.value!r}{unquoted.value!r}"


@pytest.mark.parametrize(
    "text", ["s3://b/a%20b", "az://c/d e#f?g", "file:///a%20b/%C3%A9%25", "memory://x/y", "gs://b"]
)
def test_text_round_trips(text: str) -> None:
    """The text of an address reads back as itself."""
    assert str(URI.parse(text)) == text


@pytest.mark.parametrize("text", ["ftpx://host/a", "s3://", "s3:///key", "file://host/a", "file://rel"])
def test_wrong_addresses_are_configuration_errors(text: str) -> None:
    """An unknown scheme, a missing bucket or a file host is refused and named."""
    with pytest.raises(ConfigurationError) as caught:
        URI.parse(text)
    assert text.split(":")[0] in str(caught.value)


@pytest.mark.parametrize("text", ["relative/path", "", "s3:/b/k"])
def test_relative_paths_are_no_addresses(text: str) -> None:
    """A path that is neither a URI nor absolute is refused."""
    with pytest.raises(InvalidNameError):
        URI.parse(text)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "a/../b",
        "./a",
        "a\\b",
        "a\nb",
        "a\x00",
        "a\x7f",
        "\ud800",
        "é" * 128,
        "a/" * 512 + "aa",
    ],
)
def test_forbidden_names(key: str) -> None:
    """Names that some backend would change are refused with a reason."""
    with pytest.raises(InvalidNameError, match="refused"):
        check_key(key)


@pytest.mark.parametrize(
    "key", ["a", "a.b", "..x", "x..", " a ", "é", "e\u0301", "a%2Fb", "[x]*?", "é" * 127, "a/b/c", "~", "日本/🌍"]
)
def test_accepted_names(key: str) -> None:
    """Every other name is accepted as it stands."""
    assert check_key(key) == key


def test_base_counts_for_the_length() -> None:
    """A key that fits alone may be too long with its base."""
    key = "/".join(["x" * 200] * 5)
    assert check_key(key) == key
    with pytest.raises(InvalidNameError, match="with its base"):
        check_key(key, base="y" * 100)


@pytest.mark.parametrize(
    ("base", "other", "expected"),
    [
        ("s3://b/k", "s3://b/k/x", "x"),
        ("s3://b/k", "s3://b/k2/x", None),
        ("s3://b/k", "s3://b/k", ""),
        ("s3://b", "s3://b/x/y", "x/y"),
        ("s3://b", "s3://c/x", None),
        ("/data", "s3://b/data", None),
        ("/", "/x/y", "x/y"),
    ],
)
def test_containment(base: str, other: str, expected: str | None) -> None:
    """Only whole segments put one address below another."""
    assert URI.parse(base).key_below(URI.parse(other)) == expected


def test_is_uri_asks_for_a_scheme() -> None:
    """A colon alone makes no URI."""
    assert is_uri("s3://b")
    assert is_uri("file:/a")
    assert not is_uri("a:b")
    assert not is_uri("09h00:30")


def test_paths_become_uris_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local paths and file URIs stand for each other; a relative path counts from the working directory."""
    monkeypatch.chdir(tmp_path)
    assert normalize_path_to_uri("a b") == (tmp_path / "a b").as_uri()
    assert uri_to_local_path(normalize_path_to_uri(tmp_path / "é%")) == tmp_path / "é%"
    with pytest.raises(ConfigurationError, match="local_path"):
        uri_to_local_path("s3://b/k")
