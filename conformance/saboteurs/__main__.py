"""`python -m conformance.saboteurs [NAME …]` tries saboteurs, and the true layer; status 1 if one gets away."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from conformance import forked
from conformance.saboteurs import SABOTEURS
from conformance.saboteurs.trial import Outcome, running, true_failures, try_out

AT_ONCE = 3
"""One more than two processors, since some wait."""
_LINE = "{:<32}{:<9}{:>7}  {}"


def main(names: Sequence[str]) -> int:
    """Try these saboteurs, or all, and print one line for each."""
    unknown = set(names) - {each.name for each in SABOTEURS}
    if unknown:
        print(f"no saboteur is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [each for each in SABOTEURS if each.name in names or not names]
    backends = sorted({backend for each in chosen for backend in each.backends})
    forked.preload("conformance.model", "s3fs", "minio")
    with running(backends) as servers, ThreadPoolExecutor(AT_ONCE) as pool:
        # All of it is under way before the first line is awaited.
        blamed = pool.map(partial(true_failures, servers=servers, saboteurs=chosen), backends)
        pairs = [(each, backend) for each in chosen for backend in each.backends]
        outcomes = pool.map(partial(try_out, servers=servers), *zip(*pairs, strict=True))
        try:
            cleared = [_cleared(backend, details) for backend, details in zip(backends, blamed, strict=True)]
            print(_LINE.format("saboteur", "backend", "seconds", "caught by"))
            return int(any([*cleared, *map(_told, outcomes)]))
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
