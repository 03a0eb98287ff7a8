"""What threads raise while nobody waits for them: it fails the behaviour that started them, and no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

import pytest

from conformance.subject import SubjectFailed
from conformance.verdicts import PASS, trial_of


class Threads:
    """Keeps what threads of the running case raise; a plugin of its own, in the place of pytest's.

    Pytest's turns what an old thread raises into an error of whichever case runs then, or of the whole run at its end.
    """

    def __init__(self) -> None:
        self._older: set[threading.Thread] = set()
        self._raised: list[BaseException] = []
        self._usual = threading.excepthook

    def watch(self) -> Callable[[], None]:
        """Look at every thread from now on; returns what ends that."""
        threading.excepthook = self._keep

        def forget() -> None:
            threading.excepthook = self._usual

        return forget

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Forget what belongs to the case before."""
        self._older = set(threading.enumerate())
        self._raised.clear()
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Fail a body that passed, as far as its own thread saw."""
        self._tell(item)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Fail a case whose threads raised later."""
        self._tell(item)

    def _keep(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or args.thread is None or args.thread in self._older:
            self._usual(args)  # of a case that failed already: had it passed, the census would have missed its thread
        else:
            self._raised.append(args.exc_value)

    def _tell(self, item: pytest.Item) -> None:
        if self._raised and trial_of(item).verdict == PASS:
            error = self._raised.pop(0)
            raise SubjectFailed(f"a thread raised {type(error).__name__}: {error}") from error
