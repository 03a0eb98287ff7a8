"""FTP's control connections: each serves one call at a time, and none is used again once it is in doubt.

Below fsspec's calls, because fsspec's FTP (2026.9.0) sends the commands of all threads down one connection, whose
answers then reach the wrong callers, goes on using a connection that broke, and shows a file while it is written. The
standard library's ftplib speaks the protocol.
"""

from __future__ import annotations

import contextlib
import ftplib
import re
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping

from .. import errors
from . import READ_SIZE, Connection, NotModified
from .ftp_replies import facts_of

_PORT = 21
_KEPT = 8
"""Idle connections that an engine holds on to."""
_PARTING_SECONDS = 1.0
"""How long a server may take to say that it noticed the end of a read before its connection is given up."""
_TASTES = ("OPTS UTF8 ON", "OPTS MLST type;size;modify;unique;")
"""What a server is asked for that has it; one that does not refuses and nothing is lost."""


class Session(ftplib.FTP_TLS):
    """A control connection, logged in; names are taken from the directory that the login leads to."""

    home = "/"

    def enter(self, connection: Connection) -> None:
        """Connect and log in: over TLS for `ftps`, the data connections too, and never in the clear."""
        given, secure = connection.credentials, connection.base.scheme == "ftps"
        root = address_of(connection.base.root)
        self.connect(
            *(address_of(re.sub(r"^ftps?://|/$", "", connection.endpoint_url)) if connection.endpoint_url else root)
        )
        self.host = root[0]
        if secure:
            self.auth()
        self.login(given.get("username", ""), given.get("password", ""), secure=False)
        if secure:
            self.prot_p()
        self.voidcmd("TYPE I")
        for taste in _TASTES:
            with contextlib.suppress(ftplib.error_perm):
                self.voidcmd(taste)
        self.home = self.pwd().rstrip("/")

    def path(self, key: str) -> str:
        """Return what a key is called in commands."""
        return f"{self.home}/{key}"

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Begin a transfer; over TLS with the control connection's session, without which vsftpd refuses."""
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        # Else a small body over TLS waits some 40 ms until the server has acknowledged the handshake's last piece.
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not isinstance(self.sock, ssl.SSLSocket):
            return data, size
        try:
            return self.context.wrap_socket(data, server_hostname=self.host, session=self.sock.session), size
        except BaseException:
            data.close()
            raise

    def receive(self, command: str) -> bytes:
        """Return all that a command has the server send."""
        with contextlib.closing(self.ntransfercmd(command)[0]) as data:
            body = b"".join(iter(lambda: block(data, READ_SIZE, self._seconds), b""))
        self.voidresp()
        return body

    def send(self, command: str, blocks: Iterator[bytes]) -> None:
        """Send blocks of bytes; the server has them all only when it said so."""
        with contextlib.closing(self.ntransfercmd(command)[0]) as data:
            for each in blocks:
                data.sendall(each)
            if isinstance(data, ssl.SSLSocket):
                with contextlib.suppress(OSError):  # the answer on the control connection tells
                    data = data.unwrap()
        self.voidresp()

    def facts(self, key: str) -> Mapping[str, str]:
        """Return what MLST tells; SIZE and MDTM where there is no MLST."""
        path = self.path(key)
        try:
            lines = self.sendcmd(f"MLST {path}").splitlines()
        except ftplib.error_perm as error:
            if str(error)[:3] not in ("500", "502"):
                raise
            return {"size": self.sendcmd(f"SIZE {path}")[4:], "modify": self.sendcmd(f"MDTM {path}")[4:]}
        return facts_of(next(line for line in lines if line.startswith(" ")).strip().partition(" ")[0])

    def make_directories(self, key: str) -> None:
        """Make a directory and its parents where they are not there."""
        try:
            self.cwd(self.path(key))
            return
        except ftplib.error_perm:
            if not key:
                raise
        self.make_directories(key.rpartition("/")[0])
        try:
            self.mkd(self.path(key))
        except ftplib.error_perm as error:
            self._check_directory(key, error)

    def _check_directory(self, key: str, error: ftplib.error_perm) -> None:
        """Raise why a directory could not be made, unless another client was faster."""
        try:
            kind = self.facts(key).get("type", "dir")
        except ftplib.error_perm:
            raise error from None
        if kind == "file":
            raise errors.ParentIsObjectError("a parent of the name is a file") from error

    def part(self) -> None:
        """Wait for the answer to a read that was ended early, or give the connection up."""
        assert self.sock is not None
        self.sock.settimeout(_PARTING_SECONDS)
        try:
            self.getmultiline()
            self.sock.settimeout(self._seconds)
        except (OSError, EOFError):
            self.close()

    def allow(self, seconds: float) -> None:
        """Wait so long for each answer from now on: the last call may have had less time."""
        assert self.sock is not None
        self.timeout = seconds
        self.sock.settimeout(seconds)

    def is_quiet(self) -> bool:
        """Say whether nothing has arrived unasked: neither the end of the connection nor a farewell."""
        if self.sock is None:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            return not selector.select(0)

    @property
    def _seconds(self) -> float:
        return float(self.timeout or 0)


class Sessions:
    """The connections of one engine: lent to one call at a time, made when none is free."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._context: ssl.SSLContext | None = None

    @contextlib.contextmanager
    def lend(self, seconds: float | None = None) -> Iterator[Session]:
        """Lend a connection; it is given back only when its last answer has been read."""
        session = self._take(seconds or self._connection.timeout)
        try:
            yield session
        except BaseException as error:
            self._put_away(session) if _is_in_step(error) else session.close()
            raise
        self._put_away(session)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _take(self, seconds: float) -> Session:
        with self._lock:
            while self._idle:
                session = self._idle.pop()
                if session.is_quiet():
                    session.allow(seconds)
                    return session
                session.close()
        session = Session(context=self._tls(), timeout=seconds)
        try:
            session.enter(self._connection)
        except BaseException:
            session.close()
            raise
        return session

    def _put_away(self, session: Session) -> None:
        with self._lock:
            if session.sock is not None and len(self._idle) < _KEPT:
                self._idle.append(session)
                return
        session.close()

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _context(self._connection)
            return self._context


def _context(connection: Connection) -> ssl.SSLContext:
    """Return how servers prove who they are: by the system's authorities, or by those of the file that is given."""
    if connection.base.scheme == "ftp":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # not asked; reading the authorities takes 25 ms
    file = connection.credentials.get("ca_file") or None
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        reason = f"the CA file {file!r} cannot be used ({error}); set STORAGE_FTP_CA_FILE to a PEM file"
        raise errors.ConfigurationError(reason, str(connection.base)) from error


def address_of(root: str) -> tuple[str, int]:
    """Return host and port of a root."""
    host, _, port = root.rpartition(":") if re.search(r":\d+$", root) else (root, "", "")
    return host.strip("[]"), int(port or _PORT)


def block(data: socket.socket, size: int, seconds: float) -> bytes:
    """Return `size` bytes, fewer at the end; TimeoutError unless they arrive within `seconds`."""
    received, end = bytearray(), time.monotonic() + seconds
    while len(received) < size:
        data.settimeout(max(0.001, end - time.monotonic()))
        chunk = data.recv(size - len(received))
        if not chunk:
            break
        received += chunk
    return bytes(received)


def _is_in_step(error: BaseException) -> bool:
    """Say whether a connection's last answer has been read when it comes to this."""
    if isinstance(error, ftplib.error_perm | ftplib.error_temp):
        return not str(error).startswith("421")
    return isinstance(error, NotModified | errors.StorageError) and not isinstance(error, errors.TransientError)
