"""A detector that fails: nobody is accused, it is counted and told, and the camera goes on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from config.errors import BackendUnavailable
from detect.complaints import Complaints
from detect.metrics import DetectMetrics
from detect.pipeline import CameraAnalysis
from tests.detect.bright import GUARD, LANE, POST, FindsWhatIsBright, analysis, film, frame
from tests.detect.given import at, camera


def test_a_detector_that_fails_accuses_nobody(detector: FindsWhatIsBright) -> None:
    """The instant is blind; the camera goes on; it is counted."""
    registry = CollectorRegistry()
    whole = CameraAnalysis(camera(**POST), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))
    detector.broken = True

    done = [whole.analyse(one) for one in film(20, GUARD)]

    assert [event for one in done for event in one.events] == []
    assert {one.scene.blind for one in done if one.scene} == {"the detector failed"}
    assert registry.get_sample_value("ringwatch_detect_failures_total", {"camera": "gate"}) == detector.looks


def test_a_frame_without_an_answer_is_not_the_newest(detector: FindsWhatIsBright) -> None:
    """Nor is any after it, until there is one: a quiet camera too is asked about again, with its next heartbeat."""
    registry = CollectorRegistry()
    whole = CameraAnalysis(camera(**LANE), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))

    def newest_s() -> float | None:
        name = "ringwatch_detect_newest_frame_timestamp_seconds"
        told = registry.get_sample_value(name, {"camera": "gate"})
        return None if told is None else round(told - at(0).timestamp(), 3)

    detector.broken = True
    failing = [whole.analyse(one) for one in film(8)]
    newest_while_failing = newest_s()
    detector.broken = False
    answered = [whole.analyse(one) for one in film(13, begin_s=8)]

    assert newest_while_failing is None
    assert all(one.unanswered for one in failing)
    assert [number / 3 for number, one in enumerate(failing) if one.inferred and number > 9] == [5, 7]
    assert [one.unanswered for one in answered] == [True, True, True, *[False] * 12]
    assert newest_s() == round(12 + 2 / 3, 3)


def test_a_detector_that_fails_is_told_once_a_minute(detector: FindsWhatIsBright) -> None:
    """With how often it has: a line a frame and camera would bury all others."""
    now_s = 100.0
    complaints = Complaints("gate", lambda: now_s)

    with capture_logs() as logs:
        for now_s in (100.0, 101.0, 159.0, 160.0, 161.0, 300.0):  # noqa: B007 - the clock reads it
            complaints.note(BackendUnavailable("the accelerator is gone"))
        detector.broken = True
        whole = analysis(detector, **POST)
        for one in film(20, GUARD):
            whole.analyse(one)

    assert [(one["event"], one["camera"], one["times"]) for one in logs[:3]] == [
        ("the detector failed on a frame", "gate", times) for times in (1, 3, 2)
    ]
    assert len(logs) == 4


def test_a_mistake_in_the_detector_costs_one_frame(
    detector: FindsWhatIsBright, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its own failures do: the picture is not known, and the camera goes on."""
    whole = analysis(detector, **POST)
    with monkeypatch.context() as broken:
        broken.setattr(detector, "_spots", lambda _image: 1 / 0)
        blind = whole.analyse(frame(0, GUARD))

    assert blind.scene is not None
    assert blind.scene.blind == "the detector failed"
    assert whole.analyse(frame(3, GUARD)).scene
