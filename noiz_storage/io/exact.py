"""Conversions to arrays that refuse to change a value, where NumPy and pandas would do it in silence."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from .extras import required

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame


def array_of(name: str, value: Any) -> NDArray[Any]:
    """Return a value as an array: an array as it is, a list or a number only where every element is kept.

    Raises:
        ValueError: the elements have no type in common (`["a", 1]`, `[1, 2**63]`), end with NUL, or are masked.
    """
    numpy = required("numpy")
    array = numpy.asanyarray(table(name, value) if _is_frame(value) else value)
    if is_masked(array):
        raise ValueError(f"{name} has masked values, which npy and npz cannot hold; use filled(), or save the mask too")
    if not array.dtype.hasobject and not _is_kept(value, array):
        raise ValueError(
            f"{name} would change on the way to dtype {array.dtype}: its elements are of several types, or end with "
            "NUL; give an array of the dtype that is meant"
        )
    return numpy.asarray(numpy.ma.getdata(array))  # type: ignore[no-any-return]


def table(name: str, frame: DataFrame) -> NDArray[Any]:
    """Return the values of a data frame in one type.

    Raises:
        ValueError: a column would change, such as large integers beside floats.
    """
    values = frame.to_numpy()
    for number in range(values.shape[1]):
        if not values.dtype.hasobject and not _same(frame.iloc[:, number].to_numpy(), values[:, number]):
            raise ValueError(
                f"column {frame.columns[number]!r} of {name} would change on the way to dtype {values.dtype}, the one "
                "that all columns can be put in; give all columns one dtype"
            )
    return values  # type: ignore[no-any-return]


def times(index: Any) -> NDArray[Any]:
    """Return an index of times as datetime64[ns] in UTC, NaT included; times without a zone are UTC.

    Raises:
        ValueError: it does not hold times, or some with and some without a zone, or a time that nanoseconds since 1970
            do not reach (1677-09-21 to 2262-04-11) or do not tell exactly.
    """
    pandas = required("pandas")
    if not isinstance(index, pandas.DatetimeIndex):
        index = _parsed(pandas, index)
    values = (index.tz_convert(None) if index.tz is not None else index).to_numpy()
    stored = values.astype("datetime64[ns]")
    wrong = stored.astype(values.dtype).view("i8") != values.view("i8")
    if wrong.any():
        raise ValueError(f"{values[wrong][0]} is out of the range of datetime64[ns], 1677-09-21 to 2262-04-11")
    return stored  # type: ignore[no-any-return]


def texts(name: str, values: Collection[Any]) -> NDArray[Any]:
    """Return values as text.

    Raises:
        ValueError: a text ends with NUL, which NumPy cannot tell from its padding.
    """
    written = [str(value) for value in values]
    lost = [text for text in written if text.endswith("\0")]
    if lost:
        raise ValueError(f"{name}: {lost[0]!r} ends with NUL, which an array of text does not keep")
    return required("numpy").array(written, dtype=str)  # type: ignore[no-any-return]


def is_masked(array: Any) -> bool:
    """Say whether a value of an array is masked; of a record, whether one of its fields is."""
    numpy = required("numpy")
    mask = numpy.ma.getmaskarray(array) if isinstance(array, numpy.ma.MaskedArray) else numpy.False_
    return bool(numpy.frombuffer(mask.tobytes(), dtype=bool).any())


def _is_frame(value: Any) -> bool:
    return hasattr(value, "iloc") and hasattr(value, "columns")


def _parsed(pandas: Any, index: Any) -> Any:
    """Return an index of datetimes as pandas' own."""
    kinds = (datetime.date, required("numpy").datetime64, type(pandas.NaT))
    strange = [value for value in index if not isinstance(value, kinds)]
    if strange:
        raise ValueError(f"{strange[0]!r} is no time; the index must hold times, such as pandas.to_datetime makes")
    try:
        return pandas.DatetimeIndex(list(index))
    except (ValueError, TypeError) as error:
        raise ValueError(f"the index holds times that cannot be stored together as datetime64[ns]: {error}") from error


def _is_kept(value: Any, array: NDArray[Any]) -> bool:
    """Say whether an array holds exactly what a value holds: a number, an array, or lists of them."""
    if hasattr(value, "dtype"):
        return not is_masked(value) and _same(value, array)
    if array.ndim == 0:
        return _is_equal(value, array.item())
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        return True
    if array.ndim == 1 and not any(hasattr(each, "dtype") for each in value):
        return all(map(_is_equal, value, array.tolist()))
    return all(_is_kept(each, part) for each, part in zip(value, array, strict=True))


def _is_equal(first: Any, second: Any) -> bool:
    """Say whether two values are equal; NaN is equal to itself."""
    return bool(first == second) or bool(first != first and second != second)


def _same(first: Any, second: Any) -> bool:
    """Say whether two arrays, or scalars of NumPy, hold the same values, whatever their types."""
    numpy = required("numpy")
    first, second = numpy.asarray(first), numpy.asarray(second)
    if first.dtype == second.dtype:
        return True
    with numpy.errstate(invalid="ignore", over="ignore"):
        back = second.astype(first.dtype)
    if first.dtype.kind in "mM" and second.dtype.kind == first.dtype.kind:
        return bool((back.view("i8") == first.view("i8")).all())
    if first.dtype.kind != second.dtype.kind and {first.dtype.kind, second.dtype.kind} & set("SUmM"):
        return False
    return bool(((back == first) | ((back != back) & (first != first))).all())
