"""The storage layer of Noiz: seismic files on a disk, S3, Azure Blob or memory, behind one contract."""

from . import io, path_helpers
from .config import StorageConfig, get_storage_config
from .errors import StorageError
from .filesystem import NoizFileSystem, get_filesystem, reset_filesystem
from .paths import StoragePath
from .uri import normalize_path_to_uri, uri_to_local_path

__all__ = [
    "NoizFileSystem",
    "StorageConfig",
    "StorageError",
    "StoragePath",
    "get_filesystem",
    "get_storage_config",
    "io",
    "normalize_path_to_uri",
    "path_helpers",
    "reset_filesystem",
    "uri_to_local_path",
]
