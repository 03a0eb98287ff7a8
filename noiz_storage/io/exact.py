"""Conversions to arrays that refuse to change a value, where NumPy and pandas would do it in silence."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Collection, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from .extras import required

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame


def array_of(name: str, value: Any) -> NDArray[Any]:
    """Return a value as an array: an array as it is, a list or a number only where every element is kept.

    Raises:
        ValueError: the elements have no type in common (`["a", 1]`, `[1, 2**63]`), end with NUL, or are masked; it is
            a mapping, of which an array would hold the keys.
    """
    numpy = required("numpy")
    array = numpy.asanyarray(table(name, value) if _is_frame(value) else value)
    is_lost = not array.dtype.hasobject and not _is_kept(value, array)
    if is_masked(array) or (is_lost and _holds_masked(value)):
        raise ValueError(f"{name} has masked values, which npy and npz cannot hold; use filled(), or save the mask too")
    if isinstance(value, Mapping) and array.ndim:
        raise ValueError(f"{name} is a mapping ({type(value).__name__}), of which an array would hold the keys alone")
    if is_lost:
        raise ValueError(
            f"{name} would change on the way to dtype {array.dtype}: its elements are of several types or units, some "
            "are missing, or end with NUL; give an array of the dtype that is meant"
        )
    return numpy.asarray(numpy.ma.getdata(array))  # type: ignore[no-any-return]


def table(name: str, frame: DataFrame) -> NDArray[Any]:
    """Return the values of a data frame in one type.

    Raises:
        ValueError: a column would change, such as large integers beside floats.
    """
    values = frame.to_numpy()
    if values.dtype.hasobject or set(frame.dtypes) == {values.dtype}:
        return values  # type: ignore[no-any-return]
    for number in range(values.shape[1]):
        if not _same(frame.iloc[:, number], values[:, number]):
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
    lost = [number for number, text in enumerate(written) if text.endswith("\0")]
    if lost:
        raise ValueError(f"{name}[{lost[0]}] ends with NUL, which an array of text does not keep")
    return required("numpy").array(written, dtype=str)  # type: ignore[no-any-return]


def is_masked(array: Any) -> bool:
    """Say whether a value of an array is masked; of a record, whether one of its fields is."""
    numpy = required("numpy")
    mask = numpy.ma.getmaskarray(array) if isinstance(array, numpy.ma.MaskedArray) else numpy.False_
    return bool(numpy.frombuffer(mask.tobytes(), dtype=bool).any())


def _is_frame(value: Any) -> bool:
    return hasattr(value, "iloc") and hasattr(value, "columns")


def _parsed(pandas: Any, index: Any) -> Any:
    """Return an index of datetimes, ObsPy's included, as pandas' own in UTC."""
    kinds = (datetime.date, required("numpy").datetime64, type(pandas.NaT))
    strange = [type(value).__name__ for value in index if not isinstance(value, kinds) and not _is_obspys(value)]
    if strange:
        raise ValueError(
            f"{strange[0]} is no type of time; the index must hold times, such as pandas.to_datetime makes"
        )
    zoned = {_is_obspys(value) or getattr(value, "tzinfo", None) is not None for value in index if value == value}
    if len(zoned) > 1:
        raise ValueError("the index holds times with and times without a zone; give all of them one, such as UTC")
    try:
        return pandas.DatetimeIndex(required("numpy").array([_nanoseconds(pandas, value) for value in index], "M8[ns]"))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"the index holds times that cannot be stored together as datetime64[ns]: {error}") from error


def _is_obspys(value: Any) -> bool:
    """Say whether a value is a time of ObsPy, which is not imported for that."""
    module = sys.modules.get("obspy.core.utcdatetime")
    return module is not None and isinstance(value, module.UTCDateTime)


def _nanoseconds(pandas: Any, time: Any) -> int:
    """Return the nanoseconds since 1970 of a time in UTC; NaT is NumPy's.

    Raises:
        ValueError, OverflowError: they do not reach it, or do not tell it exactly.
    """
    if _is_obspys(time):
        if time.ns == pandas.NaT.value:
            raise OverflowError(f"{time} has the number that stands for NaT")
        return int(time.ns)
    stamp = pandas.Timestamp(time)
    if isinstance(time, required("numpy").datetime64) and time == time and stamp.to_datetime64() != time:
        raise ValueError(f"{time} lies between two nanoseconds")
    return int(stamp.value)


def _is_kept(value: Any, array: NDArray[Any]) -> bool:
    """Say whether an array holds exactly what a value holds: a number, an array, or lists of them."""
    if isinstance(value, (str, bytes)):
        return _is_text(value, array.item())
    if hasattr(value, "dtype"):
        return not is_masked(value) and _same(value, array)
    if array.ndim == 0:
        return not (isinstance(value, int) and array.dtype.kind in "mM") and _is_equal(value, array.item())
    if not isinstance(value, Sequence):
        return not isinstance(value, (Mapping, Set))
    kinds = set(map(type, value))
    if array.ndim == 1 and _is_type_of(kinds, value, array):
        return True
    if array.ndim == 1 and not any(hasattr(kind, "dtype") for kind in kinds):
        stored = array.tolist()
        return list(value) == stored or all(map(_is_equal, value, stored))
    return all(map(_is_kept, value, array))


def _is_text(value: str | bytes, stored: Any) -> bool:
    """Say whether text is stored as it is; NumPy's own compares equal without the NUL at its end."""
    plain = str if isinstance(value, str) else bytes
    return plain.__eq__(value, stored) is True  # type: ignore[operator]


def _is_type_of(kinds: set[type], value: Sequence[Any], array: NDArray[Any]) -> bool:
    """Say whether all elements are of the one type of number or time that the array has: none can have changed."""
    numpy = required("numpy")
    if len(kinds) != 1:
        return False
    kind = next(iter(kinds))
    if issubclass(kind, (numpy.timedelta64, numpy.datetime64)):  # one type, with a unit that each element has
        return {each.dtype for each in value} == {array.dtype}
    is_number = kind in (bool, int, float, complex) or issubclass(kind, (numpy.number, numpy.bool_))
    return is_number and array.dtype.type is numpy.dtype(kind).type


def _holds_masked(value: Any) -> bool:
    """Say whether a value, or an element of its lists, is masked."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return any(map(_holds_masked, value))
    return is_masked(value)


def _is_equal(first: Any, second: Any) -> bool:
    """Say whether two values are equal; NaN is equal to itself."""
    return bool(first == second) or bool(first != first and second != second)


def _same(first: Any, second: Any) -> bool:
    """Say whether two arrays, or scalars of NumPy, hold the same values, whatever their types; missing ones aside."""
    numpy = required("numpy")
    if not isinstance(first.dtype, numpy.dtype):
        return _holds(first, second)
    first, second = numpy.asarray(first), numpy.asarray(second)
    if first.dtype == second.dtype:
        return True
    if {first.dtype.kind, second.dtype.kind} in ({"m"}, {"M"}):
        return _same_times(first, second)
    if first.dtype.kind != second.dtype.kind and {first.dtype.kind, second.dtype.kind} & set("SUmM"):
        return False
    if second.dtype.kind == "c" and first.dtype.kind != "c":  # a cast would warn
        return not second.imag.any() and _same(first, second.real)
    with numpy.errstate(invalid="ignore"):
        back = second.astype(first.dtype)
    return bool(((back == first) | ((back != back) & (first != first))).all())


def _same_times(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Say whether two arrays hold the same times or durations; a number without a unit is none of those with one."""
    numpy = required("numpy")
    if "generic" in {numpy.datetime_data(first.dtype)[0], numpy.datetime_data(second.dtype)[0]}:
        return bool((numpy.isnat(first) & numpy.isnat(second)).all())
    return bool((second.astype(first.dtype).view("i8") == first.view("i8")).all())


def _holds(column: Any, array: NDArray[Any]) -> bool:
    """Say whether an array holds the values of a column of pandas' own types that are not missing."""
    numpy = required("numpy")
    is_known = ~numpy.asarray(column.isna())
    values, stored = numpy.asarray(column[is_known], dtype=object), numpy.asarray(array)[is_known]
    return bool(((values == stored) | ((values != values) & (stored != stored))).all())
