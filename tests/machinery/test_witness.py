"""Witnesses pass names literally, page to the end and tell rewritten objects apart."""

from __future__ import annotations

import base64
import socket
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem
from minio.error import S3Error
from scratch_suite import ScratchSuite
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from conformance.reasons import of_a_witness
from fixtures.witness import Witness
from fixtures.witness_azure import AzureError, AzureWitness
from fixtures.witness_gcs import GCSWitness
from fixtures.witness_http import new_pool
from fixtures.witness_local import LocalWitness
from fixtures.witness_memory import MemoryWitness
from fixtures.witness_s3 import S3Witness
from tests.scripted_server import ScriptedServer

NAMES = [
    *("plain", "a b", "100%", "%20", "a%2Fb", "#frag", "q?x=1", "a+b", "a&b", "a=b", "it's", 'say "x"', "dots..."),
    *("naïve", unicodedata.normalize("NFD", "naïve"), "日本語", "🌋.mseed", "[x]*", "a;b,c", "a:b", "~t", "$y", "<z>"),
]


@pytest.fixture(params=["local", "memory"])
def witness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Witness]:
    """A witness of an empty place, below an odd key."""
    (tmp_path / "root").mkdir()
    if request.param == "local":
        yield LocalWitness(str(tmp_path / "root"), "deep/k %20")
        return
    yield MemoryWitness(str(tmp_path), "deep/k %20")
    for path in [path for path in MemoryFileSystem.store if path.startswith(f"/{tmp_path}/")]:
        del MemoryFileSystem.store[path]


@pytest.mark.parametrize("name", NAMES)
def test_names(witness: Witness, name: str) -> None:
    """A name is stored, listed and removed as it is, in a directory of that name too."""
    witness.put(f"{name}/{name}", name.encode())
    assert witness.keys() == [f"{name}/{name}"]
    assert witness.get(f"{name}/{name}") == name.encode()
    witness.delete(f"{name}/{name}")
    assert witness.keys() == []


def test_missing(witness: Witness) -> None:
    """Nothing under a key is a KeyError to get() and described(), and nothing to delete()."""
    witness.put("a", b"")
    witness.put("day/c", b"")
    for key in ("b", "a/b"):
        witness.delete(key)
        with pytest.raises(KeyError):
            witness.get(key)
    for key in ("b", "a/b", "day"):
        with pytest.raises(KeyError) as caught:
            witness.described(key)
        assert not of_a_witness(caught.value)
    assert witness.get("a") == b""


def test_prefix(witness: Witness) -> None:
    """keys() takes a prefix, not a directory, and sorts by code point."""
    for key in ("ab", "a/c", "b", "aB"):
        witness.put(key, b"")
    assert witness.keys("a") == ["a/c", "aB", "ab"]


def test_tree(witness: Witness) -> None:
    """tree() shows which object was rewritten, also with the same bytes."""
    witness.put("a", b"1")
    witness.put("b/c", b"1")
    before = witness.tree()
    witness.put("a", b"1")
    after = witness.tree()
    assert [key for key in before if before[key] != after[key]] == ["a"]


def test_local_temporary_names(tmp_path: Path) -> None:
    """Unpublished files are uploads, not keys; other hidden files are keys."""
    witness = LocalWitness(str(tmp_path), "")
    for name in (".noiz-partial-00ff", "d/.noiz-partial-1", ".hidden", "noiz-partial"):
        witness.put(name, b"")
    assert witness.uploads() == [".noiz-partial-00ff", "d/.noiz-partial-1"]
    assert witness.keys() == list(witness.tree()) == [".hidden", "noiz-partial"]


def test_memory_shares_the_store() -> None:
    """The memory witness reads what fsspec holds under the literal key."""
    MemoryFileSystem.store["/word-7/a//b"] = MemoryFile(None, "/word-7/a//b", b"x")
    witness = MemoryWitness("word-7", "")
    assert (witness.keys(), witness.get("a//b"), witness.same_client) == (["a//b"], b"x", True)
    witness.delete("a//b")
    assert "/word-7/a//b" not in MemoryFileSystem.store


def answer(body: str, status: str = "200 OK") -> bytes:
    """The bytes of an answer."""
    data = body.encode()
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(data), data)


def azure(server: ScriptedServer) -> AzureWitness:
    """A witness of the scripted server."""
    secret = base64.b64encode(b"key").decode()
    identity = {"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=acc;AccountKey={secret}"}
    return AzureWitness(f"{server.url}/acc", identity, "box", "run")


AZURE_LIST = "/acc/box?restype=container&comp=list&prefix=run%2F"


@pytest.mark.parametrize("name", NAMES)
def test_azure_names(server: ScriptedServer, name: str) -> None:
    """A name travels percent-encoded, byte for byte."""
    target = f"/acc/box/run/{quote(name)}"
    server.script.answers[target] = answer("", "201 Created")
    azure(server).put(name, b"body")
    assert server.script.seen[0].startswith(f"PUT {target} HTTP/1.1\r\n".encode())


def test_azure_pages(server: ScriptedServer) -> None:
    """Listings go to the last page, and encoded names are decoded where the server says that they are."""
    page = "<E><Blobs><Blob><Name{}>run/{}</Name></Blob></Blobs><NextMarker>{}</NextMarker></E>"
    server.script.answers[AZURE_LIST] = answer(page.format("", "b%20", "m/1"))
    server.script.answers[AZURE_LIST + "&marker=m%2F1"] = answer(page.format(' Encoded="true"', "a%EF%BF%BF", ""))
    assert azure(server).keys() == ["a\uffff", "b%20"]


def test_azure_missing(server: ScriptedServer) -> None:
    """A blob that is not there is a KeyError; any other refusal is an error with the server's words."""
    server.script.answers["/acc/box/run/k"] = answer("BlobNotFound", "404 Not Found")
    server.script.answers["/acc/box/run/denied"] = answer("AuthorizationFailure", "403 Forbidden")
    with pytest.raises(KeyError):
        azure(server).get("k")
    with pytest.raises(AzureError, match="AuthorizationFailure"):
        azure(server).get("denied")
    with pytest.raises(KeyError):
        azure(server).described("k")
    with pytest.raises(AzureError, match="403"):
        azure(server).described("denied")


def s3(server: ScriptedServer) -> S3Witness:
    """A witness of the scripted server."""
    return S3Witness(server.url, {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, "box", "run")


@pytest.mark.parametrize("name", NAMES)
def test_s3_names(server: ScriptedServer, name: str) -> None:
    """A name travels percent-encoded, byte for byte."""
    target = f"/box/run/{quote(name, safe='/~')}"
    server.script.answers[target] = b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n'
    s3(server).put(name, b"")
    assert server.script.seen[0].startswith(f"PUT {target} HTTP/1.1\r\n".encode())


def test_s3_uploads(server: ScriptedServer) -> None:
    """Unfinished uploads are found on every page, whether the server encodes their keys or not."""
    start = "/box?encoding-type=url&uploads="
    first = "<R><EncodingType>url</EncodingType><Upload><Key>run/a%2Bb</Key></Upload><Upload><Key>x</Key></Upload>"
    marks = (
        "<IsTruncated>true</IsTruncated><NextKeyMarker>x%20</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
    )
    server.script.answers[start] = answer(f"{first}{marks}</R>")
    second = "/box?encoding-type=url&key-marker=x%20&upload-id-marker=u&uploads="
    server.script.answers[second] = answer("<R xmlns='s3'><Upload><Key>run/%20</Key></Upload></R>")
    assert s3(server).uploads() == ["%20", "a+b"]


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8"])
def test_s3_missing(server: ScriptedServer, kind: str) -> None:
    """A key without an object is a KeyError, whatever the server calls its XML."""
    server.script.answers["/box/run/k"] = answer(
        "<Error><Code>NoSuchKey</Code></Error>", f"404 Not Found\r\nContent-Type: {kind}"
    )
    with pytest.raises(KeyError) as caught:
        s3(server).get("k")
    assert not of_a_witness(caught.value)


def test_s3_describes_nothing_that_is_missing(server: ScriptedServer) -> None:
    """A HEAD without an object is a KeyError too; any other refusal is an error."""
    server.script.answers["/box/run/k"] = answer("", "404 Not Found")
    server.script.answers["/box/run/denied"] = answer("", "403 Forbidden")
    with pytest.raises(KeyError) as caught:
        s3(server).described("k")
    assert not of_a_witness(caught.value)
    with pytest.raises(S3Error, match="AccessDenied"):
        s3(server).described("denied")


def test_gcs_missing(server: ScriptedServer) -> None:
    """An object that is not there is a KeyError, to be read as to be described."""
    here = GCSWitness(server.url, {}, "box", "run")
    server.script.answers["/storage/v1/b/box/o/run%2Fk"] = answer("{}", "404 Not Found")
    server.script.answers["/storage/v1/b/box/o/run%2Fk?alt=media"] = answer("{}", "404 Not Found")
    for ask in (here.get, here.described):
        with pytest.raises(KeyError):
            ask("k")


def test_a_silent_server_is_given_up_at_once() -> None:
    """A witness waits for an answer once; a second try would double the time that a frozen server costs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with pytest.raises(ReadTimeoutError):
            new_pool(silence=0.1).request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        listener.accept()[0].close()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_broken_connection_is_tried_once_more() -> None:
    """A server may close an idle connection just as it is used again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        closing = threading.Thread(target=lambda: [listener.accept()[0].close() for _ in range(2)])
        closing.start()
        with pytest.raises(MaxRetryError):
            new_pool().request("GET", url)
        closing.join(10)
        assert not closing.is_alive()


PROXY = '''
"""What the suite's own proxy may do to a case."""
from types import SimpleNamespace

def wait():
    raise TimeoutError("timed out")

def test_closed(wire, layer):
    """The layer is refused, for nobody listens."""
    wire.close()
    layer.ask(wire.url)

def test_silent(wire):
    """A command is not answered."""
    wire._lines = SimpleNamespace(readline=wait, close=lambda: None)
    wire.fault("reset")

def test_alive(wire, layer):
    """The layer fails by itself."""
    wire.fault("reset")
    layer.ask(wire.url)
'''
LAYER = """
import pytest, urllib.request
from types import SimpleNamespace

def ask(url):
    try:
        urllib.request.urlopen(url)
    except OSError:
        raise ConnectionError("unreachable") from None

@pytest.fixture
def layer():
    return SimpleNamespace(ask=ask)
"""


def test_a_proxy_that_fails_is_no_fault_of_the_layer(tmp_path: Path) -> None:
    """Nothing was learnt where the suite's own proxy is gone or silent; the reason says which."""
    suite = ScratchSuite(tmp_path)
    suite.conftest(LAYER)
    suite.write("test_proxy.py", PROXY)
    rows = {row["behaviour"]: (row["verdict"], row["detail"]) for row in suite.run("--backend=moto", "-n0").rows}
    assert rows.pop("proxy.alive") == ("fail", "ConnectionError: unreachable")
    assert {verdict for verdict, _ in rows.values()} == {"error"}
    assert all("the suite's own proxy" in detail for _, detail in rows.values())
