"""NumPy arrays: what is saved comes back equal, whatever its names, shapes and types."""

from __future__ import annotations

import io
from typing import Any

import numpy
import pytest

from conformance.behaviour import embedded_backends, needs, source
from fixtures.endpoint import EXCLUSIVE_CREATE, WRITE

ARRAYS = {
    "vector": numpy.linspace(-1.0, 1.0, 961),
    "matrix-fortran": numpy.asfortranarray(numpy.arange(12, dtype="<f4").reshape(3, 4)),
    "big-endian": numpy.arange(7, dtype=">i4"),
    "complex": numpy.array([1 + 2j, complex("nan"), -0.0j]),
    "scalar": numpy.array(3.5),
    "empty": numpy.empty((0, 5)),
    "times": numpy.array(["2019-10-01T01:00:00", "NaT"], dtype="datetime64[ns]"),
    "text": numpy.array(["TD.TD05..HHZ", "é"]),
    "records": numpy.array([(1, 2.5)], dtype=[("count", "i8"), ("value", "f8")]),
    "flags": numpy.array([True, False]),
}
OBJECTS = numpy.array([{"slowness": 1}, None], dtype=object)


def _same(first: Any, second: Any) -> bool:
    """Whether two arrays have one shape and type, and the same bytes."""
    return (first.shape, first.dtype, first.tobytes()) == (second.shape, second.dtype, second.tobytes())


def _stored(body: bytes, **options: Any) -> Any:
    return numpy.load(io.BytesIO(body), **options)


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W24")
@pytest.mark.parametrize("name", ["vector", "matrix-fortran", "big-endian", "empty", "times"])
def test_npy_comes_back_as_an_array(fs: Any, subject: Any, name: str) -> None:
    """One array saved as .npy comes back as an array of the same shape, type, byte order and bytes."""
    path = fs.get_path("ccf/TD.TD05.Z.npy")
    subject.io.save_numpy(path, ARRAYS[name])
    found = subject.io.load_numpy(path)
    assert isinstance(found, numpy.ndarray)
    assert _same(found, ARRAYS[name])


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W3, W4")
@pytest.mark.parametrize("compressed", [True, False], ids=["compressed", "stored"])
def test_npz_comes_back_as_a_mapping(fs: Any, subject: Any, compressed: bool) -> None:
    """Arrays saved as .npz come back under their names, in their order, with the same types and bytes."""
    path = subject.io.save_numpy(fs.get_path("psd.npz"), ARRAYS, compressed=compressed)
    found = subject.io.load_numpy(path)
    assert found.files == list(ARRAYS)
    assert [name for name in ARRAYS if not _same(found[name], ARRAYS[name])] == []


@source("Noiz 0.7.1: S1")
def test_arrays_outlive_the_object(fs: Any, subject: Any, witness: Any) -> None:
    """Loaded arrays are in memory: they can be used after the object has gone."""
    body = io.BytesIO()
    numpy.savez(body, fft_mean=ARRAYS["vector"])
    witness.put("psd.npz", body.getvalue())
    found = subject.io.load_numpy(fs.get_path("psd.npz"))
    witness.delete("psd.npz")
    assert _same(found["fft_mean"], ARRAYS["vector"])


@needs(WRITE)
@source("Noiz 0.7.1: S3", "Noiz 0.7.1: W9")
def test_array_may_have_any_name(fs: Any, subject: Any) -> None:
    """Arrays may be called `file`, `filepath`, `path` or what no keyword can be, such as `a/b` and `é è`."""
    names = ["file", "filepath", "path", "fs", "mode", "storage", "a/b", "é è", "x.npy"]
    path = subject.io.save_numpy(fs.get_path("beam.npz"), {name: numpy.array([name]) for name in names})
    keyword = subject.io.save_numpy(fs.get_path("more.npz"), file=numpy.array(1), filepath=numpy.array(2))
    found, more = subject.io.load_numpy(path), subject.io.load_numpy(keyword)
    assert {name: found[name].item() for name in found.files} == {name: name for name in names}
    assert (more["file"].item(), more["filepath"].item()) == (1, 2)


@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W26")
@pytest.mark.parametrize("name", ["psd", "TD.TD05.Z.2019.274.0100.0", "a[1]*.npz"])
def test_name_is_kept(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """Arrays are saved under exactly the name that was given, and numpy itself reads them from there."""
    subject.io.save_numpy(fs.get_path(name), fft_mean=ARRAYS["vector"])
    assert witness.keys() == [name]
    assert _same(_stored(witness.get(name))["fft_mean"], ARRAYS["vector"])


@source("Noiz 0.7.1: S2", "Noiz 0.7.1: W17")
@pytest.mark.parametrize(
    ("name", "save", "pick"),
    [
        pytest.param("times.npz", numpy.savez, lambda found: found["arr_0"], id="savez"),
        pytest.param("times.npz", numpy.savez_compressed, lambda found: found["arr_0"], id="savez-compressed"),
        pytest.param("times.npy", numpy.save, lambda found: found, id="save"),
    ],
)
def test_numpys_own_files_are_read(fs: Any, subject: Any, witness: Any, name: str, save: Any, pick: Any) -> None:
    """What numpy itself saved, pickled objects included, is read."""
    body = io.BytesIO()
    save(body, OBJECTS)
    witness.put(name, body.getvalue())
    assert pick(subject.io.load_numpy(fs.get_path(name), allow_pickle=True)).tolist() == OBJECTS.tolist()


@needs(WRITE)
@source("contract: Formats", "contract: Formats")
@pytest.mark.parametrize("name", ["objects.npz", "objects.npy"])
def test_objects_are_refused_unless_asked_for(fs: Any, subject: Any, witness: Any, name: str, refused: Any) -> None:
    """Arrays of Python objects are neither saved nor loaded without allow_pickle=True; nothing is written."""
    path = fs.get_path(name)
    data = {"objects.npz": {"a": OBJECTS}, "objects.npy": OBJECTS}[name]
    with refused((ValueError, OSError), match="allow_pickle=True"):
        subject.io.save_numpy(path, data)
    assert witness.keys() == []
    subject.io.save_numpy(path, data, allow_pickle=True)
    with refused((ValueError, OSError), match="allow_pickle=True") as caught:
        subject.io.load_numpy(path)
    assert name in str(caught.value)


@source("B16.269", "contract: Formats")
@pytest.mark.parametrize("cut", [0, 100, -30])
def test_damaged_content_is_an_error(fs: Any, subject: Any, witness: Any, cut: int, refused: Any) -> None:
    """Content that ends too early raises ValueError that names the object, and never gives shorter arrays."""
    body = io.BytesIO()
    numpy.savez(body, fft_mean=ARRAYS["vector"])
    witness.put("psd.npz", body.getvalue()[:cut])
    with refused(ValueError, match=r"psd\.npz"):
        subject.io.load_numpy(fs.get_path("psd.npz"))


@needs(WRITE)
@source("Noiz 0.7.1: S6", "B2.53")
def test_failing_save_publishes_nothing(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """When one of several arrays cannot be saved, nothing becomes visible and an older object stays."""
    witness.put("psd.npz", b"older")
    with refused((ValueError, OSError)):
        subject.io.save_numpy(fs.get_path("psd.npz"), good=ARRAYS["vector"], bad=OBJECTS)
    assert (witness.keys(), witness.get("psd.npz")) == (["psd.npz"], b"older")


@needs(EXCLUSIVE_CREATE, WRITE)
@source("contract: Paths that helpers return")
def test_next_free_and_no_overwrite(fs: Any, subject: Any, witness: Any, refused: Any) -> None:
    """`next_free=True` saves under the next counter and says which; `overwrite=False` refuses a taken name."""
    first = subject.io.save_numpy(fs.get_path("psd.0.npz"), a=ARRAYS["vector"], next_free=True)
    second = subject.io.save_numpy(fs.get_path("psd.0.npz"), a=ARRAYS["flags"], next_free=True)
    with refused(FileExistsError):
        subject.io.save_numpy(second, a=ARRAYS["vector"], overwrite=False)
    assert ([first.name, second.name], witness.keys()) == (["psd.0.npz", "psd.1.npz"], ["psd.0.npz", "psd.1.npz"])
    assert _same(_stored(witness.get("psd.1.npz"))["a"], ARRAYS["flags"])


LAYOUTS: dict[str, Any] = {
    "fortran": numpy.asfortranarray(numpy.arange(12, dtype="<f4").reshape(3, 4)),
    "fortran-big-endian": numpy.asfortranarray(numpy.arange(24, dtype=">i2").reshape(2, 3, 4)),
    "strided": numpy.arange(20.0)[::3],
    "backwards": numpy.arange(6).reshape(2, 3)[::-1, ::-1],
    "transposed": numpy.arange(24).reshape(2, 3, 4).transpose(1, 2, 0),
    "no-axis": numpy.array(3.5, dtype=">f8"),
    "no-row": numpy.empty((0, 5), dtype="i2"),
    "one-row": numpy.arange(3, dtype="u8").reshape(1, 3),
    "days": numpy.array(["2020-02-29", "NaT"], dtype="M8[D]"),
    "big-endian-times": numpy.array(["2020-03-01T00:00:00.000001"], dtype=">M8[us]"),
    "durations": numpy.array([1, -2], dtype="m8[ms]"),
    "half": numpy.array([1.5, numpy.nan, -numpy.inf], dtype="f2"),
    "single-complex": numpy.array([1 - 2j, -0.0j], dtype=">c8"),
    "text": numpy.array([["TD", ""], ["é地", "a"]], dtype=">U3"),
    "bytes": numpy.array([b"TD05", b"a"], dtype="S6"),
    "flags": numpy.array([[True], [False]]),
    "records": numpy.array(
        [(1, 2.5, [1, 2]), (3, -0.0, [3, 4])],
        dtype={"names": ["count", "value", "pair"], "formats": [">i2", "<f8", ("<i4", 2)], "offsets": [0, 8, 24]},
    ),
    "aligned-records": numpy.zeros(2, numpy.dtype([("a", "i1"), ("b", "f8")], align=True)),
}
"""Arrays whose layout or type is easily lost."""


def _numpys(array: Any) -> bytes:
    """What NumPy itself saves of one array."""
    body = io.BytesIO()
    numpy.save(body, array)
    return body.getvalue()


def _layout(array: Any) -> tuple[Any, ...]:
    """All that an array is: type with byte order and padding, shape, order, values, and that it may be changed."""
    flags = array.flags
    order = flags.c_contiguous, flags.f_contiguous, flags.writeable
    return array.dtype.descr, array.dtype.itemsize, array.shape, order, repr(array.tolist())


@embedded_backends()
@needs(WRITE)
@source("https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html")
@pytest.mark.parametrize("name", ["beam.npy", "BEAM.NPY", "beam.Npy.GZ"])
def test_layout_comes_back(fs: Any, subject: Any, name: str) -> None:
    """An array comes back in the type, byte order, shape and order (C or Fortran) that NumPy itself gives it."""
    paths = {each: fs.get_path(f"{each}/{name}") for each in LAYOUTS}
    found = {each: subject.io.load_numpy(subject.io.save_numpy(path, LAYOUTS[each])) for each, path in paths.items()}
    expected = {each: _layout(_stored(_numpys(array))) for each, array in LAYOUTS.items()}
    assert {each: _layout(array) for each, array in found.items()} == expected


@embedded_backends()
@needs(WRITE)
@source("https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html")
@pytest.mark.parametrize("compressed", [True, False], ids=["compressed", "stored"])
def test_layouts_come_back_together(fs: Any, subject: Any, witness: Any, compressed: bool) -> None:
    """Arrays of one npz come back in the types, byte orders, shapes and orders that NumPy itself reads there."""
    found = subject.io.load_numpy(subject.io.save_numpy(fs.get_path("beam.npz"), LAYOUTS, compressed=compressed))
    expected = {each: _layout(_stored(_numpys(array))) for each, array in LAYOUTS.items()}
    assert {each: _layout(found[each]) for each in found.files} == expected
    numpys = _stored(witness.get("beam.npz"))
    assert {each: _layout(numpys[each]) for each in numpys.files} == expected


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: W3, W4")
def test_compression_of_arrays_is_told_by_their_size(fs: Any, subject: Any, witness: Any) -> None:
    """An npz is compressed as NumPy does it, unless `compressed=False` has it hold the bytes of its arrays."""
    array, options = numpy.arange(20_000.0).round(-1), {"unasked": {}, "yes": {"compressed": True}}
    for name, told in {**options, "no": {"compressed": False}}.items():
        subject.io.save_numpy(fs.get_path(name), a=array, **told)
    least = io.BytesIO()
    numpy.savez_compressed(least, a=array)
    sizes = {name: len(witness.get(name)) for name in ("unasked", "yes", "no")}
    assert sizes["unasked"] == sizes["yes"] <= len(least.getvalue()) * 1.01
    assert sizes["no"] > array.nbytes


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "Noiz 0.7.1: S2")
@pytest.mark.parametrize("name", ["objects.npz", "objects.npy"])
def test_objects_come_back_when_asked_for(fs: Any, subject: Any, name: str) -> None:
    """With allow_pickle=True arrays of Python objects are saved and loaded, with their shape and their values."""
    objects, pick = OBJECTS.reshape(2, 1), {"objects.npz": lambda found: found["a"], "objects.npy": lambda found: found}
    given = {"objects.npz": {"a": objects}, "objects.npy": objects}[name]
    path = subject.io.save_numpy(fs.get_path(name), given, allow_pickle=True)
    found = pick[name](subject.io.load_numpy(path, allow_pickle=True))
    assert (found.dtype, found.tolist()) == (objects.dtype, objects.tolist())


TEXTS_OF_ANY_LENGTH: Any = numpy.array(
    ["TD05", "a much longer text"], dtype=getattr(getattr(numpy, "dtypes", None), "StringDType", lambda: object)()
)
"""Texts that a pickle alone can hold, in the type that this NumPy has for them: objects before 2.0."""


@embedded_backends()
@needs(WRITE)
@source("https://numpy.org/doc/stable/user/basics.strings.html")
@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
@pytest.mark.parametrize("array", [OBJECTS, TEXTS_OF_ANY_LENGTH], ids=["objects", "texts"])
def test_what_needs_pickle_is_refused_by_its_name(
    fs: Any, subject: Any, name: str, array: Any, refused: Any, costs: Any
) -> None:
    """What only a pickle can hold is refused before anything is sent; the error says which array, and what to pass."""
    given, named = {"a.npz": ({"slowness": array}, "slowness"), "a.npy": (array, "array")}[name]
    with refused((ValueError, OSError), match=rf"\b{named}\b.*allow_pickle=True"), costs():
        subject.io.save_numpy(fs.get_path(name), given)


@embedded_backends()
@needs(WRITE)
@source("https://numpy.org/doc/stable/user/basics.strings.html")
@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_texts_of_any_length_come_back_when_asked_for(fs: Any, subject: Any, name: str) -> None:
    """With allow_pickle=True texts of any length are saved and loaded, in the type that NumPy has for them."""
    array = TEXTS_OF_ANY_LENGTH
    given = {"a.npz": {"a": array}, "a.npy": array}[name]
    path = subject.io.save_numpy(fs.get_path(name), given, allow_pickle=True)
    found = subject.io.load_numpy(path, allow_pickle=True)
    found = found["a"] if name.endswith("z") else found
    assert (found.dtype, found.tolist()) == (array.dtype, array.tolist())


LONGEST: str = "x" * 65_531
"""With `.npy` behind it the longest name that a zip archive holds."""
NO_ARRAYS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "nothing": ("a.npz", None, {}),
    "nothing-as-npy": ("a.npy", None, {}),
    "no-name": ("a.npz", [1], {}),
    "name-and-no-name": ("a.npz", [1], {"x": [1]}),
    "twice": ("a.npz", {"x": [1]}, {"x": [1]}),
    "number": ("a.npz", {5: [1]}, {}),
    "nul": ("a.npz", {"a\0b": [1]}, {}),
    "nul-by-keyword": ("a.npz", None, {"a\0b": [1]}),
    "long": ("a.npz", {LONGEST + "x": [1]}, {}),
    "long-in-bytes": ("a.npz", {"é" * 32_766: [1]}, {}),
    "keyword-for-npy": ("a.npy", None, {"x": [1]}),
    "two-for-npy": ("a.npy", [1], {"x": [1]}),
    "mapping-for-npy": ("a.npy", {"x": [1]}, {}),
}
"""What is no array for an npy, and no named ones for an npz."""


@embedded_backends()
@needs(WRITE)
@source("contract: Refusing", "https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT")
@pytest.mark.parametrize("given", NO_ARRAYS)
def test_arrays_are_named_for_an_npz_alone(fs: Any, subject: Any, given: str, refused: Any, costs: Any) -> None:
    """None, several for an npy, one without a name for an npz, a name twice or one that no archive holds: refused."""
    name, data, arrays = NO_ARRAYS[given]
    with refused(ValueError, match=r"array|given twice"), costs():
        subject.io.save_numpy(fs.get_path(name), data, **arrays)


@embedded_backends()
@needs(WRITE)
@source("contract: Formats")
@pytest.mark.parametrize(
    ("data", "arrays", "names"),
    [
        ({}, {}, []),
        ({}, {"x": [1]}, ["x"]),
        ({"z": [1], "a": [2]}, {"y": [3], "b": [4]}, ["z", "a", "y", "b"]),
        ({LONGEST: [1], "": [2], "f": [3]}, {"files": [4], "_arrays": [5]}, [LONGEST, "", "f", "files", "_arrays"]),
    ],
    ids=["none", "keyword", "both", "odd"],
)
def test_names_come_back_in_their_order(
    fs: Any, subject: Any, data: dict[str, Any], arrays: dict[str, Any], names: list[str]
) -> None:
    """Arrays of a mapping and by keyword come back under their names, of any length and spelling, in their order."""
    found = subject.io.load_numpy(subject.io.save_numpy(fs.get_path("a.npz"), data, **arrays))
    assert (found.files, [*found]) == (names, names)
    assert {name: found[name].tolist() for name in names} == {**data, **arrays}
    assert {name: getattr(found.f, name).tolist() for name in names} == {**data, **arrays}
