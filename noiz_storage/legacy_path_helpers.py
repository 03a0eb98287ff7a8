"""Noiz's eight path helpers as Noiz 0.7.1 has them: `pathlib.Path` in, `pathlib.Path` out, where the storage is a disk.

For code that goes on to open the paths itself. A path that, relative to the working directory, lies in the storage is
that file, as it was. On another storage the same calls return `StoragePath`, which the I/O helpers take. Each warns
once a call site; use `noiz_storage.path_helpers`.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from . import path_helpers
from .addresses import Name
from .config import get_storage_config
from .path_helpers import Coded, ComponentLike, TimespanLike
from .paths import StoragePath
from .uri import URI, as_text, is_uri, uri_to_local_path

__all__ = [
    "_assembly_single_component_invenontory_path",
    "_assembly_stationxml_filename",
    "assembly_filepath",
    "assembly_preprocessing_filename",
    "assembly_sds_like_dir",
    "directory_exists_or_create",
    "increment_filename_counter",
    "parent_directory_exists_or_create",
]


def assembly_preprocessing_filename(component: ComponentLike, timespan: TimespanLike, count: int = 0) -> str:
    """Return `NET.STA.C.YYYY.DDD.HHMM.count`."""
    _warn()
    return path_helpers.assembly_preprocessing_filename(component, timespan, count)


def assembly_sds_like_dir(component: ComponentLike, timespan: TimespanLike) -> Path:
    """Return `YYYY/NET/STA/C`, relative."""
    _warn()
    return Path(path_helpers.assembly_sds_like_dir(component, timespan))


def assembly_filepath(processed_data_dir: Name, processing_type: Name, filepath: Name) -> Path | StoragePath:
    """Return `processed_data_dir/processing_type/filepath`; `filepath` is relative."""
    _warn()
    return _old(path_helpers.assembly_filepath(_absolute(processed_data_dir), processing_type, filepath))


def parent_directory_exists_or_create(filepath: Name) -> bool:
    """Make the directory of a file on a disk, with those above it, and say that it is there."""
    _warn()
    return path_helpers.parent_directory_exists_or_create(_absolute(filepath))


def directory_exists_or_create(dirpath: Name) -> bool:
    """Make a directory on a disk, with those above it, and say that it is there."""
    _warn()
    return path_helpers.directory_exists_or_create(_absolute(dirpath))


def increment_filename_counter(filepath: Name, extension: bool) -> Path | StoragePath:
    """Return the first free name from this counter on; somebody else may take it before you do. Cost: 1 list."""
    _warn()
    return _old(path_helpers.increment_filename_counter(_absolute(filepath), extension))


def _assembly_stationxml_filename(network: Coded, station: Coded, component: str, counter: int = 0) -> str:
    """Return `inventory_NET.STA.C.xml.counter`."""
    _warn()
    return path_helpers._assembly_stationxml_filename(network, station, component, counter)


def _assembly_single_component_invenontory_path(
    network: Coded, station: Coded, component: str, inventory_dir: Name
) -> Path | StoragePath:
    """Return the first free path of a component's inventory. Cost: 1 list."""
    _warn()
    return _old(
        path_helpers._assembly_single_component_invenontory_path(network, station, component, _absolute(inventory_dir))
    )


def _warn() -> None:
    """Warn at the line that called the helper; Python shows it once for each."""
    message = "noiz_storage.legacy_path_helpers is for old code; use noiz_storage.path_helpers"
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def _absolute(path: Name) -> Name:
    """Return a relative path against the working directory where that lies in a storage; else it is a key."""
    text, config = as_text(path), get_storage_config()
    if not text or is_uri(text) or text.startswith("/"):
        return path
    uri = URI.parse(os.path.abspath(text))
    is_former = config.legacy_base and config.legacy_base.key_below(uri) is not None
    return str(uri) if is_former or config.find(uri) else path


def _old(path: StoragePath) -> Path | StoragePath:
    return uri_to_local_path(path) if path.uri.scheme == "file" else path
