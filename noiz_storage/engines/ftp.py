"""FTP, in the clear (`ftp`) and over TLS (`ftps`): whole files put in place by one rename.

A body goes to a temporary name beside its target (`noiz_storage.uri.TEMPORARY`), is compared in size and renamed; after
a kill such a hidden name may remain. FTP has no conditional rename, so no exclusive create is offered. A directory
without a file below appears in no listing, as on a disk.

| kind | command |
|---|---|
| read | RETR |
| write | STOR |
| list | MLSD, one for each directory |
| head | MLST, or SIZE and MDTM; unless it goes with a RETR or STOR of the same name |
| delete | DELE |
| auth | USER |

What goes along (CWD, MKD, RMD, REST, RNFR, RNTO, PASV, the login) has no kind.
"""

from __future__ import annotations

import contextlib
import ftplib
import json
import logging
import socket
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import NoReturn

from .. import errors
from . import READ_SIZE, Body, Connection, Download, Engine, NotModified, Page, Span, Stat, Traits, started
from .bodies import blocks, bounds, size_of
from .ftp_client import Session, Sessions, block
from .ftp_replies import described, entries_of, is_refused, refusal, tells_absence

_TRIES = 5
"""How often a directory is made again that another client's deletion prunes in between."""
_TIDYING_SECONDS = 2.0
"""How long one may wait for the removal of what a failed upload left."""
_REFUSED = (ftplib.error_perm, errors.AccessDeniedError, errors.ParentIsObjectError)
"""What an upload that was refused, and so left nothing, raises."""
_log = logging.getLogger(__name__)


class FTPEngine(Engine):
    """The files of one FTP server, below the directory that the login leads to."""

    traits = Traits(needs_probe=False, creates=False, copies=False, delete_limit=1)

    def __init__(self, connection: Connection) -> None:
        given = connection.credentials
        if given.get("password") and not given.get("username"):
            raise errors.ConfigurationError(
                "a password is set without a user; set STORAGE_FTP_USERNAME too", str(connection.base)
            )
        self._base = connection.base
        self._timeout = connection.timeout
        self._sessions = Sessions(connection)

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """MLST, then RETR; what replaces the file later does not reach this read."""
        with contextlib.ExitStack() as held:
            session = held.enter_context(self._session(key))
            stat = self._look_before(session, key)
            start, stop = bounds(span, stat.size)
            if if_version not in (None, stat.version):
                raise errors.VersionChangedError("the file changed while it was read")
            if unless_version == stat.version:
                raise NotModified
            data = held.enter_context(contextlib.closing(self._retrieve(session, key, start)))
            chunks = self._chunks(held.pop_all(), session, data, (start, stop, stat.size))
        return Download(stat, stop - start, started(chunks))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """STOR under a temporary name, compare the size, rename."""
        if if_absent or if_version is not None:
            reason = "FTP cannot rename on a condition: no exclusive create is safe there; use mode 'w'"
            raise errors.UnsupportedError(reason, self._uri(key))
        parent, slash, _ = key.rpartition("/")
        temporary = f"{parent}{slash}.noiz-partial-{uuid.uuid4().hex}"
        stored = False
        with self._session(key) as session:
            try:
                self._store(session, temporary, body)
                stored = True
                stat = described(session.facts(temporary))
                if stat.size != size_of(body):
                    raise errors.UnreachableError(f"{stat.size} of {size_of(body)} bytes arrived")
                session.rename(session.path(temporary), session.path(key))
            except BaseException as error:
                if stored or not isinstance(error, _REFUSED):
                    self._forget(temporary)
                raise
        return stat.version

    def stat(self, key: str) -> Stat:
        """MLST."""
        with self._session(key) as session:
            return self._look(session, key)

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """MLSD of one directory; `after` holds the others: those below, or with `one_level` those that may be empty.

        What the server does not let this user look into is left out of the listing of what lies above it, with a
        warning, as on a disk (`local_listing`); without `follow` it is a name itself. Asked for itself, it is denied.
        """
        parent, _, stem = prefix.rpartition("/")
        pending = json.loads(after) if after else [["", parent]]
        shown, directory = pending.pop(0)
        try:
            files, directories = self._entries(directory, "" if after else stem)
        except errors.AccessDeniedError as error:
            if not after or not is_refused(error):
                raise
            files, directories = ([], []) if follow else ([directory], [])
            if follow:
                _log.warning("left out of a listing, for this user may not look into it: %r", self._uri(directory))
        if shown and files:
            pending = [other for other in pending if other[0] != shown]
            return Page([], [shown], json.dumps(pending) if pending else None)
        pending = [[shown or (below if one_level else ""), below] for below in directories] + pending
        return Page(files, [], json.dumps(pending) if pending else None)

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """DELE, and RMD of the directories that this leaves empty."""
        for key in keys:
            with contextlib.suppress(errors.NotFoundError), self._session(key) as session:
                try:
                    session.delete(session.path(key))
                except ftplib.error_perm as error:
                    if "is a directory" in str(error).lower():
                        self._listing(session, key)  # which nobody can say the content of where this is denied
                    self._explain(session, key, error)
                self._prune(session, key.rpartition("/")[0])
        return {}

    def copy(self, source: str, target: str) -> bool:
        """Refuse: FTP has no copies; the layer reads and writes."""
        raise errors.UnsupportedError("FTP cannot copy on the server", self._uri(source))

    def check_root(self) -> None:
        """A missing directory is an empty storage: the first write creates it."""

    def make_directory(self, key: str, exist_ok: bool) -> None:
        """Nothing: the first write makes the directory."""

    def close(self) -> None:
        """Close the connections that no read holds."""
        self._sessions.close()

    def _uri(self, key: str) -> str:
        return str(self._base.with_key(key))

    @contextlib.contextmanager
    def _session(self, key: str, seconds: float | None = None) -> Iterator[Session]:
        """Lend a connection, and raise the layer's errors for what goes wrong on it."""
        try:
            with self._sessions.lend(seconds) as session:
                yield session
        except (errors.StorageError, NotModified) as error:
            if isinstance(error, errors.StorageError) and error.filename is None:
                error.filename = self._uri(key)
            raise
        except Exception as error:
            raise refusal(error, self._uri(key)) from error

    def _look(self, session: Session, key: str) -> Stat:
        try:
            return described(session.facts(key))
        except ftplib.error_perm as error:
            self._explain(session, key, error)

    def _look_before(self, session: Session, key: str) -> Stat:
        """Say what is about to be read; where the server refuses, it is the refusal of RETR that counts."""
        try:
            return described(session.facts(key))
        except (ftplib.error_perm, ftplib.error_temp, errors.NotFoundError):
            self._retrieve(session, key, 0).close()
            session.close()
            raise

    def _retrieve(self, session: Session, key: str, start: int) -> socket.socket:
        try:
            return session.ntransfercmd(f"RETR {session.path(key)}", start or None)[0]
        except ftplib.error_perm as error:
            self._explain(session, key, error)

    def _chunks(
        self, held: contextlib.ExitStack, session: Session, data: socket.socket, place: tuple[int, int, int]
    ) -> Generator[bytes, None, None]:
        """Yield the bytes from start to stop of a file; the connection is free again after the last."""
        start, stop, size = place
        with held:
            yield b""
            while start < stop and (chunk := block(data, min(READ_SIZE, stop - start), self._timeout)):
                start += len(chunk)
                yield chunk
            surplus = start == size and block(data, 1, self._timeout)
            data.close()
            if stop < size:
                session.part()
            else:
                session.voidresp()
            if start < stop:
                raise errors.UnreachableError(f"the body ended {stop - start} bytes too early")
            if surplus:
                raise errors.VersionChangedError("the file changed while it was read")

    def _entries(self, directory: str, stem: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return the files and directories in a directory, as sorted keys; none where it is not there."""
        with contextlib.suppress(errors.NotFoundError), self._session(directory) as session:
            return entries_of(self._listing(session, directory), directory, stem)
        return [], []

    def _listing(self, session: Session, directory: str) -> bytes:
        try:
            return session.receive(f"MLSD {session.path(directory)}")
        except ftplib.error_perm as error:
            if str(error)[:3] in ("500", "502"):
                raise errors.UnsupportedError(
                    "this server has no MLSD (RFC 3659), and what LIST prints for people is not parsed"
                ) from error
            self._explain(session, directory, error)

    def _explain(self, session: Session, key: str, error: ftplib.error_perm) -> NoReturn:
        """Raise NotFoundError if a refusal means that there is no such file, which a code alone (550) does not tell."""
        absent = tells_absence(error)
        if absent is None:
            absent = not self._is_listed(session, key)
        if absent:
            raise errors.NotFoundError(f"there is no such file ({error})") from error
        raise error

    def _is_listed(self, session: Session, key: str, *, as_directory: bool = False) -> bool:
        """Look for a name in the listing of its directory; a directory that cannot be looked into may hold it."""
        parent, slash, _ = key.rpartition("/")
        try:
            files, directories = entries_of(session.receive(f"MLSD {session.path(parent)}"), parent, "")
        except ftplib.error_perm as error:
            absent = tells_absence(error)
            return self._is_listed(session, parent, as_directory=True) if absent is None and slash else not absent
        return key in directories or (key in files and not as_directory)

    def _store(self, session: Session, key: str, body: Body) -> None:
        """STOR; the directory is made where it is not there."""
        parent = key.rpartition("/")[0]
        for left in reversed(range(_TRIES)):
            session.make_directories(parent)
            try:
                session.send(f"STOR {session.path(key)}", blocks(body))
                return
            except ftplib.error_perm as error:
                if not left or not tells_absence(error):
                    raise

    def _forget(self, temporary: str) -> None:
        """Remove what a failed upload left, on a connection that is not in doubt; the failure is what is reported."""
        with contextlib.suppress(errors.StorageError), self._session(temporary, _TIDYING_SECONDS) as session:
            session.delete(session.path(temporary))

    def _prune(self, session: Session, directory: str) -> None:
        """Remove directories up to the base that hold nothing any more."""
        while directory.startswith(self._base.key) and len(directory) > len(self._base.key):
            try:
                session.rmd(session.path(directory))
            except ftplib.error_perm:
                return
            directory = directory.rpartition("/")[0]
