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
    Saboteur(
        "loses_the_last_byte",
        ("write.every-size-arrives-whole", "create.free-name-gets-the-body", "model.agrees-in-a-known-script"),
    ),
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
        ),
    ),
    Saboteur("mixes_versions", ("read.large-object-never-mixes-versions",)),
    Saboteur("remembers_listings", ("seeing.new-object-is-seen-at-once", "seeing.deletion-is-seen-at-once")),
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
    Saboteur("mends_a_late_break_wrongly", ("retry.body-that-breaks-later-on-is-mended",), _WIRE),
    Saboteur("forgets_its_attempts_as_bytes_arrive", ("retry.one-body-has-one-budget",), _WIRE),
    Saboteur("waits_less_than_it_is_told", ("retry.waits-as-long-as-it-is-told",), _WIRE),
    Saboteur("gives_up_at_a_bad_gateway", ("retry.failure-of-any-kind-of-request-is-mended",), _WIRE),
    Saboteur("misses_the_end_by_a_byte", ("read.large-object-is-read-as-a-file-in-memory",)),
    Saboteur("jumps_to_the_start_of_a_block", ("read.random-jumps-return-the-right-bytes",)),
    Saboteur("loses_the_end_of_a_full_block", ("read.large-object-is-read-whole",)),
    Saboteur("cuts_long_windows", ("read.window-of-whole-blocks",)),
    Saboteur("drops_a_full_last_part", ("write.every-size-arrives-whole",), _WIRE),
    Saboteur("rewrites_at_the_end_of_a_large_body", ("write.large-body-is-written-as-a-file-in-memory",)),
    Saboteur("ignores_encodings", ("read.decodes-text", "write.encodes-text")),
    Saboteur(
        "ignores_error_handlers", ("read.text-is-read-as-python-reads-it", "write.text-is-written-as-python-writes-it")
    ),
    Saboteur("ignores_line_ends", ("read.translates-line-ends-as-asked", "write.encodes-text")),
    Saboteur("loses_a_text_that_cannot_be_kept", ("write.text-does-not-take-a-taken-name",)),
    Saboteur("overwrites_by_text", ("write.text-does-not-take-a-taken-name",)),
    Saboteur("publishes_what_found_room", ("room.body-that-finds-none", "room.end-that-finds-none")),
    Saboteur("never_warns_of_lost_writers", ("write.a-forgotten-stream-publishes-nothing",)),
    Saboteur("reads_whole_days", ("waveform-options.are-honoured",)),
    Saboteur("reads_samples_unasked", ("stream.headers-alone",)),
    Saboteur("writes_records_of_its_own", ("waveform-options.of-miniseed-are-honoured",)),
    Saboteur("cuts_long_codes", ("codes.long-code-is-refused",)),
    Saboteur("loses_the_second_network", ("inventory.networks-come-back-in-their-order",)),
    Saboteur("draws_at_one_resolution", ("figure-options.picture-is-matplotlibs",)),
    Saboteur("draws_the_whole_canvas", ("figure-options.picture-is-matplotlibs",)),
    Saboteur("draws_without_metadata", ("figure-options.of-every-format-are-honoured",)),
    Saboteur("separates_by_commas", ("table-options.are-honoured", "table.data-frame")),
    Saboteur("writes_tables_as_utf8", ("table-options.are-honoured",)),
    Saboteur("guesses_types_of_columns", ("table.table-of-others-is-read",)),
    Saboteur("reads_every_column", ("table.data-frame",)),
    Saboteur("writes_texts_as_utf8", ("table.text-in-another-encoding",)),
    Saboteur("takes_bytes_for_text", ("helper-arguments.text-is-text",)),
    Saboteur("calls_every_flag_true", ("arguments.flags-are-true-or-false",)),
    Saboteur("saves_over_a_taken_name", ("saving.taken-name-is-left-alone",)),
    Saboteur("cuts_times_to_seconds", ("ccfs.times-come-back",)),
    Saboteur("adds_a_suffix_to_bare_names", ("numpy.name-is-kept",)),
    Saboteur("sorts_the_arrays", ("numpy.npz-comes-back-as-a-mapping",)),
    Saboteur("answers_none_for_a_missing_array", ("npz.missing-array-is-a-key-error",)),
    Saboteur("hardly_compresses", ("compression.content-is-compressed-as-much-as-it-can-be",)),
    Saboteur("reads_the_first_member_only", ("compression.every-member-is-read",)),
    Saboteur("lends_for_good", ("local-path.exception-publishes-nothing",)),
    Saboteur("forgets_the_29th_of_february", ("paths.days-after-february",)),
    Saboteur("goes_on_from_the_highest_counter", ("paths.next-free-name",)),
    Saboteur("counts_names_for_a_counter", ("create.next-free-takes-the-first-free-counter",)),
    Saboteur("swallows_failures_of_missing_ok", ("errors.failing-server-is-told-from-a-refusing-one",), _WIRE),
    Saboteur("deletes_what_is_not_there", ("delete.missing-raises",)),
    Saboteur("loses_causes_in_bulk", ("delete.recursive-that-fails-as-a-whole-keeps-the-drivers-error",), _WIRE),
    Saboteur("names_nothing_in_errors", ("errors.carry-errno-and-filename",)),
    Saboteur("copies_without_metadata", ("copy.description-goes-with-the-object",), _WIRE),
    Saboteur("moves_and_keeps_the_source", ("copy.move-keeps-the-target-only",)),
    Saboteur("shows_directory_markers", ("foreign.folders-of-consoles-are-no-objects",)),
    Saboteur("hides_keys_that_are_no_names", ("foreign.keys-that-are-no-names-are-shown",)),
    Saboteur("takes_a_question_mark_for_perhaps", ("list.glob-matches-objects",)),
    Saboteur("takes_excluded_characters_for_included", ("list.glob-matches-objects",)),
    Saboteur("takes_a_prefix_for_an_object", ("list.a-prefix-is-no-object", "paths.file-exists")),
    Saboteur("tells_times_an_hour_late", ("overwrite.time-is-that-of-the-change",)),
    Saboteur("tells_times_of_another_zone", ("list.stat-tells-size-version-and-time",)),
    Saboteur("writes_over_a_parent", ("prefixes.object-and-prefix-of-one-name",)),
    Saboteur("swallows_neighbours_of_the_legacy_base", ("storages.neighbour-of-the-legacy-base-is-none-of-it",)),
    Saboteur("takes_usual_ports_for_others", ("addresses.spellings-of-one-place",)),
    Saboteur("takes_addresses_in_quotes", ("settings.base-that-nobody-meant",)),
    Saboteur("mixes_logins", ("variables.a-login-of-its-own-is-never-mixed",)),
    Saboteur("takes_half_a_login", ("settings.login-that-cannot-be-used",)),
    Saboteur("reopens_at_the_root", ("sharing.pickled-instance-keeps-its-place",)),
    Saboteur("ignores_the_region", ("credentials.region-is-the-one-that-is-set",), _WIRE),
    Saboteur("ignores_credentials_given_in_code", ("credentials.given-in-code-work",), _WIRE),
    Saboteur("wants_every_flag_by_name", ("surface.calls-have-the-promised-parameters",)),
    Saboteur("offers_no_creates", ("capabilities.operations-are-offered-as-claimed",)),
    Saboteur("follows_redirects", ("redirects.is-followed-nowhere",), _WIRE),
    Saboteur("meter_misses_further_attempts", ("costs.every-attempt-is-counted",), _WIRE),
    Saboteur("meter_misses_reads_left_early", ("costs.read-that-is-left-early",), _WIRE),
    Saboteur("cli_goes_on_after_a_failure", ("cli.step-that-fails-is-the-last",), _WIRE),
    Saboteur("loses_the_mode_of_a_file", ("disk.overwrite-keeps-the-mode",), ("local",)),
    Saboteur("takes_append_for_write", ("refused-options.option-that-writes-elsewhere",)),
    Saboteur("reads_every_level", ("metadata-options.level-to-read-is-honoured",)),
    Saboteur("loses_the_last_part", ("table-parts.table-is-read-in-parts",)),
    Saboteur("blanks_the_fourth_part", ("write.every-size-arrives-whole",), _WIRE),
    Saboteur("loses_the_last_byte_above_16_mib", ("write.body-above-16-mib-arrives-whole",)),
    Saboteur(
        "lends_the_first_mib",
        ("local-path.large-content-is-lent-whole", "local-path.large-content-is-published-whole"),
    ),
    Saboteur("blanks_large_arrays", ("saving.content-above-the-block-size-comes-back",)),
    Saboteur("drops_a_trace_of_a_large_stream", ("saving.content-above-the-block-size-comes-back",)),
    Saboteur("counts_large_buffers_in_items", ("write.takes-every-buffer-behind-the-first-block",)),
    Saboteur(
        "reads_parts_without_options",
        ("table-options.table-is-read-in-parts-as-by-pandas", "table-options.encoding-is-honoured"),
    ),
    Saboteur("forgets_options_beside_a_policy", ("saving.options-are-honoured-under-every-policy",)),
    Saboteur("opens_texts_by_counter_as_utf8", ("write.text-is-written-as-python-writes-it",)),
    Saboteur("is_strict_in_utf8", ("write.what-utf-8-lacks-is-treated-as-asked",)),
    Saboteur(
        "forgets_options_where_it_compresses",
        (
            "compression.options-are-honoured-where-it-compresses",
            "compression.options-are-honoured-where-it-decompresses",
        ),
    ),
    Saboteur("reopens_in_another_storage", ("sharing.pickled-instance-keeps-what-it-was-made-with",)),
    Saboteur("reopens_with_usual_blocks", ("sharing.pickled-instance-keeps-what-it-was-made-with",)),
    Saboteur("makes_what_is_there", ("disk.directory-that-must-be-new-is-refused-where-it-is-not",), ("local",)),
    Saboteur("draws_on_its_own_canvas", ("figure-options.backend-that-is-named-draws",)),
    Saboteur("cli_takes_addresses_for_the_default", ("cli.named-storage",)),
    Saboteur(
        "sends_nothing_again",
        ("retry.failure-of-any-kind-of-request-is-mended", "retry.large-body-is-sent-again-whole"),
        _WIRE,
    ),
    Saboteur("zeroes_parts_sent_again", ("retry.large-body-is-sent-again-whole",), _WIRE),
    Saboteur("begins_again_without_its_token", ("retry.completion-of-an-upload-that-is-gone",), _WIRE),
    Saboteur("lists_every_level_again", ("retry.failure-of-any-kind-of-request-is-mended",), _WIRE),
    Saboteur("ends_listings_at_a_failure", ("list.later-page-that-fails-is-told",), _WIRE),
    Saboteur("tells_of_the_first_batch_only", ("delete.recursive-tells-what-a-later-answer-refuses",), _WIRE),
    Saboteur("loses_causes_of_failing_servers", ("errors.failing-server-is-told-from-a-refusing-one",), _WIRE),
    Saboteur("goes_on_in_any_version", ("read.large-object-never-mixes-versions",)),
    Saboteur("meter_counts_bytes_that_arrive", ("costs.bytes-that-are-sent-again-are-counted",), _WIRE),
    Saboteur("meter_misses_dropped_parts", ("costs.dropping-of-parts-is-counted",), _WIRE),
    Saboteur("rolls_to_the_end", ("write.writes-of-nothing-behind-the-end-move-nothing",)),
    Saboteur("takes_anything_for_nan", ("npz.values-that-would-change-are-refused",)),
)
"""Every saboteur there is."""
