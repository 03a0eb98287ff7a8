"""In a leap year the days after 29 February have the numbers of other years."""

from __future__ import annotations

import calendar

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage import path_helpers
from noiz_storage.path_helpers import ComponentLike, TimespanLike

_true_name = path_helpers.assembly_preprocessing_filename


def _name(component: ComponentLike, timespan: TimespanLike, count: int = 0) -> str:
    name, start = _true_name(component, timespan, count), timespan.starttime
    day = start.timetuple().tm_yday
    wrong = day - 1 if calendar.isleap(start.year) and start.month > 2 else day
    return changed(name, name.replace(f".{start.year}.{day:03}.", f".{start.year}.{wrong:03}."))


replace(path_helpers, "assembly_preprocessing_filename", _name)
