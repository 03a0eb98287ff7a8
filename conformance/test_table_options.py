"""Options of tables: each does what it does in pandas, or is refused before anything is sent."""

from __future__ import annotations

import csv
import inspect
import io
from collections.abc import Callable
from typing import Any, Final

import pandas
import pytest

from conformance.behaviour import needs, source, without_server
from conformance.helper_calls import FRAME, by_name
from fixtures.endpoint import WRITE

pytestmark = without_server()


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
@pytest.mark.parametrize("options", [{}, {"compression": "infer"}], ids=["unasked", "infer"])
@pytest.mark.parametrize("suffix", [".zip", ".ZIP", ".zst", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_compression_that_only_pandas_has_is_refused(
    fs: Any, subject: Any, suffix: str, options: dict[str, str], refused: Any, costs: Any
) -> None:
    """A name by which pandas would compress otherwise than the layer does is refused before anything is contacted."""
    with refused((ValueError, OSError), match="compression"), costs():
        subject.io.save_dataframe(fs.get_path(f"a.csv{suffix}"), FRAME, **options)
    with refused((ValueError, OSError), match="compression"), costs():
        subject.io.load_dataframe(fs.get_path(f"a.csv{suffix}"), **options)


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
def test_plain_table_may_have_any_other_name(fs: Any, subject: Any, witness: Any) -> None:
    """With compression=None a table under a name that says .zip is plain, as it is for pandas; texts are anyway."""
    path = subject.io.save_dataframe(fs.get_path("a.zip"), FRAME, index=False, compression=None)
    assert subject.io.load_dataframe(path, compression=None).equals(FRAME)
    subject.io.write_text(fs.get_path("b.zip"), "text")
    assert (witness.get("a.zip"), witness.get("b.zip")) == ("note,value\né,0.1\nb,2.5\n".encode(), b"text")


@needs(WRITE)
@source("contract: Formats")
def test_uncompressed_under_a_compressed_name_is_refused(fs: Any, subject: Any, refused: Any, costs: Any) -> None:
    """No compression under a name that says one is refused before anything is sent, in both directions."""
    with refused((TypeError, ValueError)), costs():
        subject.io.save_dataframe(fs.get_path("a.csv.gz"), FRAME, compression=None)
    with refused((TypeError, ValueError)), costs():
        subject.io.load_dataframe(fs.get_path("a.csv.gz"), compression=None)


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
@pytest.mark.parametrize(
    ("options", "stored"),
    [
        ({}, "note,value\né,0.1\nb,2.5\n".encode()),
        ({"encoding": "latin-1"}, b"note,value\n\xe9,0.1\nb,2.5\n"),
        ({"encoding": "ascii", "errors": "replace"}, b"note,value\n?,0.1\nb,2.5\n"),
        ({"encoding": "ascii", "errors": "xmlcharrefreplace"}, b"note,value\n&#233;,0.1\nb,2.5\n"),
        ({"encoding": "utf-8-sig"}, "\ufeffnote,value\né,0.1\nb,2.5\n".encode()),
        ({"encoding": "utf-16"}, "note,value\né,0.1\nb,2.5\n".encode("utf-16")),
        ({"quoting": csv.QUOTE_ALL}, '"note","value"\n"é","0.1"\n"b","2.5"\n'.encode()),
        ({"columns": ["value"], "header": False, "float_format": "%.2f"}, b"0.10\n2.50\n"),
        ({"sep": "\t", "decimal": ",", "chunksize": 1}, "note\tvalue\né\t0,1\nb\t2,5\n".encode()),
        ({"compression": "infer"}, "note,value\né,0.1\nb,2.5\n".encode()),
        ({"encoding": None, "errors": None}, "note,value\né,0.1\nb,2.5\n".encode()),
    ],
    ids=[
        "plain",
        "latin-1",
        "replace",
        "references",
        "mark",
        "utf-16",
        "quoting",
        "columns",
        "decimal",
        "infer",
        "none",
    ],
)
def test_are_honoured(fs: Any, subject: Any, witness: Any, options: dict[str, Any], stored: bytes) -> None:
    """What pandas takes to write a table does what it says: encodings and their errors, columns, quotes, decimals."""
    subject.io.save_dataframe(fs.get_path("a.csv"), FRAME, index=False, **options)
    assert witness.get("a.csv") == stored


@needs(WRITE)
@source("https://docs.python.org/3/library/codecs.html#error-handlers")
@pytest.mark.parametrize("errors", ["surrogateescape", "replace"])
def test_what_utf_8_lacks_is_treated_as_asked(fs: Any, subject: Any, witness: Any, errors: str) -> None:
    """A lone surrogate in a table is written as `errors` says, in UTF-8 too."""
    frame = pandas.DataFrame({"note": ["a\udce9"]}, dtype=object)
    subject.io.save_dataframe(fs.get_path("a.csv"), frame, index=False, errors=errors)
    assert witness.get("a.csv") == "note\na\udce9\n".encode("utf-8", errors)


@needs(WRITE)
@source("contract: Writing")
@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "ascii"},
        {"encoding": "no-such"},
        {"errors": "no-such"},
        {"encoding": "hex"},
        {"encoding": "idna", "errors": "replace"},
    ],
)
def test_text_that_cannot_be_encoded_is_refused(
    fs: Any, subject: Any, options: dict[str, str], refused: Any, costs: Any
) -> None:
    """A character that the encoding has not, and an unknown encoding, are refused before anything is sent."""
    with refused((ValueError, LookupError)), costs():
        subject.io.save_dataframe(fs.get_path("a.csv"), FRAME, **options)


@source("contract: Formats")
@pytest.mark.parametrize(
    "options", [{"usecols": ["nope"]}, {"index_col": 7}, {"dtype": {"x": int}}, {"header": -1}], ids=by_name
)
@pytest.mark.parametrize("parts", [{}, {"chunksize": 4}], ids=["whole", "parts"])
def test_option_that_does_not_fit_is_no_damage(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], parts: dict[str, int], refused: Any
) -> None:
    """An option that this table cannot fulfil raises pandas' own error: the content is not at fault."""
    witness.put("a.csv", b"x,y\n1.5,2\n")
    with refused((ValueError, IndexError)) as caught:
        list(subject.io.load_dataframe(fs.get_path("a.csv"), **options, **parts))
    assert not isinstance(caught.value, OSError)


TABLE: Final = pandas.DataFrame(
    {"note": ["é;,", 'c "d"', None], "value": [0.1, 1234567.875, -1e-9]},
    pandas.DatetimeIndex(["2020-02-29 01:02:03.000004", "2020-03-01", "2019-12-31"], name="when"),
)

LINE_END: Final = next(
    name for name in inspect.signature(pandas.DataFrame.to_csv).parameters if name.startswith("line")
)
"""What pandas calls the end of a line; before 1.5 it had another name."""


@needs(WRITE)
@source("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"index": False},
        {"index_label": "time"},
        {"na_rep": "n/a"},
        {"date_format": "%Y.%j"},
        {"header": ["a", "b"]},
        {"columns": ["value", "note"]},
        {"float_format": "%.3f"},
        {"decimal": ","},
        {"sep": ";"},
        {"quotechar": "'"},
        {"quoting": csv.QUOTE_NONNUMERIC},
        {"doublequote": False, "escapechar": "\\"},
        {LINE_END: "\r\n"},
    ],
    ids=lambda options: by_name(options) or "none",
)
def test_table_is_written_as_by_pandas(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option a table is the text that pandas makes of it, and the frame that was given stays as it was."""
    frame = TABLE.copy()
    subject.io.save_dataframe(fs.get_path("a.csv"), frame, **options)
    assert witness.get("a.csv") == TABLE.to_csv(**options).encode()
    pandas.testing.assert_frame_equal(frame, TABLE)


CSV: Final = """when,code,gap,count,flag,note
1/2/2019,007,"1,5","1,000",yes,n/a
2/2/2019,010,"0,25","2,000",no,-
3/2/2019,9,"7,125","3,000",yes,'b' #c
"""


READING: Final[list[dict[str, Any]]] = [
    {"index_col": "code"},
    {"usecols": ["note", "gap"]},
    {"dtype": {"code": str}},
    {"dtype": {"code": "float32"}},
    {"parse_dates": ["when"], "dayfirst": True},
    {"decimal": ","},
    {"thousands": ","},
    {"na_values": ["-"]},
    {"keep_default_na": False},
    {"na_filter": False},
    {"nrows": 2},
    {"skiprows": [1]},
    {"header": None},
    {"names": list("abcdef"), "header": 0},
    {"converters": {"code": int}, "index_col": 1},
    {"true_values": ["yes"], "false_values": ["no"]},
    {"comment": "#"},
    {"sep": ";"},
    {"delimiter": "/"},
]
"""Options that each make another frame of it."""
PARTS: Final[dict[str, Callable[..., Any]]] = {
    "chunks": lambda read, place, **options: pandas.concat(read(place, chunksize=2, **options)),
    "at-will": lambda read, place, **options: read(place, iterator=True, **options).get_chunk(9),
}
"""Ways to read a table in parts, and to put it together."""


@source("https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html")
@pytest.mark.parametrize("options", [*READING, {"skipfooter": 1, "engine": "python"}], ids=by_name)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_table_is_read_as_by_pandas(fs: Any, subject: Any, witness: Any, options: dict[str, Any]) -> None:
    """With each option a table has the rows, columns, types and index that pandas gives it."""
    witness.put("a.csv", CSV.encode())
    found = subject.io.load_dataframe(fs.get_path("a.csv"), **options)
    pandas.testing.assert_frame_equal(found, pandas.read_csv(io.StringIO(CSV), **options), check_exact=True)
    assert not found.equals(pandas.read_csv(io.StringIO(CSV)))


@source("https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html")
@pytest.mark.parametrize("options", READING, ids=by_name)
@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_table_is_read_in_parts_as_by_pandas(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], parts: str
) -> None:
    """An option of `read_csv` gives the parts of a table that pandas itself gives with it."""
    witness.put("a.csv", CSV.encode())
    found = PARTS[parts](subject.io.load_dataframe, fs.get_path("a.csv"), **options)
    expected = PARTS[parts](pandas.read_csv, io.StringIO(CSV), **options)
    pandas.testing.assert_frame_equal(found, expected, check_exact=True)
    assert not found.equals(PARTS[parts](pandas.read_csv, io.StringIO(CSV)))


@source("https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"encoding": "latin-1"}, ["Ã©", "µ"]),
        ({"encoding": "cp1252"}, ["Ã©", "µ"]),
        ({"encoding_errors": "replace"}, ["é", "\ufffd"]),
        ({"encoding_errors": "ignore", "dtype": str, "keep_default_na": False}, ["é", ""]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_encoding_is_honoured(
    fs: Any, subject: Any, witness: Any, options: dict[str, Any], expected: list[str]
) -> None:
    """A table is read in the encoding that is named, and bytes that it has not become what is asked for."""
    witness.put("a.csv", b'note\n"\xc3\xa9"\n"\xb5"\n')
    frames = [
        subject.io.load_dataframe(fs.get_path("a.csv"), **options),
        *(read(subject.io.load_dataframe, fs.get_path("a.csv"), **options) for read in PARTS.values()),
    ]
    assert [frame["note"].tolist() for frame in frames] == [expected] * 3


@source("https://pandas.pydata.org/docs/whatsnew/v1.4.0.html")
@pytest.mark.parametrize("number", [" 1.5", "1.5 "], ids=["before", "behind"])
def test_number_beside_a_blank_is_read_as_told(fs: Any, subject: Any, witness: Any, number: str) -> None:
    """A column whose type is given has that type, also where blanks stand beside its numbers."""
    witness.put("a.csv", f"x,y\n{number},2\n".encode())
    found = subject.io.load_dataframe(fs.get_path("a.csv"), dtype={"x": "float64"})
    assert found["x"].tolist() == [1.5]


@source("https://pandas.pydata.org/docs/whatsnew/v1.4.0.html")
def test_number_beside_a_blank_is_a_number(fs: Any, subject: Any, witness: Any) -> None:
    """Blanks beside the numbers of a column, or of the index, make no texts of them; beside a text they stay."""
    witness.put("a.csv", b"time,x,note\n 0.5, 1.5, on\n 1.5,2,off \n")
    found = subject.io.load_dataframe(fs.get_path("a.csv"), index_col="time")
    assert found.to_dict() == {"x": {0.5: 1.5, 1.5: 2.0}, "note": {0.5: " on", 1.5: "off "}}
