"""Storage layers that are each wrong in one way, on purpose, and the behaviours that must catch them.

`python -m conformance.saboteurs` tries them all; `pytest --subject=conformance.saboteurs.NAME` judges one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Saboteur:
    """A module of this package, where its fault shows, and what must say so."""

    name: str
    caught_by: tuple[str, ...]
    """Ids of behaviours that must fail."""
    backends: tuple[str, ...] = ("memory",)
    spared: tuple[str, ...] = (
        "read.seek-and-tell-agree",
        "write.tell-counts-the-bytes",
        "list.nothing-is-an-empty-list",
    )
    """Ids of behaviours that must pass all the same."""


_WIRE: Final = ("moto",)

SABOTEURS: Final = (
    Saboteur("loses_the_last_byte", ("write.every-size-arrives-whole", "create.free-name-gets-the-body")),
    Saboteur("loses_empty_objects", ("write.every-size-arrives-whole", "overwrite.replaces-every-byte")),
    Saboteur("keeps_the_old_tail", ("overwrite.replaces-every-byte", "overwrite.size-is-the-new-one-everywhere")),
    Saboteur("publishes_when_the_body_raises", ("write.publishes-nothing-when-the-body-raises",)),
    Saboteur("leaves_a_temporary_name", ("write.every-size-arrives-whole",)),
    Saboteur("leaves_parts_behind", ("retry.failed-upload-leaves-nothing",), _WIRE),
    Saboteur(
        "overwrites_on_create", ("create.taken-name-is-refused", "concurrency.a-name-is-won-once-between-deletions")
    ),
    Saboteur("overwrites_on_empty_create", ("create.one-of-many-empty-bodies-wins",)),
    Saboteur("looks_before_it_creates", ("costs.exclusive-create",)),
    Saboteur(
        "remembers_what_it_read",
        (
            "seeing.overwrite-is-seen-at-once",
            "seeing.deletion-is-seen-at-once",
            "concurrency.histories-are-linearizable",
            "model.agrees-with-a-dictionary",
        ),
    ),
    Saboteur("mixes_versions", ("read.large-object-never-mixes-versions",)),
    Saboteur(
        "remembers_listings",
        (
            "seeing.new-object-is-seen-at-once",
            "seeing.deletion-is-seen-at-once",
        ),
    ),
    Saboteur("lists_the_first_page_only", ("list.no-page-is-lost",)),
    Saboteur("lists_nothing_on_errors", ("errors.denied-is-permission-error",), _WIRE),
    Saboteur("takes_denied_for_absent", ("errors.exists-raises-when-denied",), _WIRE),
    Saboteur("deletes_what_begins_alike", ("delete.recursive-keeps-the-neighbours",)),
    Saboteur("normalises_names", ("names.written-name-is-the-witness-name",)),
    Saboteur("never_retries", ("retry.passing-failure-is-mended",), _WIRE),
    Saboteur("tries_once_too_often", ("retry.lasting-overload-ends-within-the-attempts",), _WIRE),
    Saboteur("disowns_its_own_success", ("retry.lost-answer-is-own-success",), _WIRE),
    Saboteur("asks_before_it_reads", ("read.costs-one-get", "costs.cold-read")),
    Saboteur("reads_whole_for_a_window", ("costs.window-of-a-day-file",)),
    Saboteur("meter_misses_listings", ("costs.operation", "costs.next-free-name-among-a-thousand")),
    Saboteur("shows_the_secret", ("refusals.no-secret-in-texts-and-pickles",)),
    Saboteur("loads_arrays_lazily", ("numpy.arrays-outlive-the-object",)),
    Saboteur("unpickles_unasked", ("numpy.objects-are-refused-unless-asked-for", "pickles.loaders-run-no-code")),
    Saboteur("unpickles_cross_correlations", ("pickles.loaders-run-no-code",)),
    Saboteur("unpickles_waveforms", ("pickles.loaders-run-no-code", "pickles.compressed-content-runs-no-code")),
    Saboteur("counts_up_the_time", ("paths.time-is-no-counter",)),
    Saboteur("leaves_a_socket_open", ("copy.copy-keeps-both",)),
    Saboteur("leaves_a_temporary_file", ("create.free-name-gets-the-body",)),
    Saboteur("draws_png_always", ("figure.suffix-chooses-the-format",)),
)
"""Every saboteur there is."""
