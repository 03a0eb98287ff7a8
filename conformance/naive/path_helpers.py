"""Names of Noiz's files, and questions about them."""

from __future__ import annotations

import os
import posixpath
from pathlib import PurePosixPath
from typing import Any

from conformance.naive.filesystem import Name, get_filesystem


def assembly_preprocessing_filename(component: Any, timespan: Any, count: int = 0) -> str:
    """Return `NET.STA.C.YYYY.DDD.HHMM.count`."""
    start = timespan.starttime
    codes = (component.network, component.station, component.component)
    return ".".join([*codes, start.strftime("%Y.%j.%H%M"), str(count)])


def assembly_sds_like_dir(component: Any, timespan: Any) -> PurePosixPath:
    """Return `YYYY/NET/STA/C`."""
    codes = (component.network, component.station, component.component)
    return PurePosixPath(str(timespan.starttime.year), *codes)


def assembly_filepath(*parts: Name) -> str:
    """Return `processed_data_dir/processing_type/filepath`, or the URI of the last two."""
    joined = posixpath.join(*(os.fspath(part) for part in parts))
    return get_filesystem().get_path(joined)


def ensure_parent_directory(filepath: Name) -> bool:
    """Make the directory of a file."""
    return directory_exists_or_create(posixpath.dirname(os.fspath(filepath)))


def parent_directory_exists_or_create(filepath: Name) -> bool:
    """Make the directory of a file."""
    return ensure_parent_directory(filepath)


def directory_exists_or_create(dirpath: Name) -> bool:
    """Make a directory."""
    get_filesystem().makedirs(dirpath)
    return True


def file_exists(filepath: Name) -> bool:
    """Say whether there is such a file."""
    return get_filesystem().exists(filepath)


def increment_filename_counter(filepath: Name, extension: bool = True) -> str:
    """Count a name up until it is free."""
    text = os.fspath(filepath)
    place = -2 if extension else -1
    while file_exists(text):
        parts = text.split(".")
        parts[place] = str(int(parts[place]) + 1)
        text = ".".join(parts)
    return text


def _assembly_stationxml_filename(network: Any, station: Any, component: str, counter: int = 0) -> str:
    return f"inventory_{network.code}.{station.code}.{component}.xml.{counter}"


def _assembly_single_component_invenontory_path(network: Any, station: Any, component: str, inventory_dir: Name) -> str:
    filename = _assembly_stationxml_filename(network, station, component)
    return increment_filename_counter(posixpath.join(inventory_dir, filename), extension=False)
