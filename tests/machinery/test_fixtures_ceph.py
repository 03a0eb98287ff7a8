"""What of the Ceph cluster can be checked without one."""

from __future__ import annotations

import base64
import configparser
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import ceph, servers
from fixtures.provision import Options, new_run, start_all
from fixtures.site import CannotStartError, Site


def test_absent_packages_are_told_with_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a program of Ceph is not on PATH the backend does not start, and the remedy is one command."""
    monkeypatch.setattr(ceph.shutil, "which", lambda name: None if name == "radosgw" else f"/usr/bin/{name}")
    run = start_all(["ceph"], Options())
    run.stop()
    assert run.endpoints == {}
    assert run.failures["ceph"].startswith("there is no radosgw on PATH; `bash ci/machine --ceph` installs")


def test_everything_is_below_the_directory_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No log, socket or pid file goes to a directory of the system, and what listens does so on this machine alone."""
    monkeypatch.setattr(servers, "free_port", lambda: 4711)
    ceph._write_configuration(tmp_path / "ceph")
    read = configparser.ConfigParser(allow_no_value=True)
    read.read(tmp_path / "ceph" / "ceph.conf")
    settings = read["global"]
    paths = [value for value in settings.values() if value.startswith("/")]
    assert paths
    assert all(path.startswith(str(tmp_path)) for path in paths)
    assert (settings["admin socket"], settings["pid file"], settings["log to file"]) == ("", "", "false")
    assert settings["mon host"] == "[v2:127.0.0.1:4711/0]"


def test_every_part_has_a_key_of_its_own(tmp_path: Path) -> None:
    """The keys have 16 random bytes behind twelve of type, time and length."""
    ceph._write_configuration(tmp_path)
    read = configparser.ConfigParser()
    read.read(tmp_path / "keyring")
    keys = [base64.b64decode(read[name]["key"]) for name in ("mon.", "client.admin", "client.rgw", "osd.0")]
    assert len(set(keys)) == 4
    assert [len(key) for key in keys] == [28] * 4


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Where commands run, and where it takes a while to look at what they said."""

    def slowly(_log: Path) -> str:
        time.sleep(0.5)
        return "a line"

    monkeypatch.setattr(servers, "last_line", slowly)
    run = new_run(Options())
    yield run.site
    run.stop()


def test_a_command_that_ends_well_while_it_is_looked_at_has_not_failed(site: Site, tmp_path: Path) -> None:
    """Between the question whether it is done and the one whether it failed it may have become done."""
    ceph._run(site, tmp_path / "log", ["true"])


def test_a_command_that_fails_is_told_with_its_status(site: Site, tmp_path: Path) -> None:
    """The last line of its log stands beside it."""
    with pytest.raises(CannotStartError, match="exit status 3; a line"):
        ceph._run(site, tmp_path / "log", ["/bin/sh", "-c", "exit 3"])
