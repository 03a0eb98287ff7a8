"""obspy.read without a format unpickles content to see whether it is a pickle.

Contacts nothing. The pickles here print a line; they could as well delete a home.
"""

import contextlib
import io
import pickle
import tempfile
from importlib.metadata import version
from typing import Any

import obspy


class Trap:
    """Pickles as a call that prints; its words let ObsPy's look at the first 100 bytes pass."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __reduce__(self) -> Any:
        return print, (self._words,)


print("ObsPy", version("obspy"))
with contextlib.suppress(Exception):
    obspy.read(io.BytesIO(pickle.dumps(Trap("wrong: an open file's content, obspy.core.stream, was executed"))))
with tempfile.NamedTemporaryFile() as file, contextlib.suppress(Exception):
    file.write(pickle.dumps(Trap("wrong: a named file's content, obspy.core.stream, was executed")))
    file.flush()
    obspy.read(file.name)
