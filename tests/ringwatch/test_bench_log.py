"""What a rehearsed node's log says of its events and processes."""

from __future__ import annotations

import json

from ringwatch.bench_log import told_in


def line(**row: object) -> str:
    """One line of a log."""
    return json.dumps(row)


def test_events_are_counted_by_their_ids() -> None:
    """One that is told to be raised twice, by two workers, is one event."""
    told = told_in(
        [
            line(event="event", phase="raised", alert="ev-1"),
            line(event="event", phase="updated", alert="ev-1"),
            line(event="event", phase="raised", alert="ev-1"),
            line(event="event", phase="raised", alert="ev-2"),
            line(event="event", phase="cleared", alert="ev-2"),
        ]
    )

    assert told.raised == {"ev-1": 2, "ev-2": 1}


def test_processes_that_ended_are_counted() -> None:
    """Other errors are not."""
    told = told_in([line(event="child ended", child="worker-1", code=75), line(event="camera threads hang")])

    assert told.ended == 1


def test_what_is_no_line_of_json_is_passed_over() -> None:
    """Tracebacks, and a line that is cut off."""
    told = told_in(["Traceback (most recent call last):", "7", "", '{"event": "event", "phase": "rai'])

    assert not told.raised
    assert told.ended == 0
