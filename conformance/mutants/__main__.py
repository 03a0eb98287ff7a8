"""`python -m conformance.mutants` tries mutants of the layer; status 1 where the goal is missed, or one is unjudged."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.mutants import NOIZ_STORAGE, judged, table
from conformance.mutants.covering import MOST
from conformance.mutants.records import Records, default_place
from conformance.mutants.run import Asked, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutants that are asked for, and print what came of them."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asked = Asked(tuple(options.module), options.most, options.seed, options.meet, options.at_once)
    records = Records(options.state, fresh=options.fresh)
    found = run(NOIZ_STORAGE, asked, records, judged.read(judged.FILE))
    table.write(options.report / "mutants.jsonl", found.rows)
    print("\n".join([*table.lines(found.rows), "", *found.notes, *found.complaints]))
    return int(bool(found.complaints) or not found.rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.mutants", description=__doc__)
    add = parser.add_argument
    add("--module", action="append", default=[], metavar="NAME", help="streams, io/arrays, io/ (default: all)")
    add(
        "--most",
        type=int,
        default=40,
        metavar="N",
        help="of each module at most so many, in engines/ a quarter (default: 40)",
    )
    add("--seed", type=int, default=0, metavar="N", help="which ones are drawn (default: 0)")
    add(
        "--meet",
        type=int,
        default=MOST,
        metavar="N",
        help=f"at most so many tests of a kind, or fewer dear ones (default: {MOST})",
    )
    add("--at-once", type=int, default=2, metavar="N", help="how many are tried at a time (default: 2)")
    add("--fresh", action="store_true", help="forget what earlier runs found")
    add(
        "--state",
        type=Path,
        default=default_place(),
        metavar="FILE",
        help="what earlier runs found (default: %(default)s)",
    )
    add("--report", type=Path, default=Path("report"), metavar="DIR", help="where mutants.jsonl goes (default: report)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
