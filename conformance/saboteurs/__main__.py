"""`python -m conformance.saboteurs [NAME …]` tries saboteurs, and the true layer; status 1 if one gets away."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from conformance.saboteurs import SABOTEURS, Saboteur
from conformance.saboteurs.trial import Outcome, true_failures, try_out

AT_ONCE = 2
_LINE = "{:<32}{:<9}{:>7}  {}"


def main(names: Sequence[str]) -> int:
    """Try these saboteurs, or all, and print one line for each."""
    unknown = set(names) - {each.name for each in SABOTEURS}
    if unknown:
        print(f"no saboteur is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [each for each in SABOTEURS if each.name in names or not names]
    return int(sum([*_blamed(chosen), *_escaped(chosen)]) > 0)


def _blamed(chosen: Sequence[Saboteur]) -> list[bool]:
    """Try the true layer on each backend, and say what blames it."""
    found = []
    for backend in sorted({backend for each in chosen for backend in each.backends}):
        details = true_failures(backend, chosen)
        print(
            _LINE.format("(the true layer)", backend, "", "passes" if not details else f"FAILS {details}"), flush=True
        )
        found.append(bool(details))
    return found


def _escaped(chosen: Sequence[Saboteur]) -> list[bool]:
    print(_LINE.format("saboteur", "backend", "seconds", "caught by"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pairs = [(each, backend) for each in chosen for backend in each.backends]
        return [_told(outcome) for outcome in pool.map(try_out, *zip(*pairs, strict=True))]


def _told(outcome: Outcome) -> bool:
    """Print an outcome, and say whether something is wrong."""
    complaints = outcome.complaints()
    text = "; ".join(["NOT AS IT SHOULD BE", *complaints]) if complaints else ", ".join(outcome.saboteur.caught_by)
    print(_LINE.format(outcome.saboteur.name, outcome.backend, f"{outcome.seconds:.1f}", text), flush=True)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
