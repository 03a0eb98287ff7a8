"""A storage layer as one writes it first: fsspec behind a few functions, in the shape of Noiz's own design sketch.

`pytest --subject=conformance.naive` judges it. Nothing in it is wrong on purpose: it takes fsspec at its word.
"""

from conformance.naive import io, path_helpers
from conformance.naive.config import StorageConfig, get_storage_config
from conformance.naive.filesystem import NoizFileSystem, get_filesystem, reset_filesystem
from conformance.naive.uri import normalize_path_to_uri, uri_to_local_path

__all__ = [
    "NoizFileSystem",
    "StorageConfig",
    "get_filesystem",
    "get_storage_config",
    "io",
    "normalize_path_to_uri",
    "path_helpers",
    "reset_filesystem",
    "uri_to_local_path",
]
