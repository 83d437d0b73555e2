"""Events become occurrences."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.occurrences import Occurrences
from alerts.outbox import Outbox
from config.model import Camera, Ring, Stream
from detect.messages import Phase
from tests.alerts.making import START, event


class OneCamera:
    """A network of one camera."""

    def camera(self, camera_id: str) -> Camera:
        if camera_id != "inner-01":
            raise KeyError(camera_id)
        return Camera(
            id="inner-01", name="东门卡口", ring=Ring.INNER, cell="s-017", stream=Stream(sub="rtsp://10.0.1.11/")
        )


def make(revisions: Outbox | None = None) -> Occurrences:
    return Occurrences(OneCamera(), lambda: START + timedelta(seconds=61), revisions)


def test_an_occurrence_carries_all_a_reader_needs() -> None:
    """The camera's words come from the configuration, the rest from the event."""
    made = make().from_event(event(), "2026-01-01/ev-1")

    assert (made.camera, made.camera_name, made.ring, made.cell) == ("inner-01", "东门卡口", Ring.INNER, "s-017")
    assert (made.id, made.rule, made.zone, made.phase) == ("ev-1", "post.absent", "post", Phase.RAISED)
    assert (made.started_at, made.captured_at) == (START, START + timedelta(seconds=60))
    assert made.raised_at == START + timedelta(seconds=61)
    assert made.evidence == "2026-01-01/ev-1"


def test_revisions_count_from_one_for_each_event() -> None:
    """Two events that go on at once do not disturb each other's numbers."""
    occurrences = make()

    revs = [
        occurrences.from_event(event(name, phase)).rev
        for name, phase in [
            ("ev-1", Phase.RAISED),
            ("ev-2", Phase.RAISED),
            ("ev-1", Phase.UPDATED),
            ("ev-1", Phase.CLEARED),
            ("ev-2", Phase.CLEARED),
        ]
    ]

    assert revs == [1, 1, 2, 3, 2]


def test_an_open_event_goes_on_counting_after_a_restart(tmp_path: Path) -> None:
    """A restored rule clears the event that another process raised: the clear must be the newer revision."""
    with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
        before = make(outbox)
        for phase in (Phase.RAISED, Phase.UPDATED):
            outbox.add(before.from_event(event(phase=phase)))
        outbox.forget_up_to(2)

    with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
        assert make(outbox).from_event(event(phase=Phase.CLEARED)).rev == 3


def test_an_event_that_comes_back_after_its_clear_goes_on_counting(outbox: Outbox) -> None:
    """The same finding has the same id; starting over at 1 would hide it behind the clear."""
    occurrences = make(outbox)
    for phase in (Phase.RAISED, Phase.CLEARED):
        outbox.add(occurrences.from_event(event(phase=phase)))

    assert occurrences.from_event(event(phase=Phase.RAISED)).rev == 3


def test_revisions_not_yet_added_count_too(outbox: Outbox) -> None:
    """Two revisions made before the first is added are still two."""
    occurrences = make(outbox)

    assert [occurrences.from_event(event()).rev, occurrences.from_event(event(phase=Phase.UPDATED)).rev] == [1, 2]


def test_a_camera_nobody_configured_is_a_mistake() -> None:
    """No occurrence is made up for it."""
    with pytest.raises(KeyError):
        make().from_event(event(camera="elsewhere"))
