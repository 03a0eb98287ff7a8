"""One function for each format and direction."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.naive.filesystem import Name, get_filesystem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def save_numpy(path: Name, data: Any = None, *, compressed: bool = True, **arrays: Any) -> str:
    """Save arrays as npz, or one as npy."""
    import numpy as np

    with get_filesystem().open(path, "wb") as file:
        if data is None or isinstance(data, Mapping):
            save = np.savez_compressed if compressed else np.savez
            save(file, **(data or {}), **arrays)
        else:
            np.save(file, data)
    return get_filesystem().get_path(path)


def load_numpy(path: Name, *, allow_pickle: bool = False) -> Any:
    """Load an npz or npy."""
    import numpy as np

    with get_filesystem().open(path) as file:
        return np.load(file, allow_pickle=allow_pickle)


def write_stream(path: Name, stream: Any, format: str = "MSEED", **options: Any) -> str:  # noqa: A002
    """Write waveforms."""
    with get_filesystem().open(path, "wb") as file:
        stream.write(file, format=format, **options)
    return get_filesystem().get_path(path)


def read_stream(path: Name, format: str | None = None, *, headonly: bool = False) -> Any:  # noqa: A002
    """Read waveforms."""
    import obspy

    with get_filesystem().open(path) as file:
        return obspy.read(file, format=format, headonly=headonly)


def write_inventory(path: Name, inventory: Any, format: str = "STATIONXML") -> str:  # noqa: A002
    """Write station metadata."""
    with get_filesystem().open(path, "wb") as file:
        inventory.write(file, format=format)
    return get_filesystem().get_path(path)


def read_inventory(path: Name, format: str | None = None) -> Any:  # noqa: A002
    """Read station metadata."""
    import obspy

    with get_filesystem().open(path) as file:
        return obspy.read_inventory(file, format=format)


def save_figure(path: Name, figure: Any, **options: Any) -> str:
    """Save a figure."""
    with get_filesystem().open(path, "wb") as file:
        figure.savefig(file, **options)
    return get_filesystem().get_path(path)


def save_dataframe(path: Name, frame: Any, **options: Any) -> str:
    """Save a table as CSV."""
    with get_filesystem().open(path, "w") as file:
        frame.to_csv(file, **options)
    return get_filesystem().get_path(path)


def load_dataframe(path: Name, **options: Any) -> Any:
    """Load a table from CSV."""
    import pandas as pd

    with get_filesystem().open(path) as file:
        return pd.read_csv(file, **options)


def write_text(path: Name, text: str) -> str:
    """Write text."""
    with get_filesystem().open(path, "w") as file:
        file.write(text)
    return get_filesystem().get_path(path)


def read_text(path: Name) -> str:
    """Read text."""
    with get_filesystem().open(path, "r") as file:
        content: str = file.read()
    return content


def save_toml(path: Name, values: Mapping[str, Any]) -> str:
    """Save values as TOML."""
    import tomli_w

    with get_filesystem().open(path, "wb") as file:
        tomli_w.dump(values, file)
    return get_filesystem().get_path(path)


def load_toml(path: Name) -> Any:
    """Load values from TOML."""
    return tomllib.loads(read_text(path))


def save_pickle(path: Name, value: Any) -> str:
    """Pickle a value."""
    with get_filesystem().open(path, "wb") as file:
        pickle.dump(value, file)
    return get_filesystem().get_path(path)


def load_pickle(path: Name) -> Any:
    """Unpickle a value."""
    with get_filesystem().open(path) as file:
        return pickle.load(file)


def write_ccfs_to_npz(
    df: Any,
    filepath: Name,
    overwrite: bool = False,
    metadata_keys: Collection[Any] = (),
    metadata_values: Collection[Any] = (),
) -> str:
    """Write cross-correlation functions as npz."""
    import numpy as np

    if not overwrite and get_filesystem().exists(filepath):
        raise FileExistsError(filepath)
    parts = {"index": df.index, "columns": df.columns, "data": df.to_numpy()}
    with get_filesystem().open(filepath, "wb") as file:
        np.savez(file, **parts, metadata_keys=list(metadata_keys), metadata_values=list(metadata_values))
    return get_filesystem().get_path(filepath)


def load_ccfs_from_npz(path: Name, *, allow_pickle: bool = False) -> Any:
    """Load cross-correlation functions and their metadata."""
    import numpy as np
    import pandas as pd

    with get_filesystem().open(path) as file:
        parts = np.load(file, allow_pickle=allow_pickle)
        frame = pd.DataFrame(parts["data"], index=parts["index"], columns=parts["columns"])
        return frame, dict(zip(parts["metadata_keys"], parts["metadata_values"], strict=True))


@contextmanager
def local_path(path: Name, mode: str = "r") -> Iterator[Path]:
    """Lend a local copy of a file."""
    with get_filesystem().local_path(path, mode) as local:
        yield local
