"""`get_filesystem` and its registry: which storage a name, an address or a path argument means."""

from __future__ import annotations

import threading

from .addresses import Name
from .config import forget_storage_config, get_storage_config
from .operations import NoizFileSystem, forget_reopened
from .paths import StoragePath
from .uri import URI, as_text, is_uri

__all__ = ["NoizFileSystem", "get_filesystem", "locate", "reset_filesystem"]

_lock = threading.RLock()
_filesystems: dict[str, NoizFileSystem] = {}


def get_filesystem(uri_or_name: Name | None = None) -> NoizFileSystem:
    """Return the storage of a name or an address, the default one for None; always the same instance.

    Raises:
        ConfigurationError: nothing is configured, or not this; names what is.
    """
    config = get_storage_config()
    storage = config.choose(None if uri_or_name is None else as_text(uri_or_name))
    with _lock:
        if storage.name not in _filesystems:
            _filesystems[storage.name] = NoizFileSystem(str(storage.base), storage=storage.name)
        return _filesystems[storage.name]


def reset_filesystem() -> None:
    """Forget every storage and every setting; the next call reads the environment again."""
    with _lock:
        for filesystem in _filesystems.values():
            filesystem.close()
        _filesystems.clear()
        forget_reopened()
        forget_reopened()
        forget_storage_config()


def locate(path: Name, storage: NoizFileSystem | str | None = None) -> StoragePath:
    """Return where a helper's path argument lies.

    A `StoragePath` lies in its own storage, a relative key in `storage` or the default one, an absolute address below
    the configured storage that holds it, an absolute local path elsewhere on the plain disk.
    """
    if isinstance(path, StoragePath) and storage is None:
        return path
    if isinstance(storage, NoizFileSystem):
        return storage.get_path(path)
    text, config = as_text(path), get_storage_config()
    if storage is not None or not (is_uri(text) or text.startswith("/")):
        return get_filesystem(storage).get_path(text)
    uri = URI.parse(text)
    if config.legacy_base and config.legacy_base.key_below(uri) is not None:
        return get_filesystem().get_path(text)
    if config.find(uri) is None and uri.scheme == "file":
        return NoizFileSystem("/").get_path(text)
    return get_filesystem(text).get_path(text)
