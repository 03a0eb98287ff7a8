"""The files that NumPy writes: headers of any length, members that are no arrays, the surface of its mapping."""

from __future__ import annotations

import functools
import io
import zipfile
from typing import Any

import numpy
import obspy
import pandas
import pytest

from conformance.behaviour import needs, source, without_server
from fixtures.endpoint import WRITE

pytestmark = without_server()

HEADERS = "https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html#format-version-2-0"
NPZFILE = "https://numpy.org/doc/stable/reference/generated/numpy.lib.npyio.NpzFile.html"


def _wide(fields: int) -> Any:
    """One record of many fields."""
    array = numpy.zeros(2, dtype=[(f"channel_{number:06d}", "<f8") for number in range(fields)])
    array["channel_000001"] = [1.5, 2.5]
    return array


def _npz(**members: Any) -> bytes:
    body = io.BytesIO()
    numpy.savez(body, **members)
    return body.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def _npy(array: Any) -> bytes:
    body = io.BytesIO()
    numpy.save(body, array)
    return body.getvalue()


@source(HEADERS)
@pytest.mark.parametrize("fields", [300, 3000])
@pytest.mark.parametrize("name", ["wide.npy", "wide.npz"])
def test_long_header_is_read(fs: Any, subject: Any, witness: Any, name: str, fields: int) -> None:
    """A structured array of many fields, whose header is longer than NumPy reads unasked, is read."""
    array = _wide(fields)
    witness.put("wide.npy", _npy(array))
    witness.put("wide.npz", _npz(a=array))
    found = subject.io.load_numpy(fs.get_path(name))
    found = {"wide.npy": lambda: found, "wide.npz": lambda: found["a"]}[name]()
    assert (found.dtype, found["channel_000001"].tolist()) == (array.dtype, [1.5, 2.5])


@needs(WRITE)
@source(HEADERS, "contract: Formats")
@pytest.mark.parametrize("name", ["wide.npy", "wide.npz"])
def test_wide_records_come_back(fs: Any, subject: Any, name: str) -> None:
    """What is saved with a long header is read again."""
    array = _wide(2000)
    path = subject.io.save_numpy(fs.get_path(name), {"wide.npy": array, "wide.npz": {"a": array}}[name])
    found = subject.io.load_numpy(path)
    found = {"wide.npy": lambda: found, "wide.npz": lambda: found["a"]}[name]()
    assert (found.dtype, found.tobytes()) == (array.dtype, array.tobytes())


@source(HEADERS)
@pytest.mark.parametrize(
    "header", [b" " * 5_000_000, b"-" * 9000 + b"1", b"(" * 9000, b"{"], ids=["5-mb", "signs", "brackets", "open"]
)
def test_impossible_header_is_an_error(fs: Any, subject: Any, witness: Any, header: bytes, refused: Any) -> None:
    """A header that no array has raises ValueError that names the object, not MemoryError, and is called no pickle."""
    witness.put("wide.npy", b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header)
    with refused(ValueError, match=r"wide\.npy") as caught:
        subject.io.load_numpy(fs.get_path("wide.npy"))
    assert "pass allow_pickle" not in str(caught.value)


@source(HEADERS)
def test_header_that_claims_too_much_is_an_error(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """A header that claims more than any memory holds raises ValueError that names the object and its size."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (8000000000000000,)}\n"
    body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)
    witness.put("huge.npy", body)
    with refused(ValueError, match=rf"{len(body)} bytes.*huge\.npy"):
        subject.io.load_numpy(fs.get_path("huge.npy"))


@source(NPZFILE)
@pytest.mark.parametrize(
    "other",
    [{"day/": b""}, {"README.txt": b"text"}, {"a": b"text"}, {"day/b": b""}],
    ids=["directory", "text", "same-name", "empty-member"],
)
def test_members_that_are_no_arrays(fs: Any, subject: Any, witness: Any, other: dict[str, bytes]) -> None:
    """Directories of an npz are left out, and other members come as bytes, as NumPy gives them."""
    body = _zip({"a.npy": _npy(numpy.arange(3)), **other})
    witness.put("mixed.npz", body)
    found, numpys = subject.io.load_numpy(fs.get_path("mixed.npz")), numpy.load(io.BytesIO(body))
    assert (found["a.npy"].tolist(), numpys["a.npy"].tolist()) == ([0, 1, 2], [0, 1, 2])
    texts = {name: content for name, content in other.items() if not name.endswith("/")}
    assert {name: found[name] for name in texts} == {name: numpys[name] for name in texts} == texts
    assert len(found.files) == 1 + len(texts)


@source(NPZFILE)
def test_mapping_is_numpys(fs: Any, subject: Any, witness: Any) -> None:
    """What an npz loads as is used as NumPy's: names with and without `.npy`, `f`, `in`, `get`, `files`, `with`."""
    body = _npz(x=[1], y=[2])
    witness.put("a.npz", body)

    def look(found: Any) -> list[Any]:
        with found:
            return [
                sorted(found.files),
                sorted(found),
                len(found),
                found["x"].tolist(),
                found["x.npy"].tolist(),
                found.f.y.tolist(),
                sorted(dir(found.f)),
                ["x" in found, "x.npy" in found, "z" in found, "z.npy" in found, 5 in found],
                found.get("y").tolist(),
                found.get("z"),
                found.get("z", 3),
                sorted(found.keys()),
                [value.tolist() for _, value in sorted(found.items())],
                [hasattr(found.f, name) for name in ("z", "_arrays", "keys", "__class__")],
                hasattr(found, "z"),
                ["x" in repr(found), "y" in repr(found)],
            ]

    assert look(subject.io.load_numpy(fs.get_path("a.npz"))) == look(numpy.load(io.BytesIO(body)))


@source(NPZFILE)
@pytest.mark.parametrize("name", ["z", "z.npy", "x.npy.npy", "y z"])
def test_missing_array_is_a_key_error(fs: Any, subject: Any, witness: Any, name: str, refused: Any) -> None:
    """A name that no array has raises KeyError that shows it."""
    witness.put("a.npz", _npz(x=[1]))
    found = subject.io.load_numpy(fs.get_path("a.npz"))
    with refused(KeyError, match=name):
        found[name]


@source(NPZFILE)
@pytest.mark.parametrize("name", ["zip", "fid", "allow_pickle", "max_header_size", "pickle_kwargs", "z"])
def test_open_archive_is_no_attribute(fs: Any, subject: Any, witness: Any, name: str, refused: Any) -> None:
    """What NumPy's mapping has of its open archive raises AttributeError that shows the name, and says that none is."""
    witness.put("a.npz", _npz(x=[1]))
    found = subject.io.load_numpy(fs.get_path("a.npz"))
    with refused(AttributeError, match=rf"\b{name}\b.*archive"):
        getattr(found, name)


@source(NPZFILE)
def test_member_is_an_array_by_its_first_bytes(fs: Any, subject: Any, witness: Any) -> None:
    """A member that begins as an npy is an array under any name, as it is for NumPy."""
    body = _zip({"a": _npy(numpy.arange(2)), "b.txt": _npy(numpy.arange(3)), "c.NPY": _npy(numpy.arange(4))})
    witness.put("mixed.npz", body)
    found, numpys = subject.io.load_numpy(fs.get_path("mixed.npz")), numpy.load(io.BytesIO(body))
    assert {name: found[name].tolist() for name in found.files} == {
        name: numpys[name].tolist() for name in numpys.files
    }


@source(NPZFILE)
@pytest.mark.parametrize(
    "body", [b"", b"no array", _npy(numpy.arange(9))[:60], b"\x93NUMPX" + _npy(numpy.arange(2))[6:]]
)
def test_member_that_should_be_an_array_is_an_error(
    fs: Any, subject: Any, witness: Any, body: bytes, refused: Any
) -> None:
    """A member whose name ends with .npy and whose content is no array raises ValueError that names the object."""
    witness.put("a.npz", _zip({"x.npy": _npy(numpy.arange(2)), "y.npy": body}))
    with refused(ValueError, match=r"a\.npz"):
        subject.io.load_numpy(fs.get_path("a.npz"))


@needs(WRITE)
@source(NPZFILE)
def test_names_that_end_alike_are_kept_apart(fs: Any, subject: Any) -> None:
    """Arrays called `x` and `x.npy` are two arrays."""
    path = subject.io.save_numpy(fs.get_path("a.npz"), {"x": [1], "x.npy": [2], "x.npy.npy": [3]})
    found = subject.io.load_numpy(path)
    assert [(name, found[name].tolist()) for name in found.files] == [("x", [1]), ("x.npy", [2]), ("x.npy.npy", [3])]


def _deep(levels: int) -> Any:
    """A record in a record, many times."""
    start: Any = numpy.dtype("f8")
    return numpy.zeros(1, functools.reduce(lambda inner, _: numpy.dtype([("a", inner)]), range(levels), start))


CHANGED: dict[str, Any] = {
    "text-and-number": ["TD05", 5],
    "large-integers": [1, 2**63 + 1],
    "integer-beside-float": [2**53 + 1, 0.5],
    "text-with-nul": ["TD05\0"],
    "bytes-with-nul": [b"TD05\0"],
    "bytes-and-text": [b"TD05", "TD05"],
    "nan-and-text": [float("nan"), "TD05"],
    "nan-and-bytes": [float("nan"), b"TD05"],
    "nested-nan-and-text": [[float("nan"), "TD05"]],
    "numpy-nan-and-text": [numpy.float64("nan"), numpy.str_("TD05")],
    "nested": [[1, 2], [3, 2**63 + 1]],
    "arrays": [numpy.array([2**53 + 1]), numpy.array([0.5])],
    "times": [numpy.datetime64("2019-01-01", "ns"), numpy.datetime64("3000-01-01", "D")],
    "durations": [numpy.timedelta64(10**6, "D"), numpy.timedelta64(1, "ns")],
    "durations-in-seconds": [numpy.timedelta64(10**15, "s"), numpy.timedelta64(1, "ns")],
    "nested-durations": [[numpy.timedelta64(10**6, "D")], [numpy.timedelta64(1, "ns")]],
    "duration-without-unit": [numpy.timedelta64(1), numpy.timedelta64(1, "s")],
    "durations-without-unit": [numpy.array([1], "m8"), numpy.array([1], "m8[s]")],
    "number-beside-duration": [5, numpy.timedelta64(1, "ns")],
    "number-beside-time": [5, numpy.datetime64(1, "ns")],
    "integer-beside-complex": [numpy.int64(2**53 + 1), numpy.complex128(1j)],
    "largest-integer-beside-float": [numpy.int64(2**63 - 1), numpy.float64(0.5)],
    "category-beside-floats": pandas.DataFrame({"a": pandas.Categorical([2**53 + 1, 1]), "b": [0.5, 1.5]}),
    "numpy-text-and-number": [numpy.str_("a5"), numpy.int64(5)],
    "numpy-text-and-bytes": [numpy.str_("a"), numpy.bytes_(b"a")],
    "numpy-number-beside-duration": [numpy.int64(5), numpy.timedelta64(1, "ns")],
    "unsigned-beside-signed": [numpy.uint64(2**53 + 1), numpy.int64(-1)],
    "masked-arrays": [numpy.ma.masked_equal([1, 2], 2), numpy.ma.masked_equal([1, 2], 2)],
    "masked-element": [1, numpy.ma.masked],
    "masked-record": numpy.ma.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")], mask=[(True, False)]),
    "masked": numpy.ma.masked_equal([1, 2], 2),
    "headers": [obspy.Trace().stats, obspy.Trace().stats],
    "numpy-text-with-nul": numpy.str_("a\0"),
    "numpy-bytes-with-nul": numpy.bytes_(b"a\0"),
    "numpy-texts-with-nul": [numpy.str_("TD05\0"), numpy.str_("TD06")],
    "nested-bytes-with-nul": [[numpy.bytes_(b"a\0")], [b"b"]],
    "deep-record": _deep(300),
    "record-just-too-deep": _deep(100),
}
"""Values that NumPy changes as it makes them arrays, or that no npy holds."""


@needs(WRITE)
@source("https://pandas.pydata.org/docs/user_guide/integer_na.html")
@pytest.mark.parametrize(
    "make",
    [
        lambda: pandas.Series([2**60 + 1, None], dtype="Int64"),
        lambda: pandas.array([2**60 + 1, None], dtype="Int64"),
        lambda: pandas.DataFrame({"a": pandas.array([2**60 + 1, None], dtype="Int64")}),
        lambda: pandas.DataFrame({"a": pandas.array([2**60 + 1, None], dtype="Int64"), "b": [0.5, 1.5]}),
        lambda: [pandas.Series([2**60 + 1, None], dtype="Int64"), [0.5, 1.5]],
    ],
    ids=["series", "array", "frame", "frame-beside-floats", "list"],
)
def test_missing_integers_change_no_others(fs: Any, subject: Any, make: Any, refused: Any, costs: Any) -> None:
    """Integers beside a missing one are not rounded to floats: they are refused before anything is sent."""
    with refused((ValueError, OSError)), costs():
        subject.io.save_numpy(fs.get_path("a.npz"), a=make())


@source("https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html")
@pytest.mark.parametrize("behind", [b"x", b"\0" * 64, _npy(numpy.arange(2))], ids=["byte", "zeros", "array"])
@pytest.mark.parametrize("array", [numpy.arange(3), numpy.array([{"a": 1}])], ids=["numbers", "objects"])
def test_bytes_behind_an_array_are_an_error(
    fs: Any, subject: Any, witness: Any, array: Any, behind: bytes, refused: Any
) -> None:
    """An npy that goes on behind its array, a second array included, raises ValueError that names the object."""
    witness.put("a.npy", _npy(array) + behind)
    with refused(ValueError, match=r"a\.npy"):
        subject.io.load_numpy(fs.get_path("a.npy"), allow_pickle=True)


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize("value", CHANGED)
@pytest.mark.filterwarnings("error", "ignore:Warning. converting a masked element")
def test_values_that_would_change_are_refused(fs: Any, subject: Any, value: str, refused: Any, costs: Any) -> None:
    """A value that would come back as another is refused by its name, without a warning, before anything is sent."""
    with refused(ValueError, match="the array"), costs():
        subject.io.save_numpy(fs.get_path("a.npy"), CHANGED[value])
    with refused(ValueError, match=r"\bslowness\b"), costs():
        subject.io.save_numpy(fs.get_path("a.npz"), slowness=CHANGED[value])


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize("value", [{"x": [1]}, obspy.Trace().stats], ids=["dict", "header"])
def test_mapping_is_no_array(fs: Any, subject: Any, value: Any, refused: Any, costs: Any) -> None:
    """A mapping, of which an array would hold the keys, is refused by its name before anything is sent."""
    with refused(ValueError, match="one array"), costs():
        subject.io.save_numpy(fs.get_path("a.npy"), value)
    with refused((ValueError, OSError), match=r"\bslowness\b"), costs():
        subject.io.save_numpy(fs.get_path("a.npz"), slowness=value)


@needs(WRITE)
@source("https://numpy.org/doc/stable/reference/maskedarray.generic.html")
@pytest.mark.parametrize(
    "value",
    [
        numpy.ma.masked_equal([1, 2], 2),
        numpy.ma.masked,
        numpy.ma.array([(1, 2.0)], dtype="i4,f8", mask=[(False, True)]),
        [numpy.ma.masked_equal([1, 2], 2), numpy.ma.masked_equal([1, 2], 2)],
        [[1, numpy.ma.masked], [2, 3]],
        (numpy.ma.array([1.5], mask=True), numpy.array([1.5])),
    ],
    ids=["array", "constant", "record", "list", "nested", "tuple"],
)
@pytest.mark.filterwarnings("ignore:Warning. converting a masked element")
def test_masked_values_are_called_so(fs: Any, subject: Any, value: Any, refused: Any, costs: Any) -> None:
    """Masked values, which no npz holds, are refused as such before anything is sent, however deep they lie."""
    with refused(ValueError, match=r"slowness has masked values"), costs():
        subject.io.save_numpy(fs.get_path("a.npz"), slowness=value)


KEPT: dict[str, tuple[Any, Any]] = {
    "list": ([1, 2], numpy.array([1, 2])),
    "nan": ([1.0, float("nan")], numpy.array([1.0, numpy.nan])),
    "integers-as-floats": ([1, 2.5], numpy.array([1.0, 2.5])),
    "tuple-of-texts": (("a", "bc"), numpy.array(["a", "bc"])),
    "number": (3, numpy.array(3)),
    "range": (range(3), numpy.arange(3)),
    "nested": ([[1], [2]], numpy.array([[1], [2]])),
    "arrays": ([numpy.arange(2), numpy.arange(2) + 0.5], numpy.array([[0, 1], [0.5, 1.5]])),
    "matrix": (numpy.array([[1, 2]]).view(numpy.matrix), numpy.array([[1, 2]])),
    "records": (
        numpy.rec.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
        numpy.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    ),
    "nothing-masked": (numpy.ma.masked_equal([1, 2], 9), numpy.array([1, 2])),
    "no-record-masked": (numpy.ma.array([(1, 2.0)], dtype="i4,f8"), numpy.array([(1, 2.0)], dtype="i4,f8")),
    "padded-text": (numpy.array(["a", "abc"]), numpy.array(["a", "abc"])),
    "empty": ([], numpy.array([])),
    "deep-record": (_deep(99), _deep(99)),
    "series": (pandas.Series([1.5, 2.5]), numpy.array([1.5, 2.5])),
    "whole-column": (pandas.array([1, 2], dtype="Int64").astype("int64"), numpy.array([1, 2])),
    "numpy-numbers": ([numpy.float32(1), numpy.float32("nan")], numpy.array([1, numpy.nan], "f4")),
    "numpy-text": (numpy.str_("ab"), numpy.array("ab")),
    "unsigned-and-signed": ([numpy.uint8(200), numpy.int8(-2)], numpy.array([200, -2], "i2")),
    "numpy-complex": ([numpy.float64(2), numpy.complex128(1j)], numpy.array([2, 1j])),
    "complex-of-two-sizes": ([numpy.complex64(1j), numpy.complex128(2)], numpy.array([1j, 2])),
    "nan-alone": (float("nan"), numpy.array(numpy.nan)),
    "nan-beside-number": ([1, float("nan")], numpy.array([1, numpy.nan])),
    "nan-beside-numpys": ([numpy.float64("nan"), 1], numpy.array([numpy.nan, 1])),
    "nested-nan": ([[1, float("nan")], [0.5, 2]], numpy.array([[1, numpy.nan], [0.5, 2]])),
    "categories": (pandas.Categorical([1.5, None]), numpy.array([1.5, numpy.nan])),
    "category-beside-floats": (
        pandas.DataFrame({"a": pandas.Categorical([1, 2]), "b": [0.5, 1.5]}),
        numpy.array([[1, 0.5], [2, 1.5]]),
    ),
    "columns": (pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), numpy.array([[1, 0.5], [2, 1.5]])),
    "durations": ([numpy.timedelta64(1, "s"), numpy.timedelta64(1, "ms")], numpy.array([1000, 1], "m8[ms]")),
    "durations-of-one-unit": (
        [numpy.timedelta64(1, "s"), numpy.timedelta64("NaT", "s")],
        numpy.array([1, "NaT"], "m8[s]"),
    ),
    "no-duration": ([numpy.timedelta64("NaT"), numpy.timedelta64(1, "s")], numpy.array(["NaT", 1], "m8[s]")),
    "times": ([numpy.datetime64("2019", "Y"), numpy.datetime64(1, "s")], numpy.array(["2019", 1], "M8[s]")),
    "arrays-of-durations": (
        [numpy.array([1], "m8[s]"), numpy.array([1], "m8[ms]")],
        numpy.array([[1000], [1]], "m8[ms]"),
    ),
}
"""Values, and the arrays that they are."""


@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize("value", KEPT)
def test_values_come_back(fs: Any, subject: Any, value: str) -> None:
    """Lists, numbers and subclasses of arrays come back as the arrays of the same values."""
    given, expected = KEPT[value]
    found = subject.io.load_numpy(subject.io.save_numpy(fs.get_path("a.npy"), given))
    assert (found.shape, found.dtype, found.tobytes()) == (expected.shape, expected.dtype, expected.tobytes())
