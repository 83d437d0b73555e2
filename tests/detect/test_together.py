"""Several cameras' frames are analysed together: each as by itself, whatever the others do."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from detect.analysis import Analysis
from detect.metrics import DetectMetrics
from detect.pipeline import CameraAnalysis
from detect.together import analysed_together
from tests.detect.bright import GUARD, LANE, POST, THIEF, FindsWhatIsBright, analysis, film, frame
from tests.detect.given import camera


def told(done: Analysis) -> tuple[object, ...]:
    """All but what it cost."""
    return done.scene, done.events, done.inferred


def test_cameras_are_analysed_together_as_each_by_itself(detector: FindsWhatIsBright) -> None:
    """Frame by frame; one that comes late is passed over."""
    films = ([*film(5, GUARD), *film(12, begin_s=5)], [*film(3), *film(12, THIEF, begin_s=3)], film(12))
    alone = []
    for frames in films:
        whole = analysis(FindsWhatIsBright(), **POST, **LANE)
        alone.append([told(whole.analyse(one)) for one in frames])

    wholes = [analysis(detector, **POST, **LANE) for _ in films]
    rows = [list(analysed_together(detector, wholes, frames)) for frames in zip(*films, strict=True)]

    assert [[told(one) for one in column] for column in zip(*rows, strict=True)] == alone
    assert any(one.events for row in rows for one in row)
    late = list(analysed_together(detector, wholes, [frame(11.0)] * 3))
    assert [one.scene for one in late] == [None, None, None]


@pytest.mark.parametrize(("behind_s", "apart"), [(0.02, 1), (0.03, 2), (0.1, 3), (0.3, 6)])
def test_a_camera_that_moves_all_the_time_is_spared_while_others_wait(
    detector: FindsWhatIsBright, behind_s: float, apart: int
) -> None:
    """The detector is asked about every second or third frame, or one in two seconds; who is new is confirmed."""
    registry = CollectorRegistry()
    whole = CameraAnalysis(camera(**LANE), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))
    for one in film(4):
        whole.analyse(one)
    walk = [frame(6 + i / 3, (0.1 + i * 0.02, 0.3, 0.2 + i * 0.02, 0.9)) for i in range(20)]

    done = [one for each in walk for one in analysed_together(detector, [whole], [each], behind_s=behind_s)]

    asked = [number for number, one in enumerate(done) if one.inferred]
    assert asked == [0, *range(1, 20, apart)]
    assert registry.get_sample_value("ringwatch_detect_spared_total", {"camera": "gate"}) == 20 - len(asked)
    assert all(whole.analyse(one).inferred for one in [frame(13, GUARD), frame(13.2, THIEF)])


def test_a_heartbeat_is_kept_however_many_wait(detector: FindsWhatIsBright) -> None:
    """Shorter than the time for which a camera is spared: else a timer would stand still while somebody walks by."""
    rules = [{"rule": "intrusion", "zone": "lane", "dwell": "2s"}]
    whole = analysis(detector, heartbeat="400ms", rules=rules, **POST)
    for one in film(4, GUARD):
        whole.analyse(one)
    walk = [frame(4 + i / 3, (0.6 + i * 0.01, 0.3, 0.7 + i * 0.01, 0.9)) for i in range(24)]

    done = [one for each in walk for one in analysed_together(detector, [whole], [each], behind_s=0.1)]

    assert {(event.rule, event.phase.value) for one in done for event in one.events} == {
        ("post.absent", "raised"),
        ("intrusion", "raised"),
    }
    assert sum(one.inferred for one in done) < len(walk)  # it is still spared in between


def test_one_bad_frame_does_not_blind_the_others(detector: FindsWhatIsBright) -> None:
    """Those that were asked about together are asked about one by one."""
    frames = [frame(0, GUARD), frame(0, THIEF), frame(0)]
    detector.bad = frames[1].bgr().tobytes()
    wholes = [analysis(detector, **POST) for _ in frames]

    done = list(analysed_together(detector, wholes, frames))

    assert [one.scene.blind if one.scene else None for one in done] == ["", "the detector failed", ""]


def test_a_mistake_of_ours_costs_one_camera_one_frame(
    detector: FindsWhatIsBright, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is made; the others' cameras are analysed, and it is logged with the camera that it befell."""
    wholes = [analysis(detector, **POST) for _ in range(3)]
    monkeypatch.setattr(wholes[0], "begin", lambda _frame, **_: 1 / 0)
    monkeypatch.setattr(wholes[1], "finish", lambda _begun, _found: 1 / 0)

    with capture_logs() as logs:
        done = list(analysed_together(detector, wholes, [frame(0, GUARD)] * 3))

    assert [one.failed for one in done] == [True, True, False]
    assert done[2].scene is not None
    assert [(one["event"], one["camera"]) for one in logs] == [("the analysis of a frame failed", "gate")] * 2
