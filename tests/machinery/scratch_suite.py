"""A suite of a few lines in a directory of its own, run by the real machinery in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearing import hear_signals

from conformance import forked

REPOSITORY = Path(__file__).parents[2]
CONFTEST = "from conformance.conftest import *\n"
OWN = """
from pathlib import Path
from conformance import options, selection
options.DEFAULT_SUBJECT = "layer"
selection.FOLDER = Path(__file__).resolve().parent
"""
LAYER = '''
"""A subject with nothing but a default file system, which is a word."""
def reset_filesystem(): pass
def get_filesystem(): return "file system"
'''
SECONDS = 60
VARIABLES = {"PYTHONPATH": str(REPOSITORY)}


@dataclass(frozen=True)
class Result:
    """What a run of a scratch suite came to."""

    status: int
    output: str
    rows: list[dict[str, Any]]
    """The lines of its verdicts.jsonl."""

    def verdicts(self, backend: str = "memory") -> dict[str, str]:
        """Behaviour with case → verdict, on one backend."""
        mine = [row for row in self.rows if row["backend"] == backend]
        return {f"{row['behaviour']}[{row['case']}]".removesuffix("[]"): row["verdict"] for row in mine}

    def detail(self, behaviour: str, backend: str = "memory") -> str:
        """The reason that one behaviour's row gives."""
        (found,) = [row for row in self.rows if (row["behaviour"], row["backend"]) == (behaviour, backend)]
        return str(found["detail"])


class ScratchSuite:
    """Files of a suite below `directory`, whose subject is the module `layer` beside them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.report = directory / "report"
        (directory / "pytest.ini").write_text("[pytest]\ntestpaths = .\n")
        self.write("layer.py", LAYER)
        self.conftest("")

    def write(self, name: str, text: str) -> None:
        """Put a file into the suite."""
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def conftest(self, more: str) -> None:
        """Give the suite the real hooks and fixtures, and these lines."""
        self.write("conftest.py", CONFTEST + textwrap.dedent(more))

    def own(self, more: str = "") -> None:
        """Treat this directory as the suite's own folder and its layer as the default subject."""
        self.conftest(OWN + textwrap.dedent(more))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start pytest on the suite as a shell does, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *forked.PLUGINS, *self._asked(arguments)],
            cwd=self.directory,
            env={**forked.environment(), **VARIABLES},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=hear_signals,
        )

    def finish(self, process: subprocess.Popen[str]) -> Result:
        """Wait for a run to end."""
        output, _ = process.communicate(timeout=SECONDS)
        return Result(process.returncode, output, self._rows())

    def run(self, *arguments: str) -> Result:
        """Run the suite against its layer, on memory unless `arguments` say otherwise."""
        output = self.directory / "output"
        status = forked.run(self._asked(arguments), self.directory, output, seconds=SECONDS, variables=VARIABLES)
        return Result(status, output.read_text(), self._rows())

    def _asked(self, arguments: Sequence[str]) -> list[str]:
        chosen = [] if any(each.startswith("--backend") for each in arguments) else ["--backend=memory"]
        return ["--subject=layer", f"--report={self.report}", *chosen, *arguments]

    def _rows(self) -> list[dict[str, Any]]:
        path = self.report / "verdicts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
