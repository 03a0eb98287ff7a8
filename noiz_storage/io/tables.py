"""Data frames as CSV."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final

from ..addresses import Name
from ..errors import CorruptedError, UnsupportedError
from ..filesystem import locate
from ..paths import StoragePath
from .arguments import check_encoding, check_options, parameters
from .compression import is_compressed
from .content import Where, corrupted, fetched, publish_bytes
from .extras import required

if TYPE_CHECKING:
    from pandas import DataFrame

_ELSEWHERE: Final = {
    "path_or_buf": "the first argument says where",
    "filepath_or_buffer": "the first argument says where",
    "storage_options": "the storage says how it is reached; name one by storage=",
    "mode": "an object is written anew; overwrite=False or next_free=True create one",
    "memory_map": "the content is in a local file of the layer's own",
}
OF_PANDAS: Final = (".zip", ".zst", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz")
"""Suffixes by which pandas compresses and the layer does not, or not so."""


def save_dataframe(
    path: Name,
    frame: DataFrame,
    /,
    *,
    encoding: str | None = "utf-8",
    errors: str | None = "strict",
    overwrite: bool = True,
    next_free: bool = False,
    storage: Where = None,
    **options: Any,
) -> StoragePath:
    """Save a data frame as CSV, compressed where the name ends with `.gz`, `.bz2` or `.xz`.

    Args:
        encoding: of the text; None is UTF-8, as it is for pandas.
        errors: what becomes of characters that the encoding has not, such as `replace` (see `codecs`); None: `strict`.
        options: those of `DataFrame.to_csv`: `sep`, `na_rep`, `float_format`, `columns`, `header`, `index` (written
            unless told not to), `index_label`, `quoting`, `quotechar`, `lineterminator`, `chunksize`, `date_format`,
            `doublequote`, `escapechar`, `decimal`; `path_or_buf`, `mode`, `compression` and `storage_options` only with
            the value that asks for what happens anyway.
    Raises:
        UnsupportedError: a name by which pandas would compress otherwise (`.zip`, `.zst`, `.tar`, `.tar.gz` …), unless
            `compression=None` asks for plain CSV; nothing was sent.
        TypeError: an option that pandas has not, or that would write elsewhere; nothing was sent.
        ValueError: pandas' own, for the value of an option; UnicodeEncodeError: see `errors`; nothing was sent.
        AlreadyExistsError: not `overwrite`, and the name is taken.
    Cost: 1 write; `next_free` 1 list more.
    """
    encoding = "utf-8" if encoding is None else encoding
    errors = "strict" if errors is None else errors
    check_encoding(encoding, errors)
    place = locate(path, storage)
    _check(frame.to_csv, options, place)
    body = frame.to_csv(**options).encode(encoding, errors)
    return publish_bytes(place, body, overwrite=overwrite, next_free=next_free)


def load_dataframe(path: Name, /, *, encoding: str | None = "utf-8", storage: Where = None, **options: Any) -> Any:
    """Load a data frame from CSV; with `chunksize=` or `iterator=True` a reader of its parts (`Chunks`).

    Floating point numbers come back bit by bit (from pandas' parser in C, which is the default). Beside blanks (` 1.5`)
    pandas before 1.4 rounds them, and in parts it takes them for text unless `skipinitialspace=True` is given.

    Args:
        encoding: of the text, None is UTF-8; `encoding_errors=` says what becomes of bytes that it has not.
        options: those of `pandas.read_csv`, such as `index_col=0` and `parse_dates`; not `filepath_or_buffer`;
            `compression`, `storage_options` and `memory_map` only with the value that asks for what happens anyway.
    Raises:
        CorruptedError: it is not CSV, or not in this encoding; pandas' error is the `__cause__`.
        UnsupportedError: the name has a compression of pandas that the layer has not; see `save_dataframe`.
        TypeError: an option that pandas has not, or that would read elsewhere; nothing was contacted.
        LookupError: there is no such encoding; nothing was contacted.
        NotFoundError: there is no such object.
    Cost: 1 read.
    """
    encoding = "utf-8" if encoding is None else encoding
    check_encoding(encoding, options.get("encoding_errors", "strict"))
    pandas, place = required("pandas"), locate(path, storage)
    _check(pandas.read_csv, options, place)
    read = functools.partial(pandas.read_csv, encoding=encoding, **options)
    if _is_before(pandas, 3, 1):  # these change the last bits of floats unless they are told not to
        read = functools.partial(_exactly, read, blind=_is_before(pandas, 1, 4))
    if options.get("iterator") or options.get("chunksize") is not None:
        return _in_chunks(place, read)
    with fetched(place) as file, _as_csv(place):
        return read(file)


class Chunks(Iterator[Any]):
    """The parts of a table, one after the other: pandas' `TextFileReader` over content that has arrived whole.

    It has what pandas' has: iteration, `get_chunk(size)`, `read(nrows)`, `close()`, `with`. What later parts hold that
    is no CSV raises CorruptedError too. A large content lies in a temporary file until the last part was read or the
    reader is closed.
    """

    def __init__(self, place: StoragePath, reader: Any, file: IO[bytes]) -> None:
        self._place = place
        self._reader = reader
        self._file = file
        self._over: type[Exception] | None = None

    def get_chunk(self, size: int | None = None) -> DataFrame:
        """Return the next rows: `size` of them, or `chunksize`; StopIteration behind the last."""
        return self._next(self._reader.get_chunk, size)

    def read(self, nrows: int | None = None) -> DataFrame:
        """Return the next rows, all that are left unless told how many."""
        return self._next(self._reader.read, nrows)

    def close(self) -> None:
        """Give the content back; what is asked for then raises ValueError."""
        self._over = self._over or ValueError
        self._reader.close()
        self._file.close()

    def __next__(self) -> DataFrame:
        return self._next(self._reader.__next__)

    def __enter__(self) -> Chunks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_reader"], name)

    def _next(self, read: Any, *arguments: Any) -> DataFrame:
        if self._over:  # pandas before 1.4 would end the process
            raise self._over("the table is closed, or was read to its end")
        try:
            with _as_csv(self._place):
                return read(*arguments)
        except StopIteration:
            self._over = StopIteration
            self.close()
            raise
        except CorruptedError:
            self.close()
            raise


def _in_chunks(place: StoragePath, read: Any) -> Chunks:
    file = fetched(place)
    try:
        with _as_csv(place):
            return Chunks(place, read(file), file)
    except BaseException:
        file.close()
        raise


def _as_csv(place: StoragePath) -> Any:
    errors = required("pandas").errors
    return corrupted(place, "CSV", (errors.ParserError, errors.EmptyDataError, UnicodeDecodeError))


def _check(function: Any, options: Mapping[str, Any], place: StoragePath) -> None:
    """Refuse options that pandas has not, or that lead elsewhere, and names that pandas would compress otherwise."""
    taken, refused = parameters(function, 0), dict(_ELSEWHERE)
    _check_name(options.get("compression", taken["compression"]), place)
    if options.get("compression") is not None or is_compressed(place):
        refused["compression"] = "a name that ends with .gz, .bz2 or .xz is compressed; use such a name"
    check_options(options, taken, refused, f"{function.__qualname__} of pandas")


def _check_name(compression: Any, place: StoragePath) -> None:
    """Refuse a name that pandas takes for a compression, unless it is asked for plain CSV."""
    if compression is None and not is_compressed(place):
        return
    suffix = next((each for each in OF_PANDAS if place.name.lower().endswith(each)), None)
    if suffix:
        plain = "" if is_compressed(place) else ", or give compression=None for plain CSV"
        raise UnsupportedError(
            f"pandas takes {suffix} for a compression that this layer does not have; save under a name that ends with "
            f".csv, .csv.gz, .csv.bz2 or .csv.xz{plain}; to load, open it and give pandas.read_csv the file",
            str(place),
        )


def _is_before(pandas: Any, *version: int) -> bool:
    major, minor, *_ = pandas.__version__.split(".")
    return (int(major), int(minor)) < version


def _exactly(read: Any, file: IO[bytes], *, blind: bool) -> Any:
    """Read floats bit by bit, or as pandas reads them unasked where it raises once it is told so.

    Its parser in Python, which rounds nothing, refuses to be told. The one in C then takes some texts for no numbers
    that are numbers to it unasked (` 1.5` before 1.4, `1e 5` in 3.0); only a second reading tells these from damage.
    Where it is `blind` to numbers beside a blank and raises nothing, their column comes as texts.
    """
    try:
        frame = read(file, **{"float_precision": "round_trip", **read.keywords})
    except ValueError:
        file.seek(0)
        return read(file)
    if not (blind and object in _types(frame)):
        return frame
    file.seek(0)
    unasked = read(file)
    return frame if _types(frame) == _types(unasked) else unasked


def _types(frame: Any) -> list[Any]:
    """The types of the columns of a data frame and of its index; none of a reader of parts."""
    if not hasattr(frame, "dtypes"):
        return []
    return [*frame.dtypes, *(frame.index.get_level_values(level).dtype for level in range(frame.index.nlevels))]
