"""How an endpoint is told to others, and how options are checked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from conformance.options import Settings
from conformance.suite import Suite
from fixtures.endpoint import IDENTITIES, NETWORK, Endpoint
from fixtures.provision import BACKENDS, WEB, Options, parse_endpoint_urls

URL = "http://127.0.0.1:1"


def endpoint(scheme: str, root: str = "root", backend: str = "moto", **identities: dict[str, str]) -> Endpoint:
    """An endpoint whose owner needs no credentials unless `identities` says so."""
    return Endpoint(
        backend, scheme, URL, root, {"owner": {}, **identities}, "a server", "process", (NETWORK, IDENTITIES)
    )


def test_json_round_trip() -> None:
    """An endpoint arrives at a worker as it left the controller."""
    original = endpoint("s3", reader={"AWS_ACCESS_KEY_ID": "k"})
    assert Endpoint.from_json(original.to_json()) == original


@pytest.mark.parametrize(
    ("scheme", "root", "uri"),
    [
        ("s3", "bucket", "s3://bucket/a%20b/c"),
        ("memory", "word", "memory://word/a%20b/c"),
        ("file", "/tmp/a dir", "file:///tmp/a%20dir/a%2520b/c"),
    ],
)
def test_base_uri_is_literal_except_for_files(scheme: str, root: str, uri: str) -> None:
    """A URI spells its key literally, except a file's, which is percent-encoded."""
    assert endpoint(scheme, root).base_uri("a%20b/c") == uri


def test_s3_environment_names_the_server_or_the_channel() -> None:
    """An S3 subject reaches the server itself unless it is given another address."""
    reader = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    server = endpoint("s3", reader=reader)
    expected = {"STORAGE_URI": "s3://root/k", **reader}
    assert server.environment("k", identity="reader") == {**expected, "S3_ENDPOINT_URL": URL}
    assert server.environment("k", identity="reader", url="http://c") == {**expected, "S3_ENDPOINT_URL": "http://c"}


def test_azure_connection_string_gets_the_address() -> None:
    """An Azure identity with a key gets the address inside its connection string."""
    server = endpoint("az", owner={"AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=b=="})
    text = server.environment("k", url="http://c/a")["AZURE_STORAGE_CONNECTION_STRING"]
    assert text == "AccountName=a;AccountKey=b==;BlobEndpoint=http://c/a;"


def test_azure_token_gets_the_address_beside_it() -> None:
    """An Azure identity with a token gets the address as a variable of its own."""
    token = {"AZURE_STORAGE_ACCOUNT_NAME": "a", "AZURE_STORAGE_SAS_TOKEN": "sig=1"}
    environment = endpoint("az", reader=token).environment("k", identity="reader")
    assert environment == {"STORAGE_URI": "az://root/k", "AZURE_STORAGE_ENDPOINT_URL": URL, **token}


def test_a_directory_answers_until_it_is_gone(tmp_path: Path) -> None:
    """The local backend answers as long as its directory is there."""
    assert endpoint("file", str(tmp_path)).answers() == ""
    assert endpoint("file", str(tmp_path / "gone")).answers() == f"{tmp_path / 'gone'} is gone"


def test_a_silent_server_does_not_answer() -> None:
    """A server that accepts and says nothing does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = Endpoint("moto", "s3", url, "root", {}, "silent", "process", ())
        assert server.answers() == f"{url} does not answer: timed out"


@pytest.mark.parametrize(("runs_as", "seconds"), [("process", 2.0), ("container", 2.0), ("endpoint", 10.0)])
def test_a_probe_waits_as_long_as_the_start(
    runs_as: str, seconds: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who had ten seconds for the first answer has them for each; on a busy machine it waits longer, twice."""
    waited: list[float] = []

    def silent(*_: object, seconds: float, **__: object) -> str:
        waited.append(seconds)
        return "silent"

    monkeypatch.setattr("fixtures.endpoint.probe", silent)
    monkeypatch.setattr("conformance.suite.pressure", lambda: 3.0)
    server = Endpoint("moto", "s3", URL, "root", {}, "S", runs_as, ())
    server.answers()
    (tmp_path / "down").mkdir()
    settings = Settings(("moto",), "noiz_storage", 1)
    Suite(settings, directory=tmp_path, endpoints={"moto": server}).probe("moto")
    assert waited == [seconds, 3 * seconds, 3 * seconds]


def test_backends_are_in_the_order_of_reports() -> None:
    """The backends are listed from the nearest to the farthest."""
    assert list(BACKENDS) == [
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
        "s3",
        "gs",
        "az",
    ]


def test_endpoint_urls_are_parsed() -> None:
    """An address may hold any character, and its last slash does not count."""
    assert parse_endpoint_urls(["minio=http://h:1/", "azurite=https://h/a?b=c"]) == {
        "minio": "http://h:1",
        "azurite": "https://h/a?b=c",
    }


def test_an_endpoint_without_a_backend_is_refused() -> None:
    """An address without the name of a backend is refused."""
    with pytest.raises(ValueError, match="is not BACKEND=URL"):
        parse_endpoint_urls(["http://h:1"])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"servers": "cloud"}, "auto, container, process"),
        ({"endpoint_urls": {"moto": URL}}, "minio, versitygw, azurite, gcs"),
        ({"endpoint_urls": {"minio": "127.0.0.1:9000"}}, "http://HOST"),
    ],
)
def test_wrong_options_are_refused_with_the_right_ones(options: dict[str, object], complaint: str) -> None:
    """A wrong option is refused with those that would do."""
    with pytest.raises(ValueError, match=complaint):
        Options(**options)  # type: ignore[arg-type]
