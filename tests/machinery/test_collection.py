"""What is collected is known by id and sentence, and nothing can drop out of it silently."""

from __future__ import annotations

from pathlib import Path

import pytest
from scratch_suite import ScratchSuite

from fixtures.provision import WEB

GOOD = '''
"""One good behaviour."""
import pytest
from conformance.behaviour import needs, source

@needs("network")
@source("B1.1", "https://example.org/thread")
@pytest.mark.parametrize("size", [1, pytest.param(2, marks=needs("multipart"))])
def test_keeps_bytes(size):
    """Bytes are kept.

    And more is said here.
    """
'''
REFUSED = {
    "test_docstring.py": ("def test_a():\n    pass\n", "test_a has no docstring"),
    "test_twice.py": ('def test_a():\n    """A."""\n' * 2, "test_a is defined 2 times"),
    "test_.py": ('def test_a():\n    """A."""\n', "the name gives no area"),
    "test_words.py": ('def test_():\n    """A."""\n', "test_ has no words"),
    "test_class.py": ('class TestA:\n    def test_a(self):\n        """A."""\n', "TestA is no plain function"),
    "test_never.py": ('if False:\n    def test_a():\n        """A."""\n', "test_a is defined, but would not run"),
    "test_hidden.py": ('__test__ = False\ndef test_b():\n    """B."""\n', "test_b is defined, but would not run"),
    "test_lost.py": ('def test_c():\n    """C."""\ntest_c = None\n', "test_c is defined, but would not run"),
    "test_skipped.py": ("import pytest\npytest.importorskip('no_such')\n", "may not skip itself"),
    "test_wings.py": (
        "from conformance.behaviour import needs\npytestmark = needs('wings')\n",
        "no capability is called ['wings']",
    ),
    "test_looks.py": (
        "from conformance.behaviour import sees\npytestmark = sees('feathers')\n",
        "nothing to look at is called 'feathers'",
    ),
    "test_raises.py": (
        'import pytest\ndef test_d():\n    """D."""\n    with pytest.raises(OSError):\n        open("/")\n',
        "line 4: pytest.raises does not look at what is left behind",
    ),
    "test_raises_by_name.py": (
        'from pytest import raises\ndef test_e():\n    """E."""\n    with raises(OSError):\n        open("/")\n',
        "line 1: pytest.raises does not look at what is left behind",
    ),
    "test_import.py": ("import no_such_module\n", "No module named 'no_such_module'"),
    "more/test_good.py": (GOOD, "the id good.keeps-bytes is taken by"),
}


@pytest.fixture
def suite(tmp_path: Path) -> ScratchSuite:
    """An empty suite."""
    return ScratchSuite(tmp_path)


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_nothing_to_run_is_no_failure(suite: ScratchSuite, workers: str) -> None:
    """Where no case that was asked for applies, each has its verdict and reason, and the run is green."""
    suite.write("test_good.py", GOOD)
    result = suite.run(workers)
    assert (result.status, set(result.verdicts().values())) == (0, {"not-applicable"})
    assert {row["detail"] for row in result.rows} == {"memory lacks network", "memory lacks network, multipart"}


def test_files_that_could_lose_behaviours_are_refused(suite: ScratchSuite) -> None:
    """Each such file is an error of its collection, which says what is wrong; no other behaviour gets lost."""
    suite.write("more/__init__.py", "")
    suite.write("test_good.py", GOOD)
    suite.write("test_fine.py", 'def test_a():\n    """A."""\n')
    for name, (text, _) in REFUSED.items():
        suite.write(name, text)
    result = suite.run("-n0")
    assert result.status == pytest.ExitCode.INTERRUPTED
    assert [complaint for _, complaint in REFUSED.values() if complaint not in result.output] == []
    inapplicable = dict.fromkeys(["good.keeps-bytes[1]", "good.keeps-bytes[2]"], "not-applicable")
    assert result.verdicts() == {"fine.a": "error", **inapplicable}
    assert f"{len(REFUSED)} errors" in result.output


def test_a_file_that_cannot_be_collected_makes_workers_red(suite: ScratchSuite) -> None:
    """Under pytest-xdist, which runs the other files all the same, the run is red."""
    suite.write("test_good.py", GOOD)
    suite.write("test_import.py", "import no_such_module\n")
    result = suite.run("-n1")
    assert result.status == pytest.ExitCode.TESTS_FAILED
    assert len(result.rows) == 2


@pytest.mark.parametrize("arguments", [["-n0"], ["-n2", "-k", "keeps and not 2"]])
def test_behaviours_are_listed_with_sentence_needs_and_source(suite: ScratchSuite, arguments: list[str]) -> None:
    """--list-behaviours prints each behaviour once, starts nothing and succeeds."""
    suite.conftest("from fixtures import provision\nprovision.start_all = None\n")
    suite.write("test_good.py", GOOD)
    result = suite.run("--list-behaviours", *arguments)
    assert result.status == 0
    assert "\n".join(["good.keeps-bytes", "    Bytes are kept.", "    needs: network"]) in result.output
    assert "source: B1.1; https://example.org/thread" in result.output
    assert "behaviours: 1" in result.output


def test_backends_are_listed(suite: ScratchSuite) -> None:
    """--list-backends prints every backend with its scheme and what starts it."""
    result = suite.run("--list-backends", "--backend=nonsense")
    assert result.status == 0
    words = {line.split()[0]: line.split()[1] for line in result.output.splitlines()}
    assert words == {
        "memory": "memory",
        "local": "file",
        "moto": "s3",
        "minio": "s3",
        "versitygw": "s3",
        "ceph": "s3",
        **{name: name for name in ("s3", "gs", "az")},
        "azurite": "az",
        "gcs": "gs",
        "ftp": "ftp",
        "ftps": "ftps",
        **{name: name.partition("-")[0] for name in WEB},
    }


def test_collecting_starts_nothing(suite: ScratchSuite) -> None:
    """--collect-only names the backend last in the brackets and starts nothing."""
    suite.conftest("from fixtures import provision\nprovision.start_all = None\n")
    suite.write("test_good.py", GOOD)
    result = suite.run("--collect-only", "-q", "-n0", "--backend=all")
    assert result.status == 0
    assert "test_good.py::test_keeps_bytes[1-azurite]" in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["--backend=memory,nonsense"],
            "'nonsense'; known backends: memory, local, moto, minio, versitygw, ceph, azurite, gcs, ftp, ftps, http,",
        ),
        (["--subject=no_such_module"], "--subject=no_such_module cannot be imported"),
        (["--servers=cloud"], "'cloud' is none of auto, container, process"),
    ],
)
def test_senseless_options_are_refused(suite: ScratchSuite, arguments: list[str], complaint: str) -> None:
    """The command line is refused before anything starts, with what would be right."""
    result = suite.run("-n2", *arguments)
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert complaint in result.output
    assert "conformance:" not in result.output
