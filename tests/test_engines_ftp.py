"""The FTP engine against pyftpdlib with odd manners: what it makes of a server's words, and of connections that end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

from noiz_storage import NoizFileSystem
from noiz_storage.config import Storage
from noiz_storage.engines import Connection, Stat
from noiz_storage.engines.ftp import FTPEngine
from noiz_storage.engines.ftp_replies import described, entries_of
from noiz_storage.errors import (
    AccessDeniedError,
    ConfigurationError,
    NotFoundError,
    ParentIsObjectError,
    RangeError,
    UnreachableError,
    UnsupportedError,
    UntrustedError,
)
from noiz_storage.uri import URI

LOGIN = {"username": "owner", "password": "secret word"}
Serve = Callable[..., int]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """`serve(handler)` starts a server over `tmp_path` and returns its port; `serve.stop()` ends all."""
    running: list[tuple[FTPServer, threading.Thread]] = []

    def start(base: type[Any] = FTPHandler, *, port: int = 0, **settings: Any) -> int:
        authorizer = DummyAuthorizer()
        authorizer.add_user("owner", LOGIN["password"], str(tmp_path), perm="elradfmwMT")
        handler = type("Handler", (base,), {"authorizer": authorizer, "auth_failed_timeout": 0, **settings})
        server = FTPServer(("127.0.0.1", port), handler)
        thread = threading.Thread(target=_run, args=[server], daemon=True)
        running.append((server, thread))
        thread.start()
        return int(server.address[1])

    def stop() -> None:
        while running:
            server, thread = running.pop()
            server.stopping = True
            thread.join(10)

    start.stop = stop  # type: ignore[attr-defined]
    yield start
    stop()


def _run(server: FTPServer) -> None:
    """Serve in small turns, so that the server ends in the thread that owns its sockets."""
    server.stopping = False
    while not server.stopping:
        server.serve_forever(timeout=0.01, blocking=False, handle_exit=False)
    server.close_all()


def engine(port: int, scheme: str = "ftp", **given: str) -> FTPEngine:
    """An engine for the server at a port of this machine."""
    return FTPEngine(Connection(URI(scheme, f"127.0.0.1:{port}", ""), credentials={**LOGIN, **given}, timeout=5))


def body_of(reached: FTPEngine, key: str) -> bytes:
    """What a read returns."""
    return b"".join(reached.get(key).chunks)


def test_survives_a_restart_between_calls(serve: Any, tmp_path: Path) -> None:
    """A connection that ended between two calls is replaced before anything is sent on it."""
    (tmp_path / "object").write_bytes(b"content")
    port = serve()
    reached = engine(port)
    assert body_of(reached, "object") == b"content"
    serve.stop()
    with pytest.raises(UnreachableError):
        reached.stat("object")
    serve(port=port)
    assert body_of(reached, "object") == b"content"


def test_wrong_password_is_denied_and_not_shown(serve: Serve) -> None:
    """A wrong password is AccessDeniedError that names the variables and not the password."""
    with pytest.raises(AccessDeniedError, match="STORAGE_FTP_PASSWORD") as caught:
        engine(serve(), password="other word").stat("object")
    assert "other word" not in str(caught.value)


def test_password_without_a_user_is_refused() -> None:
    """A password alone would be sent as that of the anonymous user."""
    with pytest.raises(ConfigurationError, match="STORAGE_FTP_USERNAME"):
        engine(21, username="")


class Mute(FTPHandler):  # type: ignore[misc]
    """A server that says the same of what is absent and of what it refuses, as vsftpd does."""

    def respond(self, resp: str, *arguments: Any, **details: Any) -> None:
        super().respond("550 Failed." if resp.startswith(("550", "501")) else resp, *arguments, **details)

    def ftp_MLST(self, path: str) -> None:  # noqa: N802 - the command's name
        if path.endswith("hidden"):
            self.respond("550")
        else:
            super().ftp_MLST(path)


@pytest.mark.parametrize("key", ["nothing", "day/nothing", "no/day/nothing", "object/below"])
def test_absence_is_looked_up_where_the_refusal_does_not_tell(serve: Serve, tmp_path: Path, key: str) -> None:
    """A 550 without words is NotFoundError only when the directory's listing does not hold the name."""
    (tmp_path / "day").mkdir()
    (tmp_path / "object").write_bytes(b"content")
    with pytest.raises(NotFoundError):
        engine(serve(Mute)).stat(key)


def test_refusal_of_a_listed_name_is_denial(serve: Serve, tmp_path: Path) -> None:
    """A name that the listing holds is there: the refusal without words is AccessDeniedError."""
    (tmp_path / "hidden").write_bytes(b"content")
    with pytest.raises(AccessDeniedError):
        engine(serve(Mute)).stat("hidden")


def _without(*commands: str) -> dict[str, Any]:
    return {"proto_cmds": {name: value for name, value in FTPHandler.proto_cmds.items() if name not in commands}}


def test_server_without_mlsd_is_refused(serve: Serve) -> None:
    """A listing from a server without MLSD is refused: what LIST prints is not parsed."""
    with pytest.raises(UnsupportedError, match="MLSD"):
        engine(serve(**_without("MLSD"))).list("")


def test_server_without_mlst_is_asked_for_size_and_time(serve: Serve, tmp_path: Path) -> None:
    """SIZE and MDTM stand in for MLST."""
    (tmp_path / "object").write_bytes(b"content")
    reached = engine(serve(**_without("MLST")))
    stat = reached.stat("object")
    assert (stat.size, stat.modified is None, body_of(reached, "object")) == (7, False, b"content")
    with pytest.raises(NotFoundError):
        reached.stat("nothing")


def test_parent_that_is_a_file_is_said(serve: Serve, tmp_path: Path) -> None:
    """Writing below a file is ParentIsObjectError, and leaves nothing."""
    (tmp_path / "object").write_bytes(b"content")
    with pytest.raises(ParentIsObjectError):
        engine(serve()).put("object/day/new", b"")
    assert [path.name for path in tmp_path.rglob("*")] == ["object"]


def test_connection_is_kept_after_a_range_and_a_refusal(serve: Serve, tmp_path: Path) -> None:
    """One login serves reads that end early, refusals and what comes after them."""
    (tmp_path / "object").write_bytes(bytes(range(256)) * 1000)
    logins: list[str] = []
    reached = engine(serve(on_login=lambda _handler, name: logins.append(name)))
    assert b"".join(reached.get("object", span=(10, 20)).chunks) == bytes(range(10, 20))
    with pytest.raises(RangeError):
        reached.get("object", span=(256_000, None))
    with pytest.raises(NotFoundError):
        reached.get("nothing")
    assert (len(body_of(reached, "object")), logins) == (256_000, ["owner"])


def test_a_connection_made_in_haste_has_time_later(serve: Serve) -> None:
    """Each call has its own seconds on a connection that another call has opened."""
    reached = engine(serve())
    with reached._session("object", 0.5) as hasty:
        assert hasty.sock.gettimeout() == 0.5
    with reached._session("object") as session:
        assert (session, session.sock.gettimeout(), session.timeout) == (hasty, 5, 5)


KILLED = """
import sys, time
from noiz_storage.engines import Connection
from noiz_storage.engines.ftp import FTPEngine
from noiz_storage.uri import URI

class Body:
    def seek(self, offset, whence=0):
        return 10**9
    def read(self, size):
        print("asked", flush=True)
        if self.__dict__.setdefault("asked", 0):
            time.sleep(60)
        self.asked += 1
        return bytes(size)

login = dict(username="owner", password=sys.argv[2])
connection = Connection(URI("ftp", f"127.0.0.1:{sys.argv[1]}", ""), credentials=login)
FTPEngine(connection).put("day/object", Body())
"""


def test_killed_writer_leaves_a_hidden_name_only(serve: Serve, tmp_path: Path) -> None:
    """Nothing of an upload is visible whose process was killed in the middle of it; the old object stays."""
    reached = engine(serve())
    reached.put("day/object", b"old")
    command = [sys.executable, "-c", KILLED, reached._base.root.rpartition(":")[2], LOGIN["password"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()] == [b"asked\n", b"asked\n"]
        process.kill()
    assert (list(reached.list("day/").keys), body_of(reached, "day/object")) == (["day/object"], b"old")
    assert [path.name[:13] for path in (tmp_path / "day").iterdir() if path.name != "object"] == [".noiz-partial"]


def test_eight_threads_share_an_engine(serve: Serve) -> None:
    """Every answer reaches the thread that asked, refusals among them."""
    reached = engine(serve())

    def use(number: int) -> tuple[bytes, bool]:
        name, body = f"day/{number}", b"%d" % number * 1000
        reached.put(name, body)
        with pytest.raises(NotFoundError, match=f"nothing{number}"):
            reached.stat(f"nothing{number}")
        return body_of(reached, name), name in reached.list("day/").keys

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(80))) == [(b"%d" % n * 1000, True) for n in range(80)]


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The files of a server's certificate and of the authority behind it."""
    directory, made = tmp_path_factory.mktemp("tls"), trustme.CA()
    made.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(directory / "server.pem")
    made.cert_pem.write_to_path(directory / "authority.pem")
    return str(directory / "server.pem"), str(directory / "authority.pem")


def test_unknown_authority_is_refused(serve: Serve, authority: tuple[str, str]) -> None:
    """A certificate that nobody known vouches for is refused before the login, and the variable is named."""
    port = serve(TLS_FTPHandler, certfile=authority[0])
    with pytest.raises(UntrustedError, match="STORAGE_FTP_CA_FILE"):
        engine(port, "ftps").stat("object")
    with pytest.raises(ConfigurationError, match="STORAGE_FTP_CA_FILE"):
        engine(port, "ftps", ca_file="/no/such/file").stat("object")


def test_both_channels_are_encrypted(serve: Serve, tmp_path: Path, authority: tuple[str, str]) -> None:
    """A server that refuses whatever comes in the clear is written to and read; a plain login there is refused."""
    port = serve(TLS_FTPHandler, certfile=authority[0], tls_control_required=True, tls_data_required=True)
    reached = engine(port, "ftps", ca_file=authority[1])
    reached.put("day/object", b"content")
    assert (body_of(reached, "day/object"), (tmp_path / "day/object").read_bytes()) == (b"content", b"content")
    with pytest.raises(ConfigurationError, match="ftps"):
        engine(port).stat("object")


def test_server_without_tls_gets_no_login(serve: Serve) -> None:
    """`ftps` never falls back to a login in the clear."""
    logins: list[str] = []
    with pytest.raises((UnsupportedError, ConfigurationError)):
        engine(serve(on_login=lambda _handler, name: logins.append(name)), "ftps").stat("object")
    assert logins == []


@pytest.mark.parametrize("condition", [{"if_absent": True}, {"if_version": "1"}], ids=["absent", "version"])
def test_no_conditional_write_is_pretended(condition: dict[str, Any]) -> None:
    """A write on a condition is refused by the engine itself before it connects, for a rename would overwrite."""
    with pytest.raises(UnsupportedError, match=r"on a condition.*use mode 'w'"):
        engine(1).put("object", b"mine", **condition)


class Locked(FTPHandler):  # type: ignore[misc]
    """A server that lets nobody look into some directories."""

    words = "Permission denied."

    def ftp_MLSD(self, path: str) -> None:  # noqa: N802 - the command's name
        if path.endswith("private"):
            self.respond(f"550 {self.words}")
        else:
            super().ftp_MLSD(path)


@pytest.fixture
def locked(tmp_path: Path) -> list[str]:
    """Files beside and in a directory that nobody may look into; the keys of those beside it."""
    for name in ("a/object", "day/object", "day/private/hidden", "z/object"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"content")
    return ["a/object", "day/object", "z/object"]


@pytest.mark.parametrize("words", ["Permission denied.", "Failed."])
def test_what_may_not_be_looked_into_is_left_out(
    serve: Serve, locked: list[str], caplog: pytest.LogCaptureFixture, words: str
) -> None:
    """A directory that the server lets nobody look into stops no listing of what lies above; a warning names it."""
    fs = filesystem(serve(Locked, words=words))
    assert (fs.find(), fs.ls("day"), fs.isdir("day")) == (locked, ["day/object"], True)
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert "day/private" in caplog.text
    with pytest.raises(AccessDeniedError):
        fs.find("day/private")


@pytest.mark.parametrize("words", ["Permission denied.", "Failed."])
def test_deletion_goes_on_past_what_may_not_be_looked_into(
    serve: Serve, tmp_path: Path, locked: list[str], words: str
) -> None:
    """A recursive deletion takes all but the directory that nobody may look into, and raises for that."""
    with pytest.raises(AccessDeniedError, match="day/private"):
        filesystem(serve(Locked, words=words)).rm("day", recursive=True)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("day/**/*"))] == [
        "day/private",
        "day/private/hidden",
    ]


def test_a_login_refused_in_the_middle_is_no_directory_that_is_locked(serve: Serve, locked: list[str]) -> None:
    """A server that refuses the login, and not one name, ends the listing: nothing may look complete then."""

    class Tired(FTPHandler):  # type: ignore[misc]
        def ftp_MLSD(self, path: str) -> None:  # noqa: N802 - the command's name
            if path.endswith("private"):
                self.respond("530 Log in again.")
            else:
                super().ftp_MLSD(path)

    with pytest.raises(AccessDeniedError):
        filesystem(serve(Tired)).find()


def filesystem(port: int) -> NoizFileSystem:
    """A file system of the server at a port of this machine."""
    base = URI("ftp", f"127.0.0.1:{port}", "")
    return NoizFileSystem(str(base), storage=Storage("odd", base, "", LOGIN))


TIMES = {
    "20190101010203": datetime(2019, 1, 1, 1, 2, 3, tzinfo=timezone.utc),
    "20190101010203.123": datetime(2019, 1, 1, 1, 2, 3, tzinfo=timezone.utc),
    "19691231235959": datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
    " 20190101010203": datetime(2019, 1, 1, 1, 2, 3, tzinfo=timezone.utc),
    "00000101000000": None,
    "100000101000000": None,
    "999990101000000": None,
    "1912000101000000": None,
    "-1": None,
    "20190230000000": None,
    "20161231235960": None,
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize("modify", TIMES)
def test_any_time_of_change(modify: str) -> None:
    """A time of change that is none, or of a year that `datetime` lacks, is not told, and the file is read."""
    assert described({"type": "file", "size": "7", "modify": modify}) == Stat(
        7, f"7-{modify.strip()}-", TIMES[modify], {}
    )


@pytest.mark.parametrize("size", ["", "-1", "unknown", "7.5", "\u0667"])
def test_a_size_that_is_none_is_said(size: str) -> None:
    """A file whose size the server does not know is told as such, not as a failure of Python's."""
    with pytest.raises(UnsupportedError, match="size"):
        described({"type": "file", "size": size})


@pytest.mark.parametrize("kind", ["dir", "Dir", "cdir", "OS.unix=fifo", "OS.unix=chr-1/3", "OS.unix=sock"])
def test_what_is_no_file_is_no_object(kind: str) -> None:
    """A directory, a pipe, a socket or a device is no object, whatever its size is said to be."""
    with pytest.raises(NotFoundError):
        described({"type": kind, "size": "7"})


def test_what_is_no_file_is_not_listed() -> None:
    """A listing shows files, and links, which may lead to one."""
    kinds = ["file", "OS.unix=fifo", "OS.unix=slink:/a", "OS.unix=symlink", "OS.unix=blk-8/0", "dir", "cdir", "pdir"]
    body = "".join(f"type={kind};size=1; {number}\r\n" for number, kind in enumerate(kinds)).encode()
    assert entries_of(body, "", "") == (["0", "2", "3"], ["5"])
