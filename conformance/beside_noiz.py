"""Shows that the layer lives beside the released Noiz: `python -m conformance.beside_noiz`.

Noiz stays at its pins, its commands still load, and `noiz test-storage` exists in it without a change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version

PINS = {"noiz": "0.7.1", "numpy": "1.23.5", "SQLAlchemy": "1.4", "pydantic": "1.", "obspy": "1.4.2", "pandas": "1.3.4"}
"""What the versions must start with: Noiz's pins, which the layer may not move."""

NEEDED = {"MSEEDINDEX_EXECUTABLE": "mseedindex", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
"""What Noiz asks for before it loads; nothing connects."""


def main() -> int:
    """Print what was found; 1 where Noiz moved or its command fails."""
    moved = [f"{name} {version(name)}" for name, pin in PINS.items() if not version(name).startswith(pin)]
    print("Noiz and its pins:", ", ".join(f"{name} {version(name)}" for name in PINS))
    if moved:
        print("moved away from Noiz's pins:", ", ".join(moved))
        return 1
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, **NEEDED, "PROCESSED_DATA_DIR": directory, "STORAGE_URI": directory}
        command = shutil.which("noiz", path=os.path.dirname(sys.executable)) or "noiz"
        return subprocess.run([command, "test-storage"], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
