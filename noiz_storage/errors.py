"""The errors of the layer: one tree under `OSError`, the same on every backend.

::

    StorageError(OSError)
    ├── NotFoundError(FileNotFoundError)          the server said that the object is not there
    │   └── RootNotFoundError                     … that its bucket, container or base directory is not there
    ├── AlreadyExistsError(FileExistsError)       an exclusive create lost, or would have overwritten
    ├── AccessDeniedError(PermissionError)        the credentials are wrong or not enough
    ├── DirectoryError(IsADirectoryError)         the name is a prefix or a directory, not an object
    ├── ParentIsObjectError(NotADirectoryError)   a parent of the name is an object (disks, servers over one)
    ├── VersionChangedError                       the object changed while it was read
    ├── RangeError(ValueError)                    the range starts at or past the end of the object
    ├── InvalidNameError(ValueError)              the layer refuses the name, on every backend alike
    ├── ConfigurationError(ValueError)            a setting is absent or wrong
    ├── ArchivedError                             the object lies in an archive tier and must be restored first
    ├── CorruptedError(ValueError)                the bytes arrived, but are not what their format says
    ├── UntrustedError(ConnectionError)           the server could not prove that it is the one meant (TLS)
    ├── UnsupportedError(io.UnsupportedOperation) the backend or the layer does not offer it
    └── TransientError                            worth another attempt
        ├── UnreachableError(ConnectionError)     no connection, or one that broke
        ├── DeadlineError(TimeoutError)           no answer in time
        ├── ThrottledError(ConnectionError)       the server asks to slow down
        └── ServerError(ConnectionError)          the server failed (5xx)

Every error carries `errno`, `strerror` (what happened and what to do) and `filename` (the URI of what the caller named,
also where its bucket is what is missing), keeps the driver's own exception as `__cause__`, and pickles. Those of a copy
or a move carry the target's URI as `filename2`, as those of `os.rename` do.
"""

from __future__ import annotations

import contextlib
import errno as codes
import io
from collections.abc import Iterator
from typing import Any, ClassVar


class StorageError(OSError):
    """An operation on a storage failed; the root of the tree."""

    code: ClassVar[int] = codes.EIO
    retriable: ClassVar[bool] = False

    def __init__(self, message: str, uri: str | None = None, code: int | None = None) -> None:
        super().__init__(self.code if code is None else code, message, uri)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle message, errno and URIs only: the cause may hold sockets."""
        target = {"filename2": self.filename2} if self.filename2 else None
        return type(self), (self.strerror, self.filename, self.errno), target


class NotFoundError(StorageError, FileNotFoundError):
    """The server said that there is no such object."""

    code = codes.ENOENT


class RootNotFoundError(NotFoundError):
    """The server said that there is no such bucket or container."""


class AlreadyExistsError(StorageError, FileExistsError):
    """The name is taken, and the caller asked not to overwrite."""

    code = codes.EEXIST


class AccessDeniedError(StorageError, PermissionError):
    """The server refused the credentials, or they do not allow the operation."""

    code = codes.EACCES


class DirectoryError(StorageError, IsADirectoryError):
    """The name stands for a prefix or a directory where an object is needed."""

    code = codes.EISDIR


class ParentIsObjectError(StorageError, NotADirectoryError):
    """A parent of the name is an object, and this backend cannot hold both."""

    code = codes.ENOTDIR


class VersionChangedError(StorageError):
    """The object is not the version that the operation asked for."""

    code = codes.ESTALE


class RangeError(StorageError, ValueError):
    """The range starts at or past the end of the object."""

    code = codes.EINVAL


class InvalidNameError(StorageError, ValueError):
    """The layer refuses the name before anything is contacted."""

    code = codes.EINVAL


class ConfigurationError(StorageError, ValueError):
    """A setting is absent, or its value cannot be used."""

    code = codes.EINVAL


class ArchivedError(StorageError):
    """The object lies in an archive tier, from which it must be restored before it can be read or copied."""

    code = codes.ENODATA if hasattr(codes, "ENODATA") else codes.EIO

    @staticmethod
    def remedy(command: str) -> str:
        """Return what to do, with the provider's command that restores an object."""
        return f"it lies in an archive tier: restore it by {command}, which takes hours, then try again"


class CorruptedError(StorageError, ValueError):
    """The content is not what its format promises."""

    code = codes.EBADMSG


class UntrustedError(StorageError, ConnectionError):
    """The server's certificate is not one that is trusted; another attempt would meet the same."""

    code = codes.EPROTO if hasattr(codes, "EPROTO") else codes.EIO


class UnsupportedError(StorageError, io.UnsupportedOperation):
    """The backend, or the layer, does not offer the operation."""

    code = codes.EOPNOTSUPP


class TransientError(StorageError):
    """The operation failed in a way that another attempt may mend."""

    retriable = True
    wait: float = 0.0
    """Seconds that the server asks to be left alone."""


class UnreachableError(TransientError, ConnectionError):
    """The server cannot be reached, or the connection broke."""

    code = codes.ECONNREFUSED


class DeadlineError(TransientError, TimeoutError):
    """The server did not answer in time."""

    code = codes.ETIMEDOUT


class ThrottledError(TransientError, ConnectionError):
    """The server asks to slow down."""

    code = codes.EBUSY


class ServerError(TransientError, ConnectionError):
    """The server failed on its side."""

    code = codes.EREMOTEIO if hasattr(codes, "EREMOTEIO") else codes.EIO


@contextlib.contextmanager
def named(uri: object, target: object = None) -> Iterator[None]:
    """Let an error name what the caller named, whatever the layer had to ask for on the way; of a copy both names."""
    try:
        yield
    except StorageError as error:
        error.filename = str(uri)
        if target is not None:
            error.filename2 = str(target)
        raise
