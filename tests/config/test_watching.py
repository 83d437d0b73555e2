"""The configuration of who watches the watchers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.watching import ScheduledTest, Watching
from tests.config.written import Written, camera


def test_it_is_on_where_nothing_is_written(written: Written) -> None:
    """A test alert an hour, and ten minutes with nobody there."""
    watching = written.load(camera()).watching

    assert watching == Watching(test_alert=ScheduledTest(), nobody_after=timedelta(minutes=10))
    assert watching.test_alert is not None
    assert (watching.test_alert.every, watching.test_alert.within, watching.test_alert.camera) == (
        timedelta(hours=1), timedelta(minutes=1), None,
    )  # fmt: skip


def test_all_of_it_may_be_said(written: Written) -> None:
    """In the words of the documentation."""
    text = "watching: {test_alert: {every: 30m, camera: gate, within: 20s}, nobody_after: 5m}\n"

    watching = written.load(text + camera()).watching

    assert watching.test_alert == ScheduledTest(
        every=timedelta(minutes=30), within=timedelta(seconds=20), camera="gate"
    )
    assert watching.nobody_after == timedelta(minutes=5)


def test_either_may_be_switched_off(written: Written) -> None:
    """By saying null."""
    assert written.load("watching: {test_alert: null, nobody_after: null}\n" + camera()).watching == Watching(
        test_alert=None, nobody_after=None
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "watching: {test_alert: {every: 1m, within: §1m}}",
            "within (1m) must be less than every (1m): a test is over before the next begins",
        ),
        ("watching: {test_alert: {camera: §gatte}}", "no camera 'gatte': did you mean gate?"),
        ("watching: {§nobody_afer: 5m}", "unknown key 'nobody_afer': did you mean nobody_after?"),
        ("watching: {nobody_after: §10}", "a duration needs its unit: write 10s, or 10m for minutes"),
    ],
)
def test_each_mistake_is_told_where_it_stands(written: Written, text: str, message: str) -> None:
    """With what to write instead."""
    assert written.mistakes(f"{text}\n{camera()}") == written.at_marks(message)


@pytest.mark.parametrize("text", ["every: §1s", "within: §2h"])
def test_times_that_make_no_sense_are_refused(written: Written, text: str) -> None:
    """A test each second would be a flood of its own; one that may take hours proves nothing."""
    said = written.mistakes(f"watching: {{test_alert: {{{text}}}}}\n{camera()}")

    assert [one.rsplit(": ", 1)[0][:17] for one in said] == [f"network.yaml:1:{written.marks[0][2]}"[:17]]
