"""`NoizFileSystem`, the one type that users hold: what can be done with the files below one base URI."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from pathlib import Path
from typing import IO, Any, SupportsIndex, cast

from .addresses import Name, Names
from .arguments import check_flags, check_text, parse_mode, span_of
from .config import Storage, check_block_size, find_storage, get_storage_config
from .engines import Connection, Engine, Stat, connect, shows_directory, writable
from .errors import AccessDeniedError, DirectoryError, NotFoundError, RootNotFoundError, named
from .lending import Lent
from .listing import compile_pattern, fixed_part, is_deep, names
from .meter import Meter, Metered
from .paths import StoragePath
from .publishing import Publisher
from .readers import reader
from .removing import remove
from .retry import Budget, Retried
from .roots import Root
from .setting_values import check_whole
from .streams import TextWriter, Writer
from .uri import URI

_ACTIONS = {"w": "write", "x": "create"}


class NoizFileSystem:
    """Files below one base URI, on any backend, with the same promises everywhere.

    A name is a key relative to the base, or an absolute URI or path that lies below it (below the legacy base too).
    Nothing is contacted before the first operation. Threads may share an instance; a forked child connects anew; it
    pickles without credentials, and the other process reads its own environment.

    Args:
        base_uri: where the files live, e.g. `s3://bucket/prefix`, `az://container`, `/data/noiz`, `memory://x`.
        cache_storage: directory of the local cache; there is none yet, so it only warns.
        cache_size_mb: bound of the cache (MB).
        block_size: bytes read whole at an open, and sent in one request; at least 5 MiB.
        storage: name of a configured storage, or endpoint and credentials given in code.
    Raises:
        ConfigurationError: an unknown scheme, a missing extra, a wrong setting.
    """

    def __init__(
        self,
        base_uri: Name,
        cache_storage: Name | None = None,
        cache_size_mb: int = 1000,
        block_size: int | None = None,
        *,
        storage: Storage | str | None = None,
    ) -> None:
        check_whole("cache_size_mb", cache_size_mb, 0)
        if cache_storage is not None:
            warnings.warn(f"there is no cache yet ({cache_size_mb} MB asked): every read is sent", stacklevel=2)
        self._config = get_storage_config()
        self._asked = storage
        self.base = URI.parse(base_uri)
        self.storage = storage if isinstance(storage, Storage) else find_storage(self.base, storage)
        self.block_size = check_block_size(self._config.block_size if block_size is None else block_size)
        self._names = Names(self.base, self._config.legacy_base)
        self._publisher = Publisher(self._live, self.base, self.block_size, self._config.timeout)
        self._root = Root(self._live)
        self._connect()

    def __repr__(self) -> str:
        return f"NoizFileSystem({self.base_uri!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        if isinstance(self._asked, Storage):
            raise TypeError("credentials given in code cannot be pickled; set them in the environment of each worker")
        return _reopen, (self.base_uri, self.block_size, self._asked)

    @property
    def protocol(self) -> str:
        """The scheme: `file`, `memory`, `s3`, `gs`, `az`, `ftp`, `ftps`, `http`, `https`."""
        return self.base.scheme

    @property
    def base_uri(self) -> str:
        """The address that keys are relative to."""
        return str(self.base)

    @property
    def creates_exclusively(self) -> bool:
        """Whether the backend has exclusive creates at all."""
        return self._live().traits.creates

    def get_path(self, path: Name = "") -> StoragePath:
        """Return the path of a name; of the base itself for an empty one."""
        return StoragePath(self.base.child(self._names.relative(path)), self)

    def open(
        self,
        path: Name,
        mode: str = "rb",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        next_free: bool = False,
    ) -> IO[Any]:
        """Open an object: `r` to read, `w` to write, `x` to create it where the name must be free; `b` or `t`.

        Text is UTF-8, strict, unless `encoding` and `errors` say otherwise. A writer that is never closed publishes
        nothing and warns (ResourceWarning). On a disk an overwrite keeps the file's mode, and goes through a link to
        the file that it leads to, as Python's `open` does (`engines.local_writing`).
        A reader holds one version. What is written becomes visible by a clean `close()` and not at all when the body of
        the `with` raises. With `next_free` (mode `x`) the object is created under the next free counter of its name;
        the file's `published` tells which.

        Cost: 1 read, or 1 write at the close (see `publishing`); `next_free` 1 list more.
        Raises:
            NotFoundError: nothing to read; AlreadyExistsError: `x`, and the name is taken (at the close).
            UnsupportedError: modes `a` and `+`, which no object store has; `x` where no create is safe.
            InvalidNameError: `next_free`, and the name has no counter. ValueError, LookupError: an unknown mode,
            encoding or end of lines, or one of the last two in a mode of bytes.
        """
        check_flags(next_free=next_free)
        uri = self.base.with_key(key := self._names.full(path))
        action, is_text = parse_mode(mode, next_free, uri)
        text = check_text(mode, encoding, errors, newline)
        if action == "r":
            with self._root.told("read", uri):
                file = cast(IO[bytes], reader(self._live(), key, self.block_size, uri))
            return io.TextIOWrapper(file, *text) if is_text else file
        self._writable(key)
        if action == "x":
            self._publisher.check_create(key, next_free)
        send = self._publisher.create_next if next_free else getattr(self._publisher, _ACTIONS[action])
        writer = cast(IO[bytes], Writer(lambda body: self._path(send(key, body)), self.block_size, uri))
        return TextWriter(writer, *text) if is_text else writer

    def open_context(self, path: Name, mode: str = "rb", **options: Any) -> contextlib.AbstractContextManager[IO[Any]]:
        """Open, for code that wants a context manager by this name."""
        return self.open(path, mode, **options)

    def read(self, path: Name, offset: SupportsIndex | None = None, length: SupportsIndex | None = None) -> bytes:
        """Return an object's bytes, or those of one range: fewer than `length` where the object ends before.

        Cost: 1 read, which asks for these bytes only.
        Raises:
            RangeError: the range starts at or past the end; ValueError: it is negative or empty; TypeError: no number.
        """
        span = span_of(offset, length)
        key = self._names.full(path)
        with self._root.told("read", self.base.with_key(key)):
            return b"".join(self._live().get(key, span=span).chunks)

    def exists(self, path: Name) -> bool:
        """Say whether there is an object of this name; False only when the server said so. Cost: 1 head."""
        try:
            self.stat(path)
        except RootNotFoundError:
            raise
        except NotFoundError:
            return False
        return True

    def stat(self, path: Name) -> Stat:
        """Return size (bytes), version and time of the last change (UTC) of an object. Cost: 1 head."""
        key = self._names.full(path)
        with self._root.told("head", self.base.with_key(key)):
            return self._live().stat(key)

    def isdir(self, path: Name = "") -> bool:
        """Say whether any object lies below. Cost: 1 list; 2 and more where many there only show directories."""
        # Two, for the first may be the empty object by which a console shows the directory.
        return any(names(self._live(), self._names.prefix(path), one_level=False, limit=2))

    def makedirs(self, path: Name, exist_ok: bool = True) -> None:
        """Check the name, and create the directory on a disk; object stores have none. Cost: nothing."""
        check_flags(exist_ok=exist_ok)
        self._writable(key := self.get_path(path).uri.key).make_directory(key, exist_ok)

    def ls(self, path: Name = "") -> list[str]:
        """Return what lies one level below, objects and prefixes, as sorted keys; [] where nothing is.

        Keys of other clients that the layer does not accept as names, such as `a//b`, are shown too, whole where a
        prefix of theirs cannot be listed by itself; reading one raises InvalidNameError.

        Cost: ⌈n / page⌉ lists.
        """
        return self._names.shorten(names(self._live(), self._names.prefix(path), one_level=True))

    def find(self, path: Name = "") -> list[str]:
        """Return the sorted keys of all objects below, as `ls` does. Cost: ⌈n / page⌉ lists."""
        return self._names.shorten(names(self._live(), self._names.prefix(path), one_level=False))

    def glob(self, pattern: str) -> list[str]:
        """Return the sorted keys of the objects that match `*`, `?`, `[…]` and `**` (`listing.compile_pattern`).

        A pattern is relative to the base, or lies below it, as names do.

        Cost: the lists of everything below the pattern's directories without a wildcard.
        """
        pattern = self._names.relative(pattern)
        matches = compile_pattern(pattern).fullmatch
        below = self._names.prefix(fixed_part(pattern))
        found = names(self._live(), below, one_level=not is_deep(pattern), objects_only=True)
        return [key for key in self._names.shorten(found) if matches(key)]

    def rm(self, path: Name, recursive: bool = False, missing_ok: bool = False) -> None:
        """Delete an object, or with `recursive` everything below the name too; of a disk's links only the links.

        That takes the objects by which other clients show directories, and keys that are no names of the layer's. With
        `missing_ok` alone nothing is looked at: on Azure it takes the one that shows this name as a directory.

        Cost: 1 head and 1 delete; with `missing_ok` 1 delete. `recursive`: the lists, 1 delete for 1,000 names (256 on
        Azure, 100 on Google), and 1 list that finds nothing: MinIO hides what lies below an object until that object
        is gone.
        Raises:
            NotFoundError: there is nothing of this name, unless `missing_ok`.
            DirectoryError: objects lie below, and `recursive` was not asked for; nothing is deleted.
            StorageError: names the objects that stayed; all others are gone.
        """
        check_flags(recursive=recursive, missing_ok=missing_ok)
        engine = self._writable(key := self._names.full(path))
        below = self._below(key) if recursive else []
        if not (missing_ok or below):
            self._must_exist(key, path, recursive)
        with named(self.base.with_key(key)):
            if recursive:
                remove(engine, [*below, key], lambda: self._below(key), self._names.shorten, self._budget)
            else:
                engine.delete([key])

    def copy(self, source: Name, target: Name) -> None:
        """Copy an object, on the server; a prefix is none.

        Cost: 1 copy, on Azure 1 head before it and more after a slow one; else see `Publisher.copy`.
        """
        origin, goal = self._names.full(source), self._names.full(target)
        uri = self.base.with_key(origin)
        with named(uri, self.base.with_key(goal)), self._root.told("copy", uri):
            self._writable(goal)
            if origin == goal:
                self.stat(source)
            else:
                self._publisher.copy(origin, goal)

    def move(self, source: Name, target: Name) -> None:
        """Copy an object, then delete the source; both exist for a moment. Cost: that of a copy, and 1 delete."""
        self.copy(source, target)
        origin, goal = self._names.full(source), self._names.full(target)
        if origin != goal:
            with named(self.base.with_key(origin), self.base.with_key(goal)):
                self._live().delete([origin])

    def local_path(self, path: Name, mode: str = "r") -> contextlib.AbstractContextManager[Path]:
        """Lend a real local file for programs that need one.

        `r` lends the content (on a local disk the file itself: do not write to it), `w` an empty place of the same name
        whose file is published when the body ends without an exception, `r+` the content, published likewise.
        Cost: 1 read for `r` and `r+`; 1 write for `w` and `r+`.
        """
        return Lent(self, self._names.full(path), mode)

    def next_free(self, path: Name, *, extension: bool | None = None) -> StoragePath:
        """Return the first free name from this counter on; somebody else may take it (see `open(next_free=True)`).

        Cost: 1 list, whatever names exist.
        """
        return self._path(next(self._publisher.free(self._names.full(path), extension)))

    def close(self) -> None:
        """Give connections back; the next operation opens new ones."""
        self._engine.close()

    def _below(self, key: str) -> list[str]:
        return list(names(self._live(), key + "/", one_level=False, markers=True, follow=False))

    def _must_exist(self, key: str, path: Name, recursive: bool) -> None:
        try:
            self.stat(path)
        except RootNotFoundError:
            raise
        except (NotFoundError, AccessDeniedError) as error:
            if recursive and shows_directory(error):
                return
            if isinstance(error, AccessDeniedError) or recursive or not self.isdir(path):
                if self._is_held(key):
                    return
                raise
            reason = "objects lie below; rm(recursive=True) deletes them"
            raise DirectoryError(reason, error.filename) from error.__cause__

    def _is_held(self, key: str) -> bool:
        """Say whether a disk has something of this name that is no object, such as a link that leads nowhere."""
        engine = self._live()
        return engine.traits.has_links and key in names(engine, key, one_level=True, objects_only=True, follow=False)

    def _path(self, key: str) -> StoragePath:
        return StoragePath(self.base.with_key(key), self)

    def _connect(self) -> None:
        config, storage = self._config, self.storage
        self.meter, self._pid = Meter(), os.getpid()
        connection = Connection(self.base, storage.endpoint_url, storage.credentials, config.timeout)
        self._budget = Budget(config.retry_attempts, config.retry_seconds)
        self._engine: Engine = Retried(Metered(connect(connection), self.meter), self._budget)

    def _writable(self, key: str) -> Engine:
        """Return the engine; refuse at once, before anything is spooled or sent, where it cannot write."""
        return writable(self._live(), self.base.with_key(key))

    def _live(self) -> Engine:
        """Return the engine; in a forked child a new one, for connections and locks do not survive a fork."""
        if self._pid != os.getpid():
            self._connect()
        return self._engine


def _reopen(base_uri: str, block_size: int, name: str | None) -> NoizFileSystem:
    """Open a pickled filesystem with this process's own settings; what was pickled apart shares one again."""
    asked = (base_uri, block_size, name)
    if asked not in _reopened:
        _reopened[asked] = NoizFileSystem(base_uri, block_size=block_size, storage=name)
    return _reopened[asked]


_reopened: dict[tuple[str, int, str | None], NoizFileSystem] = {}
forget_reopened = _reopened.clear
