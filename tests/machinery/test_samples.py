"""The samples are what their list says they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.samples import MINISEED, REWRITABLE, STATIONXML, MiniSeed, Sample

obspy = pytest.importorskip("obspy")


@pytest.mark.parametrize("sample", MINISEED, ids=str)
def test_miniseed_is_what_the_list_says(sample: MiniSeed) -> None:
    """Encoding, byte order, record length, traces and samples are what the file's headers say."""
    stream = obspy.read(str(sample.path), format="MSEED")
    headers = {(t.stats.mseed.encoding, t.stats.mseed.byteorder, t.stats.mseed.record_length) for t in stream}
    assert headers == {(sample.encoding, sample.byteorder, sample.record_length)}
    assert (len(stream), sum(trace.stats.npts for trace in stream)) == (sample.traces, sample.samples)


@pytest.mark.parametrize("sample", REWRITABLE, ids=str)
def test_obspy_writes_a_rewritable_sample_in_its_own_encoding(sample: MiniSeed, tmp_path: Path) -> None:
    """Written again by ObsPy alone, a rewritable sample keeps its encoding and every sample."""
    stream = obspy.read(str(sample.path), format="MSEED")
    stream.write(str(tmp_path / "again"), format="MSEED")
    again = obspy.read(str(tmp_path / "again"))
    assert {trace.stats.mseed.encoding for trace in again} == {sample.encoding}
    assert [trace.data.tobytes() for trace in again] == [trace.data.tobytes() for trace in stream]


@pytest.mark.parametrize("sample", STATIONXML, ids=str)
def test_stationxml_is_an_inventory(sample: Sample) -> None:
    """Each StationXML sample holds at least one network."""
    assert len(obspy.read_inventory(str(sample.path), format="STATIONXML")) > 0


def test_names_are_distinct() -> None:
    """No two samples share a name, since names become case ids."""
    names = [sample.name for sample in (*MINISEED, *STATIONXML)]
    assert len(names) == len(set(names))
