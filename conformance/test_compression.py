"""Compression: a name that ends with .gz, .bz2 or .xz is compressed as it is written and read back plain."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from typing import Any, Final

import numpy
import obspy
import pandas
import pytest
from matplotlib.figure import Figure

from conformance import census
from conformance.behaviour import embedded_backends, needs, one_of_each_engine, source
from conformance.blocks import BLOCK, small_blocks
from conformance.helper_calls import FRAME, by_name, small_inventory, small_stream
from conformance.samples import MINISEED, STATIONXML
from fixtures.endpoint import WRITE

UNPACK: dict[str, Any] = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
PACK: dict[str, Any] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
SAMPLE = MINISEED[0]
EVERY = pytest.mark.parametrize("suffix", UNPACK)


@needs(WRITE)
@source("contract: Formats", "B16.268")
@EVERY
def test_written_by_suffix(fs: Any, subject: Any, witness: Any, suffix: str) -> None:
    """Text, arrays and waveforms are compressed by their last suffix, and the one before it tells the format."""
    stream = obspy.read(str(SAMPLE.path))
    subject.io.write_text(fs.get_path(f"notes.txt{suffix}"), "content\n" * 100)
    subject.io.save_numpy(fs.get_path(f"ccf.npy{suffix}"), numpy.arange(100))
    subject.io.write_stream(fs.get_path(f"day.mseed{suffix}"), stream)
    plain = {key.removesuffix(suffix): UNPACK[suffix](witness.get(key)) for key in witness.keys()}  # noqa: SIM118
    assert plain["notes.txt"] == b"content\n" * 100
    assert numpy.load(io.BytesIO(plain["ccf.npy"])).tolist() == list(range(100))
    assert numpy.array_equal(obspy.read(io.BytesIO(plain["day.mseed"]))[0].data, stream[0].data)


@source("contract: Formats", "B16.268", "Noiz 0.7.1: D14")
@EVERY
def test_read_by_suffix(fs: Any, subject: Any, witness: Any, suffix: str) -> None:
    """What another program compressed is read: waveforms, inventories and texts."""
    witness.put(f"day.mseed{suffix}", PACK[suffix](SAMPLE.read_bytes()))
    witness.put(f"station.xml{suffix}", PACK[suffix](STATIONXML[0].read_bytes()))
    witness.put(f"notes.txt{suffix}", PACK[suffix](b"one") + PACK[suffix](b" two"))
    stream = subject.io.read_stream(fs.get_path(f"day.mseed{suffix}"))
    inventory = subject.io.read_inventory(fs.get_path(f"station.xml{suffix}"))
    assert sum(len(trace) for trace in stream) == SAMPLE.samples
    assert inventory == obspy.read_inventory(str(STATIONXML[0].path))
    assert subject.io.read_text(fs.get_path(f"notes.txt{suffix}")) == "one two"


@embedded_backends()
@source("B16.269")
@pytest.mark.parametrize(("suffix", "cut"), [(".gz", 0), (".gz", -4), (".bz2", 20), (".xz", 0), (".xz", -4)])
def test_damaged_data_is_an_error(
    fs: Any, subject: Any, witness: Any, noise: Any, suffix: str, cut: int, refused: Any
) -> None:
    """Compressed data that is cut short raises ValueError that names the object, and gives no part of it."""
    witness.put(f"notes.txt{suffix}", PACK[suffix](noise(500))[:cut])
    with refused(ValueError, match=f"notes.txt{suffix}"):
        subject.io.read_text(fs.get_path(f"notes.txt{suffix}"))


@source("B8.182")
@EVERY
def test_bytes_are_handed_on_as_stored(fs: Any, witness: Any, suffix: str) -> None:
    """What is opened or read as bytes is not decompressed unasked, whatever its name says."""
    stored = PACK[suffix](b"content")
    witness.put(f"record{suffix}", stored)
    assert (fs.read(f"record{suffix}"), fs.open(f"record{suffix}").read()) == (stored, stored)


MEMBERS: dict[str, Any] = {
    "two": lambda pack: pack(b"one ") + pack(b"two"),
    "empty-first": lambda pack: pack(b"") + pack(b"one two"),
    "empty-last": lambda pack: pack(b"one two") + pack(b""),
    "many": lambda pack: b"".join(pack(bytes([letter])) for letter in b"one two"),
}
"""Contents of several members that are `one two`."""
SPOILT: dict[str, Any] = {
    "text-behind": lambda pack: pack(b"one ") + b"garbage\n",
    "one-byte-behind": lambda pack: pack(b"one ") + b"\n",
    "crosses-behind": lambda pack: pack(b"one ") + b"XXXX",
    "text-between": lambda pack: pack(b"one ") + b"garbage\n" + pack(b"two"),
    "damaged-head": lambda pack: pack(b"one ") + b"?" + pack(b"two" * 100)[1:],
    "damaged-middle": lambda pack: pack(b"one ") + _damaged(pack(bytes(range(256)) * 9)),
    "cut": lambda pack: pack(b"one ") + pack(b"two" * 100)[:-5],
    "head-alone": lambda pack: pack(b"one ") + pack(b"two")[:3],
    "behind-nothing": lambda pack: pack(b"") + b"two",
    "another-compression": lambda pack: pack(b"one ") + b"\x5d\0\0\x80\0" + b"\xff" * 8 + b"two",
}
"""Contents whose first member alone is sound."""


def _damaged(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


@embedded_backends()
@source("https://www.rfc-editor.org/rfc/rfc1952#page-5", "https://tukaani.org/xz/xz-file-format.txt", "B16.268")
@EVERY
@pytest.mark.parametrize("members", MEMBERS)
def test_every_member_is_read(fs: Any, subject: Any, witness: Any, suffix: str, members: str) -> None:
    """Compressed data of several members, as `cat`, `pbzip2` and `pixz` make it, is one content, and read whole."""
    witness.put(f"notes.txt{suffix}", MEMBERS[members](PACK[suffix]))
    assert subject.io.read_text(fs.get_path(f"notes.txt{suffix}")) == "one two"


@embedded_backends()
@source("B16.269")
@EVERY
@pytest.mark.parametrize("spoilt", SPOILT)
def test_damage_behind_the_first_member_is_an_error(
    fs: Any, subject: Any, witness: Any, suffix: str, spoilt: str, refused: Any
) -> None:
    """Whatever follows a sound member and is none raises ValueError that names the object; nothing is cut off."""
    witness.put(f"notes.txt{suffix}", SPOILT[spoilt](PACK[suffix]))
    with refused(ValueError, match=f"notes.txt{suffix}"):
        subject.io.read_text(fs.get_path(f"notes.txt{suffix}"))


@embedded_backends()
@source("https://tukaani.org/xz/xz-file-format.txt", "https://www.gnu.org/software/gzip/manual/gzip.html#Tapes")
@pytest.mark.parametrize(
    ("suffix", "zeros", "rest"),
    [(".xz", 4, b""), (".xz", 4096, b""), (".xz", 8, b"two"), (".gz", 1, b""), (".gz", 512, b"")],
)
def test_padding_is_no_damage(fs: Any, subject: Any, witness: Any, suffix: str, zeros: int, rest: bytes) -> None:
    """Zeros that the format allows behind a member, four by four in .xz, are no content and no damage."""
    witness.put(f"notes.txt{suffix}", PACK[suffix](b"one") + bytes(zeros) + PACK[suffix](rest))
    assert subject.io.read_text(fs.get_path(f"notes.txt{suffix}")) == f"one{rest.decode()}"


@embedded_backends()
@source("https://tukaani.org/xz/xz-file-format.txt", "B16.269")
@pytest.mark.parametrize(
    ("suffix", "zeros", "rest"), [(".xz", 3, b""), (".xz", 5, b"two"), (".bz2", 4, b""), (".bz2", 4, b"two")]
)
def test_padding_that_no_format_allows_is_an_error(
    fs: Any, subject: Any, witness: Any, suffix: str, zeros: int, rest: bytes, refused: Any
) -> None:
    """Zeros that the format does not allow behind a member raise ValueError that names the object."""
    witness.put(f"notes.txt{suffix}", PACK[suffix](b"one") + bytes(zeros) + PACK[suffix](rest))
    with refused(ValueError, match=f"notes.txt{suffix}"):
        subject.io.read_text(fs.get_path(f"notes.txt{suffix}"))


@one_of_each_engine()
@small_blocks
@source("B16.268")
@EVERY
def test_large_members_are_read_whole(fs: Any, subject: Any, witness: Any, suffix: str) -> None:
    """Two members whose content is larger than a block are read whole."""
    witness.put(f"whole{suffix}", PACK[suffix](b"1" * (BLOCK + 1)) + PACK[suffix](b"2" * (BLOCK + 1)))
    found = subject.io.read_text(fs.get_path(f"whole{suffix}"))
    assert (found == "1" * (BLOCK + 1) + "2" * (BLOCK + 1)) is True


@one_of_each_engine()
@small_blocks
@source("B16.269")
@EVERY
def test_damage_in_a_large_second_member_is_an_error(
    fs: Any, subject: Any, witness: Any, noise: Any, suffix: str, refused: Any
) -> None:
    """A second member that is damaged far behind the first block raises ValueError, and leaves no file open."""
    sound = PACK[suffix](b"1" * (BLOCK + 1))
    witness.put(f"large{suffix}", sound + _damaged(PACK[suffix](noise(4096).hex().encode())))
    fs.read(f"large{suffix}")  # a connection stays open
    before = census.census()
    with refused(ValueError, match=f"large{suffix}") as caught:
        subject.io.read_text(fs.get_path(f"large{suffix}"))
    assert (census.left_over(before), caught.value.__traceback__ is None) == ([], False)


@embedded_backends()
@source("B16.268")
@EVERY
def test_members_of_noise_are_read_whole(fs: Any, subject: Any, witness: Any, noise: Any, suffix: str) -> None:
    """Members that compress to more than any reader takes at a time are read whole, and in their order."""
    parts = [noise(size) for size in (700_000, 1, 900_000, 0, 800_000)]
    witness.put(f"whole{suffix}", b"".join(PACK[suffix](part) for part in parts))
    found = subject.io.read_text(fs.get_path(f"whole{suffix}"), encoding="latin-1")
    assert (found.encode("latin-1") == b"".join(parts)) is True


OLDER: Final = lzma.compress(b"one", format=lzma.FORMAT_ALONE)
"""The format that went before .xz; it ends with its content, and knows no padding."""


@embedded_backends()
@source("https://tukaani.org/xz/xz-file-format.txt", "https://docs.python.org/3/library/lzma.html#lzma.FORMAT_ALONE")
@pytest.mark.parametrize("zeros", [0, 4, 1 << 20])
def test_older_format_is_read_where_it_stands_alone(fs: Any, subject: Any, witness: Any, zeros: int) -> None:
    """Content in the format that went before .xz is read, zeros behind it included, four by four."""
    witness.put("notes.xz", OLDER + bytes(zeros))
    assert subject.io.read_text(fs.get_path("notes.xz")) == "one"


@embedded_backends()
@source("https://tukaani.org/xz/xz-file-format.txt")
@pytest.mark.parametrize("text", [b"one", b"four", b"seven"])
def test_padding_behind_the_older_format_ends(fs: Any, subject: Any, witness: Any, noise: Any, text: bytes) -> None:
    """Zeros behind content in the older format, whatever its length is, are no content; a large stream may follow."""
    large = noise(1_200_000)
    witness.put("whole.xz", lzma.compress(text, format=lzma.FORMAT_ALONE) + bytes(4) + lzma.compress(large, preset=0))
    found = subject.io.read_text(fs.get_path("whole.xz"), encoding="latin-1")
    assert (found.encode("latin-1") == text + large) is True


@embedded_backends()
@source("https://tukaani.org/xz/xz-file-format.txt", "B16.269")
@pytest.mark.parametrize("first", [OLDER, lzma.compress(b"one")], ids=["older", "xz"])
def test_older_format_is_no_second_member(fs: Any, subject: Any, witness: Any, first: bytes, refused: Any) -> None:
    """The format that went before .xz knows no members: behind another content it raises ValueError."""
    witness.put("notes.xz", first + OLDER)
    with refused(ValueError, match=r"notes\.xz"):
        subject.io.read_text(fs.get_path("notes.xz"))


READ: Final[dict[str, Any]] = {
    "day.mseed": ("read_stream", SAMPLE, (None, "MSEED", "SAC"), (".gz", ".bz2", ".xz")),
    "station.xml": ("read_inventory", STATIONXML[0], (None, "STATIONXML"), (".bz2", ".xz")),
}
"""What reads each of these as which formats, and compressions of which it knows nothing: libxml2 itself reads gzip."""


@embedded_backends()
@source("contract: Formats")
@pytest.mark.parametrize(
    ("name", "kind", "suffix"),
    [(name, kind, suffix) for name, (_, _, kinds, suffixes) in READ.items() for kind in kinds for suffix in suffixes],
)
def test_name_alone_says_what_is_compressed(
    fs: Any, subject: Any, witness: Any, name: str, kind: str | None, suffix: str, refused: Any
) -> None:
    """Compressed waveforms and metadata under a name that does not say so are neither."""
    helper, sample, *_ = READ[name]
    witness.put(name, PACK[suffix](sample.read_bytes()))
    with refused(ValueError, match=re.escape(name)):
        getattr(subject.io, helper)(fs.get_path(name), format=kind)


@embedded_backends()
@needs(WRITE)
@source("https://docs.python.org/3/library/gzip.html", "B16.268")
@EVERY
def test_content_is_compressed_as_much_as_it_can_be(fs: Any, subject: Any, witness: Any, rng: Any, suffix: str) -> None:
    """A compressed name holds as few bytes as the compression makes of the content at its usual level."""
    words = [f"{rng.getrandbits(30):x}" for _ in range(4000)]
    text = " ".join(rng.choice(words) for _ in range(20_000))
    subject.io.write_text(fs.get_path(f"notes.txt{suffix}"), text)
    body = witness.get(f"notes.txt{suffix}")
    assert UNPACK[suffix](body) == text.encode()
    assert len(body) <= len(PACK[suffix](text.encode())) * 1.01


@embedded_backends()
@needs(WRITE)
@source("https://www.rfc-editor.org/rfc/rfc1952#page-5")
@EVERY
def test_equal_content_makes_equal_bytes(fs: Any, subject: Any, witness: Any, suffix: str) -> None:
    """What is compressed tells neither when nor under which name, so equal content makes equal bytes."""
    for name in ("a", "another"):
        subject.io.write_text(fs.get_path(f"{name}{suffix}"), "content")
    assert witness.get(f"a{suffix}") == witness.get(f"another{suffix}")
    assert {".gz": witness.get(f"a{suffix}")[3:8]}.get(suffix, bytes(5)) == bytes(5)


SAVED: Final[dict[str, Any]] = {
    "day.npz": lambda io, path, **options: io.save_numpy(path, a=[1.5], **options),
    "ccfs.npz": lambda io, path, **options: io.write_ccfs_to_npz(
        pandas.DataFrame([[1.0]], pandas.DatetimeIndex(["2020-02-29"]), [0.5]), path, **options
    ),
    "event.sac": lambda io, path, **options: io.write_stream(path, small_stream(), **{"format": "SAC", **options}),
    "station.xml": lambda io, path, **options: io.write_inventory(path, small_inventory(), **options),
    "plot.png": lambda io, path, **options: io.save_figure(path, Figure(figsize=(1, 1)), **options),
    "soh.csv": lambda io, path, **options: io.save_dataframe(path, FRAME, **options),
    "notes.txt": lambda io, path, **options: io.write_text(path, "é", **options),
    "run.toml": lambda io, path: io.save_toml(path, {"a": 1}),
    "any.pickle": lambda io, path, **options: io.save_pickle(path, {"a": 1}, allow_pickle=True, **options),
}
LOADED: Final[dict[str, Any]] = {
    "day.npz": lambda io, path: io.load_numpy(path)["a"].tolist(),
    "ccfs.npz": lambda io, path: io.load_ccfs_from_npz(path)[0].to_dict(),
    "event.sac": lambda io, path, **options: [trace.data.tolist() for trace in io.read_stream(path, **options)],
    "station.xml": lambda io, path, **options: io.read_inventory(path, **options),
    "soh.csv": lambda io, path, **options: io.load_dataframe(path, **options).to_dict(),
    "notes.txt": lambda io, path, **options: io.read_text(path, **options),
    "run.toml": lambda io, path: io.load_toml(path),
    "any.pickle": lambda io, path: io.load_pickle(path, allow_pickle=True),
}
"""Every helper that saves, and every one that loads, by what it saves and loads."""


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "B16.268")
@pytest.mark.parametrize("name", SAVED)
def test_every_helper_compresses(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """Each helper saves under a compressed name, in capitals too, just what it saves under a plain one, compressed."""
    for suffix in ("", ".gz", ".BZ2", ".Xz"):
        SAVED[name](subject.io, fs.get_path(f"{name}{suffix}"))
    unpacked = [UNPACK[suffix.lower()](witness.get(f"{name}{suffix}")) for suffix in (".gz", ".BZ2", ".Xz")]
    assert [_parts(body) == _parts(witness.get(name)) for body in unpacked] == [True] * 3


def _parts(body: bytes) -> dict[str, bytes]:
    """The members of a zip archive, which says them otherwise in a file that cannot seek; anything else whole."""
    if not body.startswith(b"PK"):
        return {"": body}
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "B16.268")
@pytest.mark.parametrize("name", LOADED)
def test_every_helper_decompresses(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """Each helper loads of a compressed name, in capitals too, just what it loads of a plain one."""
    SAVED[name](subject.io, fs.get_path(name))
    for suffix in (".GZ", ".bz2", ".XZ"):
        witness.put(f"{name}{suffix}", PACK[suffix.lower()](witness.get(name)))
    plain = LOADED[name](subject.io, fs.get_path(name))
    found = [LOADED[name](subject.io, fs.get_path(f"{name}{suffix}")) for suffix in (".GZ", ".bz2", ".XZ")]
    assert found == [plain] * 3


SAVED_WITH: Final[list[tuple[str, dict[str, Any]]]] = [
    ("day.npz", {"compressed": False}),
    ("ccfs.npz", {"metadata_keys": ["a"], "metadata_values": ["b"]}),
    ("event.sac", {"byteorder": ">"}),
    ("event.sac", {"format": "MSEED"}),
    ("station.xml", {"level": "network"}),
    ("station.xml", {"format": "STATIONTXT"}),
    ("plot.png", {"facecolor": "red"}),
    ("plot.png", {"format": "jpg"}),
    ("soh.csv", {"sep": ";"}),
    ("soh.csv", {"encoding": "utf-16"}),
    ("notes.txt", {"encoding": "utf-16"}),
    ("any.pickle", {"protocol": 0}),
]
LOADED_WITH: Final[list[tuple[str, dict[str, Any]]]] = [
    ("event.sac", {"headonly": True}),
    ("event.sac", {"endtime": obspy.UTCDateTime(9)}),
    ("station.xml", {"level": "network"}),
    ("soh.csv", {"index_col": 0}),
    ("soh.csv", {"encoding": "latin-1"}),
    ("notes.txt", {"encoding": "latin-1"}),
]
"""Options that change what is saved, and what is loaded of what was saved without."""


def _named_by(each: str | dict[str, Any]) -> str:
    return each if isinstance(each, str) else by_name(each)


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "B16.268")
@pytest.mark.parametrize(("name", "options"), SAVED_WITH, ids=_named_by)
def test_options_are_honoured_where_it_compresses(
    fs: Any, subject: Any, witness: Any, name: str, options: dict[str, Any]
) -> None:
    """With an option a helper saves under each compressed name just what it saves with it under a plain one."""
    SAVED[name](subject.io, fs.get_path(f"without/{name}"))
    for suffix in ("", ".gz", ".bz2", ".xz"):
        SAVED[name](subject.io, fs.get_path(f"{name}{suffix}"), **options)
    unpacked = [unpack(witness.get(f"{name}{suffix}")) for suffix, unpack in UNPACK.items()]
    assert [_parts(body) == _parts(witness.get(name)) for body in unpacked] == [True] * 3
    assert witness.get(name) != witness.get(f"without/{name}")


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "B16.268")
@pytest.mark.parametrize(("name", "options"), LOADED_WITH, ids=_named_by)
def test_options_are_honoured_where_it_decompresses(
    fs: Any, subject: Any, witness: Any, name: str, options: dict[str, Any]
) -> None:
    """With an option a helper loads of each compressed name just what it loads with it of a plain one."""
    SAVED[name](subject.io, fs.get_path(name))
    for suffix, pack in PACK.items():
        witness.put(f"{name}{suffix}", pack(witness.get(name)))
    plain = LOADED[name](subject.io, fs.get_path(name), **options)
    assert [LOADED[name](subject.io, fs.get_path(f"{name}{suffix}"), **options) for suffix in PACK] == [plain] * 3
    assert plain != LOADED[name](subject.io, fs.get_path(name))


@embedded_backends()
@needs(WRITE)
@source("contract: Formats", "B16.268")
@EVERY
@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_objects_are_pickled_where_it_compresses(fs: Any, subject: Any, name: str, suffix: str, refused: Any) -> None:
    """Arrays of Python objects are saved and loaded under a compressed name too where allow_pickle=True is given."""
    objects, path = numpy.array([{"a": 1}]), fs.get_path(f"{name}{suffix}")
    given = {"a.npz": {"a": objects}, "a.npy": objects}[name]
    with refused((ValueError, OSError), match="allow_pickle=True"):
        subject.io.save_numpy(path, given)
    subject.io.save_numpy(path, given, allow_pickle=True)
    with refused((ValueError, OSError), match="allow_pickle=True"):
        subject.io.load_numpy(path)
    found = subject.io.load_numpy(path, allow_pickle=True)
    assert {"a.npz": lambda: found["a"], "a.npy": lambda: found}[name]().tolist() == [{"a": 1}]


@embedded_backends()
@needs(WRITE)
@source("https://docs.python.org/3/library/pathlib.html#pathlib.PurePath.suffix")
@pytest.mark.parametrize("name", ["gz", ".gz", "day/.xz", "notes.gz.txt", "notes.gzip", "notesbz2", "a.gz/notes"])
def test_only_the_last_suffix_compresses(fs: Any, subject: Any, witness: Any, name: str) -> None:
    """A name without a dot, with a leading one alone, or with another last suffix says no compression."""
    subject.io.write_text(fs.get_path(name), "content")
    assert (witness.get(name), subject.io.read_text(fs.get_path(name))) == (b"content", "content")
