"""The spelling of addresses, and the names that the layer refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.secret_addresses import KEYS, LOGINS
from noiz_storage import NoizFileSystem, get_filesystem
from noiz_storage.config import Storage, get_storage_config
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


NO_FILES = ["file://HIDDEN:HIDDEN@host/a", "file://HIDDEN:a/HIDDEN@host/a", "http:/HIDDEN:HIDDEN@host/a"]
SECRETS = [
    "az://container?sv=1&sig=HIDDEN",
    '"https://account.example/c?sig=HIDDEN"',
    "'https://account.example/c?sv=1&sig=HIDDEN",
    "$X/c&sig=HIDDEN",
    "https://account.example/c?sv=1&sig=HIDDEN",
    "s3://bucket/x?X-Amz-Signature=HIDDEN",
    "az://DefaultEndpointsProtocol=https;AccountKey=HIDDEN",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=HIDDEN==",
    "AccountName=a;AccountKey=HIDDEN==;BlobEndpoint=http://h/a",
    "AccountName=a;SharedAccessSignature=sv=1&sig=HIDDEN",
    "AccountName=a;SharedAccessSignature=HIDDEN",
    "//user:HIDDEN@host/x",
    "//user:HIDDEN/$X",
    "//HIDDEN@host/x",
    "/s3://AKIA:HIDDEN/b",
    "a/s3://AKIA:HIDDEN/b",
    "$X/s3://AKIA:HIDDEN/b",
    "s3://bucket/${X}/s3://AKIA:HIDDEN/b",
    "http://[user:HIDDEN]/x",
    "http://[u:HIDDEN]:80/$X",
    "http://HIDDEN:99999/$X",
    "s3://AKIA%3AHIDDEN/b",
    "s3://AKIA;HIDDEN/b",
    "s3://AKIA,HIDDEN/b",
    "s3://AKIA|HIDDEN/b",
    "s3://AKIA HIDDEN/b",
    "s3://AKIA\uff1aHIDDEN/b",
    "s3://b$(HIDDEN)/",
    "memory://AKIA:HIDDEN/$X",
    "user:HIDDEN@host\\x",
]
SHOWN = [
    ('"s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/mine"', "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine"),
    ("'http://host.example:8080/x", "http://host.example:8080/x"),
    ("s3://bucket-${NOIZ_STAGE:-dev}/x", "s3://bucket-${NOIZ_STAGE:-dev}/x"),
    ("s3://%BUCKET%/x", "s3://%BUCKET%/x"),
    ("s3://$BUCKET/a:b/c:d", "s3://$BUCKET/a:b/c:d"),
    ("s3://b\u00fccket/x", "s3://b\u00fccket/x"),
    ("az://container?sv=1", "az://container?"),
    ("data//09:30/$X", "data//09:30/$X"),
    ("C:\\data\\x", "C:\\\\data"),
    ("/data/a:b c/$X", "/data/a:b c/$X"),
    ("file:///a:b/$X", "file:///a:b/$X"),
]
WITHOUT_HOST = ["{}://HIDDEN:HIDDEN", "{}://HIDDEN:HIDDEN/a", "{}://HIDDEN:99999/a", "{}://HIDDEN:1:HIDDEN/a"]


@pytest.mark.parametrize("address", NO_FILES)
def test_login_in_a_path_is_refused_unseen(address: str) -> None:
    """No part of a login is shown where only local files have a place either."""
    with pytest.raises((ConfigurationError, InvalidNameError)) as caught:
        uri_to_local_path(address)
    assert "HIDDEN" not in shown_by(caught.value)


@pytest.mark.parametrize("spelling", WITHOUT_HOST)
@pytest.mark.parametrize("scheme", ["ftp", "ftps", "http", "https"])
def test_login_without_a_host_is_refused_unseen(scheme: str, spelling: str) -> None:
    """What follows a colon and is no port may be a password."""
    with pytest.raises(ConfigurationError, match="names no host") as caught:
        URI.parse(spelling.format(scheme))
    assert "HIDDEN" not in shown_by(caught.value)


@pytest.mark.parametrize("spelling", [*KEYS, "{}://HIDDEN:12345/HIDDEN"])
@pytest.mark.parametrize("scheme", ["s3", "s3a", "S3", "gs", "gcs", "az", "abfs"])
@pytest.mark.parametrize("variable", ["STORAGE_URI", "PROCESSED_DATA_DIR", "STORAGE_RAW_URI"])
def test_keys_without_a_bucket_are_refused_unseen(
    scheme: str, spelling: str, variable: str, settings: pytest.MonkeyPatch
) -> None:
    """What has a colon in place of a bucket's name may be a pair of keys: no part of it is shown."""
    settings.setenv(variable, spelling.format(scheme))
    with pytest.raises(ConfigurationError, match=variable) as caught:
        get_storage_config()
    with pytest.raises((ConfigurationError, InvalidNameError)) as parsed:
        normalize_path_to_uri(spelling.format(scheme))
    assert "HIDDEN" not in shown_by(caught.value) + shown_by(parsed.value)


@pytest.mark.parametrize("value", SECRETS)
@pytest.mark.parametrize(
    "variable",
    [
        "STORAGE_URI",
        "PROCESSED_DATA_DIR",
        "STORAGE_LEGACY_BASE",
        "STORAGE_RAW_URI",
        "S3_ENDPOINT_URL",
        "STORAGE_RAW_ENDPOINT_URL",
        "AWS_CA_BUNDLE",
    ],
)
def test_secrets_in_settings_are_refused_unseen(variable: str, value: str, settings: pytest.MonkeyPatch) -> None:
    """Signatures, keys of accounts and pairs of keys are shown by no error, however they got into a setting."""
    for name, text in {"STORAGE_URI": "s3://bucket/x", "STORAGE_RAW_URI": "s3://bucket/y", variable: value}.items():
        settings.setenv(name, text)
    with pytest.raises(ConfigurationError, match=variable) as caught:
        get_storage_config()
    assert "HIDDEN" not in shown_by(caught.value)


@pytest.mark.parametrize("value", [value for value in SECRETS if "$" not in value])
def test_secrets_in_addresses_are_refused_unseen(value: str) -> None:
    """So it is with an address in code that cannot be read."""
    with pytest.raises((ConfigurationError, InvalidNameError)) as caught:
        normalize_path_to_uri(value + "\n")
    assert "HIDDEN" not in shown_by(caught.value)


@pytest.mark.parametrize("key", ["a?b", "key=1", "me:x@y", "s3:a:b"])
def test_refused_keys_are_shown(key: str) -> None:
    """What is said of a key that is no address hides nothing."""
    with pytest.raises(InvalidNameError) as caught:
        check_key(f"{key}/")
    assert key in str(caught.value)


@pytest.mark.parametrize(("value", "shown"), SHOWN)
def test_what_is_no_login_is_shown(value: str, shown: str, settings: pytest.MonkeyPatch) -> None:
    """A port, an access point and a variable's default hide nothing."""
    settings.setenv("STORAGE_URI", value)
    with pytest.raises(ConfigurationError) as caught:
        get_storage_config()
    assert shown in str(caught.value)


@pytest.mark.parametrize("spelling", LOGINS)
def test_login_in_a_setting_is_refused_unseen(spelling: str, settings: pytest.MonkeyPatch) -> None:
    """No part of a login in a variable, an argument or a name is shown; the variable is named."""
    address = spelling.format("http").replace("\n", "\t")
    settings.setenv("STORAGE_URI", address)
    with pytest.raises(ConfigurationError, match="STORAGE_URI") as caught:
        get_storage_config()
    settings.setenv("STORAGE_URI", "memory://x")
    with pytest.raises((ConfigurationError, InvalidNameError)) as chosen:
        get_filesystem(address)
    with pytest.raises((ConfigurationError, InvalidNameError)) as built:
        NoizFileSystem(address)
    assert "HIDDEN" not in "".join(shown_by(error.value) for error in (caught, chosen, built))


@pytest.mark.parametrize("scheme", ["s3", "az", "gs", "ftp", "http"])
def test_endpoint_with_a_login_is_refused_unseen(scheme: str) -> None:
    """An endpoint with a login, or with a query that may hold a signature, is refused."""
    for spelling in ("http://HIDDEN:a/HIDDEN@host", "http://host/?HIDDEN", "http://host/#HIDDEN"):
        with pytest.raises(ConfigurationError, match="endpoint_url") as caught:
            Storage("given", URI(scheme, "root", ""), spelling)
        assert "HIDDEN" not in shown_by(caught.value)


def shown_by(error: BaseException) -> str:
    """All that an error and its causes show."""
    shown = f"{error!r} {error} {error.args} {getattr(error, 'filename', '')}"
    return shown + shown_by(error.__cause__) if error.__cause__ else shown


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
        " .",
        "a/ ../b",
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
    "key",
    ["a", "a.b", "..\u00a0", "..x", "x..", " a ", "é", "e\u0301", "a%2Fb", "[x]*?", "é" * 127, "a/b/c", "~", "日本/🌍"],
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
