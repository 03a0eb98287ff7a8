"""`python -m conformance.saboteurs [--nightly] [NAME …]` tries saboteurs, and the true layer.

A fixed eighth of them where nothing is asked for, all by night. Status 1 if one gets away, or changes nothing,
or an area of the suite catches none.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from conformance import forked
from conformance.saboteurs import SABOTEURS, Saboteur, areas
from conformance.saboteurs.trial import Outcome, running, true_failures, try_out

AT_ONCE = 3
"""One more than two processors, since some wait."""
BY_DAY = SABOTEURS[::8]
"""All would take longer than the gate's other tests of the suite."""
IMPORTED = ("conformance.model", "s3fs", "minio", "obspy", "pandas", "matplotlib.figure")
"""What many runs need, imported once."""
_LINE = "{:<40}{:<9}{:>7}  {}"


def main(arguments: Sequence[str]) -> int:
    """Try the saboteurs that are asked for, print one line for each, and say what none of all puts to the test."""
    names = {*arguments} - {"--nightly"}
    unknown = names - {each.name for each in SABOTEURS}
    if unknown:
        print(f"no saboteur is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    everyone = SABOTEURS if names or "--nightly" in arguments else BY_DAY
    escaped = _try_all([each for each in everyone if each.name in names or not names])
    return int(any([escaped, _untried()]))


def _try_all(chosen: Sequence[Saboteur]) -> bool:
    """Print one line for each of these saboteurs, and say whether something is wrong."""
    backends = sorted({backend for each in chosen for backend in each.backends})
    forked.preload(*IMPORTED)
    with running(backends) as servers, ThreadPoolExecutor(AT_ONCE) as pool:
        # All of it is under way before the first line is awaited.
        blamed = pool.map(partial(true_failures, servers=servers, saboteurs=chosen), backends)
        pairs = [(each, backend) for each in chosen for backend in each.backends]
        outcomes = pool.map(partial(try_out, servers=servers), *zip(*pairs, strict=True))
        try:
            cleared = [_cleared(backend, details) for backend, details in zip(backends, blamed, strict=True)]
            print(_LINE.format("saboteur", "backend", "seconds", "caught by"))
            return any([*cleared, *map(_told, outcomes)])
        finally:
            pool.shutdown(cancel_futures=True)


def _cleared(backend: str, details: Mapping[str, str]) -> bool:
    """Print what was said of the true layer, and say whether anything was."""
    text = f"FAILS {details}" if details else "passes"
    print(_LINE.format("(the true layer)", backend, "", text), flush=True)
    return bool(details)


def _told(outcome: Outcome) -> bool:
    """Print an outcome, and say whether something is wrong."""
    complaints = outcome.complaints()
    text = "; ".join(["NOT AS IT SHOULD BE", *complaints]) if complaints else ", ".join(outcome.saboteur.caught_by)
    print(_LINE.format(outcome.saboteur.name, outcome.backend, f"{outcome.seconds:.1f}", text), flush=True)
    return bool(complaints)


def _untried() -> bool:
    """Print which areas catch no saboteur and which modules none puts wrong; say whether one of the areas should."""
    for area, reason in areas.UNTRIED.items():
        print(f"conformance/test_{area}.py catches none: {reason}")
    print(f"modules of noiz_storage that none puts wrong: {', '.join(areas.modules_left_alone())}")
    complaints = areas.complaints()
    print("".join(f"NOT AS IT SHOULD BE; {each}\n" for each in complaints), end="", flush=True)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
