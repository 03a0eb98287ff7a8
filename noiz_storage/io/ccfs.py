"""Cross-correlation functions of many times in one npz, as Noiz exports them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ..addresses import Name
from ..errors import CorruptedError
from ..filesystem import locate
from ..paths import StoragePath
from .arrays import load_numpy, save_numpy
from .content import Where, corrupted
from .exact import array_of, table, texts, times
from .extras import required
from .npz import Arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

_PARTS = ("index", "columns", "data", "metadata_keys", "metadata_values")


def write_ccfs_to_npz(
    df: DataFrame,
    filepath: Name,
    overwrite: bool = False,
    metadata_keys: Collection[Any] = (),
    metadata_values: Collection[Any] = (),
    *,
    next_free: bool = False,
    storage: Where = None,
) -> StoragePath:
    """Write cross-correlation functions with their metadata as an uncompressed npz, under exactly this name.

    Args:
        df: shape (n_times, n_lags); the index holds times (stored as datetime64[ns] in UTC: time zones are converted,
            times without one are UTC, and an ObsPy `UTCDateTime` has one), the columns the lags (seconds, float64) or
            names, the values the functions (float64). The names of index and columns are not stored.
        metadata_keys: what the metadata are called; stored as text.
        metadata_values: as many values; stored as text.
    Returns:
        The path of what was written.
    Raises:
        AlreadyExistsError: not `overwrite`, and the name is taken.
        UnsupportedError: columns or values that are Python objects; nothing was sent.
        ValueError: not as many values as keys, or what would come back as something else: an index that does not hold
            times from 1677-09-21 to 2262-04-11, columns of numbers that no one dtype holds, text that ends with NUL,
            metadata keys that are the same text. Nothing was sent.
    Cost: 1 write; `next_free` 1 list more.
    """
    if len(metadata_keys) != len(metadata_values):
        raise ValueError(f"{len(metadata_keys)} metadata keys, but {len(metadata_values)} values")
    parts = {
        "index": times(df.index),
        "columns": _columns(df),
        "data": table("the functions", df),
        "metadata_keys": _different(texts("metadata_keys", metadata_keys)),
        "metadata_values": texts("metadata_values", metadata_values),
    }
    return save_numpy(filepath, parts, compressed=False, overwrite=overwrite, next_free=next_free, storage=storage)


def load_ccfs_from_npz(
    path: Name, /, *, allow_pickle: bool = False, storage: Where = None
) -> tuple[DataFrame, dict[str, str]]:
    """Load cross-correlation functions and their metadata: shape (n_times, n_lags), times in UTC.

    Args:
        allow_pickle: whether Python objects may be loaded, which Noiz 0.7.1 wrote for columns that are text.
    Raises:
        UnsupportedError: it holds such objects, and they were not asked for.
        CorruptedError: it is no npz, or not of such functions.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    place = locate(path, storage)
    parts = load_numpy(place, allow_pickle=allow_pickle)
    missing = _PARTS if not isinstance(parts, Arrays) else [part for part in _PARTS if part not in parts]
    if missing:
        raise CorruptedError(f"no cross-correlation functions: {', '.join(missing)} missing", str(place))
    with corrupted(place, "cross-correlation functions"):
        frame = required("pandas").DataFrame(parts["data"], index=parts["index"], columns=parts["columns"])
        return frame, dict(zip(_listed(parts["metadata_keys"]), _listed(parts["metadata_values"]), strict=True))


def _columns(df: DataFrame) -> NDArray[Any]:
    """Return the columns' names; text as NumPy's own, because pandas holds it as Python objects."""
    columns = df.columns
    return texts("columns", columns) if all(isinstance(name, str) for name in columns) else array_of("columns", columns)


def _different(keys: NDArray[Any]) -> NDArray[Any]:
    """Refuse keys of which one would hide another."""
    twice = [key for key, count in Counter(keys.tolist()).items() if count > 1]
    if twice:
        raise ValueError(f"the metadata key {twice[0]!r} is given twice")
    return keys


def _listed(array: NDArray[Any]) -> list[Any]:
    """Return the texts of a one-dimensional array."""
    if array.ndim != 1:
        raise ValueError(f"metadata of shape {array.shape}")
    return array.tolist()  # type: ignore[no-any-return]
