"""The seam between the layer and the ways bytes travel: one small interface, one call is one attempt and one request.

An engine makes no retries, keeps no cache and hides no error: it translates every exception of its driver into
`noiz_storage.errors` and leaves budgets, counters and names to the modules above it. Keys are whole (the base included)
and already checked.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - once the main thread has ended, as others may still work, it is too late
import importlib
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from ..errors import ConfigurationError, NotFoundError, StorageError, UnsupportedError
from ..uri import URI

Body = bytes | BinaryIO
"""What is written: bytes, or a seekable binary file that is sent whole from its beginning."""

Span = tuple[int, int | None]
"""A half-open range of bytes `[start, stop)`; `stop` None means to the end."""

READ_SIZE = 1 << 20
"""Bytes that an engine hands on at a time."""

SLOWEST = 128 * 1024
"""Bytes per second below which a transfer counts as stalled: bodies extend an attempt's deadline at this rate."""

TOKEN = "noiztoken"
"""Metadata key of the token by which a writer knows its own object again; an identifier, as Azure demands."""


class NotModified(Exception):  # noqa: N818 - an answer, not an error
    """The object still is the version that the caller has."""


class PartsDropped(StorageError):  # noqa: N818 - for the layer: callers never see it
    """The server dropped a body's parts when it completed another body of that name."""


_SHOWN = "the name is a directory, which is no object"


def directory_shown() -> NotFoundError:
    """Return the error for an object by which another client shows a directory."""
    return NotFoundError(_SHOWN)


def shows_directory(error: StorageError) -> bool:
    """Say whether an error means such an object; a recursive deletion takes it along."""
    return isinstance(error, NotFoundError) and error.strerror == _SHOWN


@dataclass(frozen=True)
class Stat:
    """What a backend says of one object: size in bytes, version, time of the last change (UTC)."""

    size: int
    version: str
    modified: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    """False while the server still copies the object."""
    abandoned: bool = False
    """Whether the server gave up copying the object."""


@dataclass
class Download:
    """One answer to a read: what the object is, how many bytes follow, and the bytes."""

    stat: Stat
    length: int
    chunks: Iterator[bytes]
    file: io.FileIO | None = None
    """The same bytes in an unnamed local file, where they had to arrive whole before any could be handed on."""


def started(chunks: Generator[bytes, None, None]) -> Iterator[bytes]:
    """Return a generator past its first, empty chunk: Python closes one that has not begun without its `finally`."""
    next(chunks)
    return chunks


@dataclass(frozen=True)
class Page:
    """One page of a listing: keys of objects, prefixes one level below (without a final slash), where to go on."""

    keys: Sequence[str]
    prefixes: Sequence[str] = ()
    after: str | None = None
    markers: Sequence[str] = ()
    """Keys of the empty objects by which consoles and other clients show a directory: no object to callers."""


@dataclass(frozen=True)
class Upload:
    """A body on its way in parts; invisible until completed."""

    key: str
    ident: str
    token: str


@dataclass(frozen=True)
class Connection:
    """What an engine needs to reach one root: its address, endpoint, credentials and seconds for one attempt."""

    base: URI
    endpoint_url: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0


@dataclass(frozen=True)
class Traits:
    """How an engine differs from the others in ways that the layer must know."""

    name: str = "fsspec"
    needs_probe: bool = True
    """Whether exclusive create depends on a server that may ignore the condition."""
    hides_root: tuple[str, ...] = ()
    """Kinds of requests whose refusal does not tell a missing object from a missing bucket."""
    has_parts: bool = False
    """Whether large bodies travel in parts."""
    begin_sends: bool = True
    """Whether beginning and dropping a body in parts are requests of their own."""
    single_put_limit: int | None = None
    """Largest body of one `put` (bytes)."""
    creates: bool = True
    """Whether a name can be taken so that of many creators one wins."""
    copies: bool = True
    """Whether the server copies an object itself."""
    not_copied: tuple[str, ...] = ()
    """Texts that some servers of this kind misread in the name of a copy's source; none of them is asked for it."""
    copies_directories: bool = False
    """Whether a copy also takes the object by which another client shows a directory: it is looked at before."""
    directories_linger: bool = False
    """Whether a name may be refused as a directory for the moment after the only object there was deleted."""
    read_only: bool = False
    """Whether nothing can be written, copied or deleted."""
    has_listing: bool = True
    """Whether names can be asked for."""
    has_links: bool = False
    """Whether a name may be held by what is no object, such as a link to nothing, and still be deleted."""
    delete_limit: int = 1000
    """Most keys that one `delete` takes."""


class Engine(ABC):
    """How bytes travel to one root.

    Raises (every method):
        StorageError: the classes of `noiz_storage.errors`, with the driver's exception as `__cause__`.
    Cost:
        one request a call, and one for each redirect; none on a disk or in memory.
    """

    traits: Traits
    also_sent: Callable[..., None] = staticmethod(lambda _, **__: None)
    """Told the kind of each request that a call sends after its first, and the bytes of its body: see `Meter.count`."""

    @abstractmethod
    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """Start to read an object, or a range of it.

        Raises:
            NotFoundError: there is no object of this name.
            RangeError: the range starts at or past the end.
            VersionChangedError: it is not `if_version`.
            NotModified: it still is `unless_version`.
        """

    @abstractmethod
    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write an object whole and return its version; it becomes visible at once or not at all.

        Raises:
            AlreadyExistsError: `if_absent`, and the name is taken.
            VersionChangedError: it is not `if_version`.
        """

    @abstractmethod
    def stat(self, key: str) -> Stat:
        """Return what the backend says of an object; NotFoundError where there is none."""

    @abstractmethod
    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """Return one page of the names that start with `prefix`, in the order of their UTF-8 bytes.

        Without `follow` a disk's link to a directory is a name itself, and what lies behind it is not listed.
        """

    @abstractmethod
    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        """Delete objects; names without an object are passed over.

        Return those of several names that stayed, and why; what becomes of a single one, or of all, is raised.
        """

    @abstractmethod
    def copy(self, source: str, target: str) -> bool:
        """Copy an object on the server; False while the server goes on copying after its answer."""

    @abstractmethod
    def check_root(self) -> None:
        """Raise RootNotFoundError where the bucket or container is not there."""

    def make_directory(self, key: str, exist_ok: bool) -> None:
        """Create a directory where there are such things; keys need none."""

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        """Begin a body in parts."""
        raise UnsupportedError("this backend takes bodies whole", key)

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        """Send part `number` (from 1) and return its tag."""
        raise UnsupportedError("this backend takes bodies whole", upload.key)

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        """Make the parts one object and return its version, empty where the server does not tell it.

        Raises:
            NotFoundError: there is no such upload.
            PartsDropped: another body was completed in the meantime; this one can be sent again.
        """
        raise UnsupportedError("this backend takes bodies whole", upload.key)

    def abort(self, upload: Upload) -> None:
        """Drop the parts."""
        raise UnsupportedError("this backend takes bodies whole", upload.key)

    def close(self) -> None:
        """Give connections back; the engine is not used afterwards."""


_ENGINES = {
    "file": ("local", "LocalEngine", ""),
    "memory": ("memory", "MemoryEngine", ""),
    "s3": ("s3", "S3Engine", "s3"),
    "az": ("azure", "AzureEngine", "azure"),
    "gs": ("gcs", "GCSEngine", "gcs"),
    "ftp": ("ftp", "FTPEngine", ""),
    "ftps": ("ftp", "FTPEngine", ""),
    "http": ("http", "HttpEngine", "http"),
    "https": ("http", "HttpEngine", "http"),
}


def connect(connection: Connection) -> Engine:
    """Return the engine for a connection; contacts nothing.

    Raises:
        UnsupportedError: no engine reaches this scheme yet.
        ConfigurationError: the scheme's extra is not installed.
    """
    scheme = connection.base.scheme
    if scheme not in _ENGINES:
        known = ", ".join(sorted(_ENGINES))
        raise UnsupportedError(f"no engine reaches {scheme}:// yet; there are {known}", str(connection.base))
    module, name, extra = _ENGINES[scheme]
    try:
        engine: type[Engine] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    except ImportError as error:
        remedy = f"pip install 'noiz-storage[{extra}]'"
        raise ConfigurationError(f"{scheme}:// needs {error.name or error}; {remedy}", str(connection.base)) from error
    return engine(connection)  # type: ignore[call-arg]


def writable(engine: Engine, uri: URI) -> Engine:
    """Return the engine; UnsupportedError, before anything is sent, where it cannot write."""
    if engine.traits.read_only:
        reason = f"{uri.scheme}:// is read-only; write to the storage behind the server, by that one's address"
        raise UnsupportedError(reason, str(uri))
    return engine
