"""The npy and npz formats: headers of any honest length, members that are no arrays, names of any kind."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn

from ..errors import UnsupportedError
from ..paths import StoragePath
from .extras import required

if TYPE_CHECKING:
    from numpy.typing import NDArray

NPY: Final = b"\x93NUMPY"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
LONGEST_HEADER: Final = 4 * 1024**2
"""Bytes: a structured array of some 100,000 fields. NumPy stops at 10,000 because it parses a header as a Python
literal, which takes about a hundred times its length in memory: here at most some 400 MB, and a few seconds."""
_LONGEST_NAME: Final = 65_535
"""Bytes of a name in a zip archive (APPNOTE.TXT 4.4.10)."""
_SMALL: Final = 64 * 1024**2
"""Bytes: content that no honest machine lacks the memory for."""


class Arrays(Mapping[str, Any]):
    """The content of an npz, all of it in memory, by name.

    It has what NumPy's `NpzFile` has for readers: `files`, `f`, names with and without `.npy`, `in`, `get`, iteration,
    `with`, `close`; a member that is no array comes as bytes. It has not `zip`, `fid`, `allow_pickle`,
    `max_header_size` and `pickle_kwargs`, for no archive is open.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any] | bytes]) -> None:
        self._arrays = dict(arrays)

    @property
    def files(self) -> list[str]:
        """The names, in the order in which they were saved."""
        return list(self._arrays)

    @property
    def f(self) -> Fields:
        """The arrays as attributes: `arrays.f.x` is `arrays["x"]`."""
        return Fields(self)

    def close(self) -> None:
        """Do nothing: no file is open."""

    def __getitem__(self, name: str) -> Any:
        if name in self._arrays:
            return self._arrays[name]
        if name in self:
            return self._arrays[name.removesuffix(".npy")]
        raise KeyError(f"{name} is not a file in the archive")

    def __contains__(self, name: object) -> bool:
        return name in self._arrays or (
            isinstance(name, str) and name.endswith(".npy") and name.removesuffix(".npy") in self._arrays
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __enter__(self) -> Arrays:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: no file is open."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"no attribute {name!r} here: the arrays are in memory, and no archive is open")

    def __repr__(self) -> str:
        return f"Arrays({', '.join(self._arrays)})"


class Fields:
    """The arrays of an npz as attributes."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    def __getattribute__(self, name: str) -> Any:
        arrays = object.__getattribute__(self, "_arrays")
        if name in arrays:
            return arrays[name]
        raise AttributeError(f"there is no array {name!r}")

    def __dir__(self) -> list[str]:
        return list(object.__getattribute__(self, "_arrays"))


def check_names(names: Iterable[Any]) -> None:
    """Refuse what cannot be the name of an array.

    Raises:
        ValueError: it is no text, or longer than a zip archive holds, or `zipfile` would cut it at a NUL.
    """
    for name in names:
        if not isinstance(name, str) or "\0" in name or len(f"{name}.npy".encode()) > _LONGEST_NAME:
            raise ValueError(f"{name!r:.80} cannot be the name of an array")


def write_npz(file: IO[bytes], arrays: Mapping[str, NDArray[Any]], compressed: bool, allow_pickle: bool) -> None:
    """Write as `numpy.savez` does, which cannot take every name."""
    save = required("numpy.lib.format").write_array
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                save(member, array, allow_pickle=allow_pickle)


def read_npz(file: IO[bytes], place: StoragePath, allow_pickle: bool) -> Arrays:
    """Read every member: arrays, and what is none as bytes; directories are left out."""
    with zipfile.ZipFile(file) as archive:
        members = [name for name in dict.fromkeys(archive.namelist()) if not name.endswith("/")]
        return Arrays({_name(n, members): _member(archive, n, place, allow_pickle) for n in members})


def _name(member: str, members: list[str]) -> str:
    """Return the name of a member's array: without `.npy`, unless another member is called just that."""
    short = member.removesuffix(".npy")
    is_taken = short != member and short in members and not short.endswith(".npy")
    return member if is_taken else short


def _member(archive: zipfile.ZipFile, name: str, place: StoragePath, allow_pickle: bool) -> NDArray[Any] | bytes:
    with archive.open(name) as member:
        magic = member.read(len(NPY))
        if magic != NPY and not name.endswith(".npy"):
            return magic + member.read()
        member.seek(0)
        return read_array(member, archive.getinfo(name).file_size, place, allow_pickle)


def read_array(file: IO[bytes], size: int, place: StoragePath, allow_pickle: bool) -> NDArray[Any]:
    """Read one array of an npy of `size` bytes.

    Raises:
        UnsupportedError: it holds Python objects, and they were not asked for.
        ValueError: it is damaged, its header is longer than any honest one, or something follows the array.
    """
    array = _read(file, size, place, allow_pickle)
    if file.read(1):
        raise ValueError("it goes on behind its array; several arrays belong in an npz")
    return array


def _read(file: IO[bytes], size: int, place: StoragePath, allow_pickle: bool) -> NDArray[Any]:
    read = required("numpy.lib.format").read_array
    try:
        return read(file, allow_pickle=allow_pickle, max_header_size=LONGEST_HEADER)  # type: ignore[no-any-return]
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        raise UnsupportedError(
            "it holds Python objects, which need pickle; pass allow_pickle=True", str(place)
        ) from error
    except MemoryError as error:
        if size > _SMALL and _claimed(error) <= size:
            raise
        raise ValueError(f"its header claims more than {size} bytes hold") from error


def _claimed(error: MemoryError) -> int:
    """Return how many bytes NumPy tried to get; 0 where it was not NumPy that ran out of them."""
    dtype = getattr(error, "dtype", None)
    return math.prod(getattr(error, "shape", ())) * int(dtype.itemsize) if dtype else 0
