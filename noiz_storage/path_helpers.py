"""Names of Noiz's files, and questions about them: Noiz's own eight helpers and the four of its storage design.

Where both have a name, Noiz's signature holds and the shorter form is accepted. Paths come back as `StoragePath`, names
and directories that are still to be put below one as `str` and `PurePosixPath`. Components, timespans, networks and
stations are whatever has the attributes; Noiz is not imported.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol

from .addresses import Name
from .config import get_storage_config
from .errors import InvalidNameError
from .filesystem import NoizFileSystem, get_filesystem, locate
from .paths import StoragePath
from .uri import URI, as_text, check_key, is_uri

__all__ = [
    "_assembly_single_component_invenontory_path",
    "_assembly_stationxml_filename",
    "assembly_filepath",
    "assembly_preprocessing_filename",
    "assembly_sds_like_dir",
    "directory_exists_or_create",
    "ensure_parent_directory",
    "file_exists",
    "increment_filename_counter",
    "parent_directory_exists_or_create",
]

Where = NoizFileSystem | str | None


class ComponentLike(Protocol):
    """One component of one station; `component` is a single letter."""

    network: str
    station: str
    component: str


class TimespanLike(Protocol):
    """A span of time; only its beginning matters here."""

    starttime: datetime


class Coded(Protocol):
    """A network or a station of an inventory."""

    code: str


def assembly_preprocessing_filename(component: ComponentLike, timespan: TimespanLike, count: int = 0) -> str:
    """Return `NET.STA.C.YYYY.DDD.HHMM.count`, the name of a datachunk; the counter is its last field.

    Raises:
        InvalidNameError: a code that would leave the directory, or is empty.
    """
    start = timespan.starttime
    return ".".join([*_codes(component), str(start.year), start.strftime("%j.%H%M"), str(count)])


def assembly_sds_like_dir(component: ComponentLike, timespan: TimespanLike) -> PurePosixPath:
    """Return `YYYY/NET/STA/C`, relative: it is put below a directory by `joinpath` and `assembly_filepath`.

    Raises:
        InvalidNameError: a code that would leave the directory, or is empty.
    """
    return PurePosixPath(str(timespan.starttime.year), *_codes(component))


def assembly_filepath(
    processed_data_dir: Name | None = None,
    processing_type: Name | None = None,
    filepath: Name | None = None,
    *,
    storage: Where = None,
) -> StoragePath:
    """Return `processed_data_dir/processing_type/filepath`, or with two arguments `processing_type/filepath`.

    `processed_data_dir` is an address, a local directory, or a key below the storage; an empty one is the storage's
    base, and so are `PROCESSED_DATA_DIR` and `STORAGE_LEGACY_BASE` where they name its former place. Without it the
    path lies below the base.

    Raises:
        InvalidNameError: a part that is absolute, empty or holds `..`.
        TypeError: fewer than two parts.
    Cost: nothing.
    """
    parts = [part for part in (processed_data_dir, processing_type, filepath) if part is not None]
    if len(parts) < 2:
        raise TypeError("assembly_filepath needs processing_type and filepath, and processed_data_dir before them")
    *above, kind, name = parts
    return _processed_data_dir(above[0] if above else "", storage) / kind / name


def ensure_parent_directory(filepath: Name, *, storage: Where = None) -> bool:
    """Make the directory of a file on a disk, with those above it, and say that it is there.

    Object stores have no directories: there it only checks the name.

    Cost: nothing.
    """
    return directory_exists_or_create(locate(filepath, storage).parent)


def parent_directory_exists_or_create(filepath: Name, *, storage: Where = None) -> bool:
    """Make the directory of a file on a disk, with those above it: Noiz's name of `ensure_parent_directory`."""
    return ensure_parent_directory(filepath, storage=storage)


def directory_exists_or_create(dirpath: Name, *, storage: Where = None) -> bool:
    """Make a directory on a disk, with those above it, and say that it is there; object stores have none.

    Cost: nothing.
    """
    place = _directory(dirpath, storage)
    place.filesystem.makedirs(place)
    return True


def file_exists(filepath: Name, *, storage: Where = None) -> bool:
    """Say whether there is a file of this name; False only when the server said so.

    Cost: 1 head.
    """
    return locate(filepath, storage).exists()


def increment_filename_counter(filepath: Name, extension: bool | None = None, *, storage: Where = None) -> StoragePath:
    """Return the first free name from this counter on; somebody else may take it before you do.

    Saving helpers take `next_free=True` instead, which creates the content under a name that nobody else gets. Files
    and directories both take a name. Noiz's time (`YYYY.DDD.HHMM`) is never counted up.

    Args:
        filepath: a name with a counter: `NAME.0`, `NAME.0.npz`, `inventory_NAME.xml.0`.
        extension: whether an extension follows the counter; None finds the counter, the last field that can be one.
    Raises:
        InvalidNameError: (a ValueError) the name has no counter there.
    Cost: 1 list, however many names exist.
    """
    place = locate(filepath, storage)
    return place.filesystem.next_free(place, extension=extension)


def _assembly_stationxml_filename(network: Coded, station: Coded, component: str, counter: int = 0) -> str:
    """Return `inventory_NET.STA.C.xml.counter`: the counter stands behind the extension.

    Raises:
        InvalidNameError: a code that would leave the directory, or is empty.
    """
    return f"inventory_{_code(network.code)}.{_code(station.code)}.{_code(component)}.xml.{counter}"


def _assembly_single_component_invenontory_path(
    network: Coded, station: Coded, component: str, inventory_dir: Name, *, storage: Where = None
) -> StoragePath:
    """Return the first free path of a component's inventory; somebody else may take it before you do.

    Cost: 1 list, however many names exist.
    """
    filename = _assembly_stationxml_filename(network, station, component)
    return increment_filename_counter(_directory(inventory_dir, storage) / filename)


def _directory(path: Name, storage: Where) -> StoragePath:
    """Return where a directory lies; an empty name is the base."""
    if isinstance(path, StoragePath) and storage is None:
        return path
    text = as_text(path)
    text = text[:1] + text[1:].rstrip("/")
    return locate("" if text == "." else text, storage)


def _processed_data_dir(path: Name, storage: Where) -> StoragePath:
    """Return where `PROCESSED_DATA_DIR` lies; Noiz hands it on as it was set, perhaps relative to where it runs."""
    text = as_text(path)
    if text and storage is None and not is_uri(text):
        config, uri = get_storage_config(), URI.parse(os.path.abspath(text))
        if uri in (config.legacy_base, config.given and config.given.base):
            return get_filesystem().get_path()
    return _directory(path, storage)


def _codes(component: ComponentLike) -> list[str]:
    return [_code(code) for code in (component.network, component.station, component.component)]


def _code(code: str) -> str:
    """Return a code when it can be one segment of a name."""
    if "/" in check_key(as_text(code)):
        raise InvalidNameError(f"the code {code!r} holds a slash and would leave its directory", code)
    return code
