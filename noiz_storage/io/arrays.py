"""NumPy arrays: one as `.npy`, several under their names as `.npz`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..addresses import Name
from ..arguments import check_flags
from ..errors import UnsupportedError
from ..filesystem import locate
from ..paths import StoragePath
from .content import Where, format_suffix, publish, reading
from .exact import array_of
from .extras import required
from .npz import LONGEST_HEADER, NPY, ZIP, check_names, read_array, read_npz, write_npz

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_REST_OF_HEADER = 4096
"""Bytes of a header besides its dtype, at most: shape, order and padding."""
_DEEPEST = 99
"""Records inside each other: each takes two brackets of a header, and Python parses no more than 200."""


def save_numpy(
    path: Name,
    data: ArrayLike | Mapping[str, ArrayLike] | None = None,
    /,
    *,
    compressed: bool = True,
    allow_pickle: bool = False,
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **arrays: ArrayLike,
) -> StoragePath:
    """Save named arrays as `.npz`, or one array where the name ends with `.npy`, under exactly this name.

    Args:
        path: where; `.npy` makes an npy, every other name (no suffix too) an npz, and nothing is appended.
        data: for an npz a mapping of names to arrays, for an npy the array; any shape and dtype. A subclass
            (`matrix`, `recarray`) comes back as a plain array of the same values.
        compressed: whether an npz is deflated.
        allow_pickle: whether arrays of Python objects may be stored, as pickles.
        overwrite: False refuses a name that is taken.
        next_free: save under the next free counter of the name, exclusively.
        storage: the storage of a relative path.
        arrays: arrays by keyword; any name but those of this function's own options, which `data` can carry.
    Returns:
        The path of what was written.
    Raises:
        UnsupportedError: an array of Python objects without `allow_pickle=True`; nothing was sent.
        ValueError: no array, several for an npy, or what neither format can hold: masked values, a dtype that would
            come back as another or not at all, a mapping, a list whose elements NumPy would change to put them in one
            dtype. Nothing was sent.
        TypeError: an option that is neither True nor False.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    check_flags(compressed=compressed, allow_pickle=allow_pickle)
    place = locate(path, storage)
    if format_suffix(place) == ".npy":
        array = _plain("the array", _only(data, arrays), place, allow_pickle)
        save = required("numpy.lib.format").write_array
        return publish(
            place, lambda file: save(file, array, allow_pickle=allow_pickle), overwrite=overwrite, next_free=next_free
        )
    named = {name: _plain(name, array, place, allow_pickle) for name, array in _named(data, arrays).items()}
    return publish(
        place, lambda file: write_npz(file, named, compressed, allow_pickle), overwrite=overwrite, next_free=next_free
    )


def load_numpy(path: Name, /, *, allow_pickle: bool = False, storage: Where = None) -> Any:
    """Load what `save_numpy` or NumPy saved: an array from an npy, an eager mapping (`Arrays`) from an npz.

    The content tells which it is, not the name. Everything is in memory when this returns. Headers may be up to 4 MiB
    long, where NumPy stops at 10,000 bytes (`npz.LONGEST_HEADER`); members of an npz that are no arrays come as bytes.

    Raises:
        UnsupportedError: it holds Python objects and `allow_pickle=True` was not given.
        CorruptedError: it is neither npy nor npz, or damaged; NumPy's or zipfile's error is the `__cause__`.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    check_flags(allow_pickle=allow_pickle)
    place = locate(path, storage)
    with reading(place, None, "npy or npz") as file:
        magic = file.read(len(NPY))
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if magic == NPY:
            return read_array(file, size, place, allow_pickle)
        if magic[:4] in ZIP:
            return read_npz(file, place, allow_pickle)
        raise ValueError(f"it begins with {magic!r}")


def _only(data: Any, arrays: Mapping[str, ArrayLike]) -> Any:
    if data is None or arrays or isinstance(data, Mapping):
        raise ValueError("an .npy holds one array, given after the path; name the file .npz to save arrays by name")
    return data


def _named(data: Any, arrays: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    if data is not None and not isinstance(data, Mapping):
        raise ValueError("an .npz holds named arrays: give name=array or a mapping, or name the file .npy")
    given = dict(data or {})
    twice = sorted(given.keys() & arrays.keys())
    if twice or (data is None and not arrays):
        raise ValueError(f"given twice: {', '.join(twice)}" if twice else "there is no array to save")
    check_names([*given, *arrays])
    return {**given, **arrays}


def _plain(name: str, value: Any, place: StoragePath, allow_pickle: bool) -> NDArray[Any]:
    """Return a value as an array that comes back as it is."""
    array = array_of(name, value)
    if (array.dtype.hasobject or array.dtype.kind == "T") and not allow_pickle:
        raise UnsupportedError(
            f"{name} holds Python objects (dtype {array.dtype}), which need pickle; pass allow_pickle=True", str(place)
        )
    if array.dtype.kind != "T":
        _check_type(name, array.dtype)
    return array


def _check_type(name: str, dtype: Any) -> None:
    """Refuse a dtype that an npy would give back as another, or not at all."""
    if _is_deep(dtype):
        raise ValueError(f"{name} has records inside each other, more than {_DEEPEST}, which cannot be read again")
    formats = required("numpy.lib.format")
    description = formats.dtype_to_descr(dtype)
    if not dtype.hasobject and formats.descr_to_dtype(description) != dtype:
        raise ValueError(f"{name} has dtype {dtype}, which an npy gives back as another; convert it with astype first")
    if dtype.names and len(repr(description)) + _REST_OF_HEADER > LONGEST_HEADER:
        raise ValueError(f"{name} has {len(dtype.names)} fields, more than can be read again; save them apart")


def _is_deep(dtype: Any) -> bool:
    """Say whether records lie inside each other more often than the header of an npy may tell."""
    level = [dtype.base]
    for _ in range(_DEEPEST):
        level = [field[0].base for each in level if each.names for field in each.fields.values()]
    return any(each.names for each in level)
