"""NumPy arrays: one as `.npy`, several under their names as `.npz`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from ..addresses import Name
from ..errors import UnsupportedError
from ..filesystem import locate
from ..paths import StoragePath
from .content import Where, format_suffix, publish, reading
from .extras import required

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_NPY = b"\x93NUMPY"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


class Arrays(Mapping[str, "NDArray[Any]"]):
    """The arrays of an `.npz`, all of them in memory, by name; it has what NumPy's `NpzFile` has."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = dict(arrays)

    @property
    def files(self) -> list[str]:
        """The names, in the order in which they were saved."""
        return list(self._arrays)

    def close(self) -> None:
        """Do nothing: no file is open."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __enter__(self) -> Arrays:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Arrays({', '.join(self._arrays)})"


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
        data: for an npz a mapping of names to arrays, for an npy the array; any shape and dtype.
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
        ValueError: no array, several for an npy, or masked values, which neither format can hold.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    place = locate(path, storage)
    if format_suffix(place) == ".npy":
        array = _plain("the array", _only(data, arrays), place, allow_pickle)
        save = required("numpy.lib.format").write_array
        return publish(
            place, lambda file: save(file, array, allow_pickle=allow_pickle), overwrite=overwrite, next_free=next_free
        )
    named = {name: _plain(name, array, place, allow_pickle) for name, array in _named(data, arrays).items()}
    return publish(
        place, lambda file: _write_npz(file, named, compressed, allow_pickle), overwrite=overwrite, next_free=next_free
    )


def load_numpy(path: Name, /, *, allow_pickle: bool = False, storage: Where = None) -> Any:
    """Load what `save_numpy` or NumPy saved: an array from an npy, an eager mapping (`Arrays`) from an npz.

    The content tells which it is, not the name. Everything is in memory when this returns.

    Raises:
        UnsupportedError: it holds Python objects and `allow_pickle=True` was not given.
        CorruptedError: it is neither npy nor npz, or damaged; NumPy's or zipfile's error is the `__cause__`.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    place = locate(path, storage)
    with reading(place, None, "npy or npz") as file:
        magic = file.read(len(_NPY))
        file.seek(0)
        if magic == _NPY:
            return _read_array(file, place, allow_pickle)
        if magic[:4] in _ZIP:
            return _read_npz(file, place, allow_pickle)
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
    odd = [name for name in given if not isinstance(name, str) or "\0" in name]
    if odd:
        raise ValueError(f"{odd[0]!r} cannot be the name of an array")
    return {**given, **arrays}


def _plain(name: str, value: Any, place: StoragePath, allow_pickle: bool) -> NDArray[Any]:
    """Return a value as an array that can be stored."""
    numpy = required("numpy")
    array = numpy.asanyarray(value)
    if numpy.ma.is_masked(array):
        raise ValueError(f"{name} has masked values, which npy and npz cannot hold; use filled(), or save the mask too")
    if (array.dtype.hasobject or array.dtype.kind == "T") and not allow_pickle:
        raise UnsupportedError(
            f"{name} holds Python objects (dtype {array.dtype}), which need pickle; pass allow_pickle=True", str(place)
        )
    return array  # type: ignore[no-any-return]


def _write_npz(file: IO[bytes], arrays: Mapping[str, NDArray[Any]], compressed: bool, allow_pickle: bool) -> None:
    """Write as `numpy.savez` does, which cannot take every name."""
    save = required("numpy.lib.format").write_array
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                save(member, array, allow_pickle=allow_pickle)


def _read_npz(file: IO[bytes], place: StoragePath, allow_pickle: bool) -> Arrays:
    with zipfile.ZipFile(file) as archive:
        return Arrays({n.removesuffix(".npy"): _member(archive, n, place, allow_pickle) for n in archive.namelist()})


def _member(archive: zipfile.ZipFile, name: str, place: StoragePath, allow_pickle: bool) -> NDArray[Any]:
    with archive.open(name) as member:
        array = _read_array(member, place, allow_pickle)
        if member.read(1):
            raise ValueError(f"{name} is longer than its array")
        return array


def _read_array(file: IO[bytes], place: StoragePath, allow_pickle: bool) -> NDArray[Any]:
    try:
        return required("numpy.lib.format").read_array(file, allow_pickle=allow_pickle)  # type: ignore[no-any-return]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise UnsupportedError(
            "it holds Python objects, which need pickle; pass allow_pickle=True", str(place)
        ) from error
