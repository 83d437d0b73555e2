"""What becomes of a camera's rules when its settings change while the node runs."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from detect.messages import Event, Phase
from detect.pipeline import CameraAnalysis
from ingest.messages import CameraState
from tests.detect.bright import GUARD, THIEF, FindsWhatIsBright, film, frame
from tests.detect.given import at, camera
from tests.detect.test_picture_state import seen, street, turned

POST = {"zone": "post", "absent_after": "4s"}
INTRUSION = {"rule": "intrusion", "zone": "lane", "dwell": "1s"}
WIDER = {"polygon": [(0.4, 0.0), (1.0, 0.0), (1.0, 1.0), (0.4, 1.0)]}
LEFT = {"polygon": [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]}
LINE = {"rule": "line_cross", "line": [(0.1, 0.8), (0.9, 0.8)]}


def analysis(*, post: object = POST, rule: object = INTRUSION, zone: str = "UTC", **parts: object) -> CameraAnalysis:
    """Of a camera with a post and a rule, either of which may be None."""
    settings = {"posts": [post] if post else [], "rules": [rule] if rule else [], **parts}
    return CameraAnalysis(camera(**settings), FindsWhatIsBright(), ZoneInfo(zone))


def with_alerts() -> CameraAnalysis:
    """The guard has left, and somebody is in the lane: both are told, and last, at 12 s."""
    whole = analysis()
    events = [event for one in [*film(5, GUARD), *film(12, THIEF, begin_s=5)] for event in whole.analyse(one).events]
    assert sorted((event.rule, event.phase) for event in events) == [
        ("intrusion", Phase.RAISED),
        ("post.absent", Phase.RAISED),
    ]
    return whole


def told(events: tuple[Event, ...]) -> list[tuple[str, str]]:
    return [(event.rule, event.phase.value) for event in events]


def test_rules_that_are_as_they_were_go_on() -> None:
    """Another name of the camera: what is open stays open, and clears when its cause ends, as the same event."""
    opened = {event.id for event in with_alerts().end(at(12))}
    after = analysis(name="西门")

    assert after.succeed(with_alerts(), at(12)) == ()
    assert after.has_open_alert()
    cleared = [event for one in film(16, GUARD, begin_s=12.5) for event in after.analyse(one).events]

    assert sorted(event.rule for event in cleared if event.phase is Phase.CLEARED) == ["intrusion", "post.absent"]
    assert {event.id for event in cleared} == opened


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"rule": INTRUSION | {"dwell": "2s"}}, id="its time"),
        pytest.param({"rule": INTRUSION | {"severity": "low"}}, id="its severity"),
        pytest.param({"zones": {"post": LEFT, "lane": WIDER}}, id="its zone"),
        pytest.param({"rule": None}, id="it is gone"),
    ],
)
def test_a_rule_that_is_another_one_clears_and_the_other_goes_on(after: dict[str, object]) -> None:
    """Its event does not stay open for ever; a new one begins when the new rule says so."""
    before, now = with_alerts(), analysis(**after)  # type: ignore[arg-type]  # parts by name

    events = now.succeed(before, at(12.5))

    assert told(events) == [("intrusion", "cleared")]
    assert events[0].captured_at == at(12.5)
    assert [one.rule for one in now.standings() if one.is_open] == ["post.absent"]


def test_what_pends_under_other_terms_begins_anew() -> None:
    """Nothing was told of it, so nothing clears."""
    before, after = analysis(), analysis(post=POST | {"absent_after": "5s"})
    for one in [*film(5, GUARD), *film(8, begin_s=5)]:
        before.analyse(one)

    assert after.succeed(before, at(8)) == ()
    assert all(one.since is None for one in after.standings())


def test_another_time_zone_is_another_term() -> None:
    """The rules' hours mean other times."""
    assert sorted(told(analysis(zone="Asia/Shanghai").succeed(with_alerts(), at(12)))) == [
        ("intrusion", "cleared"),
        ("post.absent", "cleared"),
    ]


def test_a_removed_camera_clears_all_that_it_has_open() -> None:
    """Once; and what is open about the camera itself too."""
    before = with_alerts()
    for number in range(90):
        before.blind(at(13 + number), "gone")

    assert sorted(told(before.end(at(110)))) == [
        ("camera.offline", "cleared"),
        ("intrusion", "cleared"),
        ("post.absent", "cleared"),
    ]
    assert before.end(at(111)) == ()


@pytest.mark.parametrize(
    ("after", "is_kept"),
    [
        pytest.param({"name": "西门"}, True, id="another name"),
        pytest.param({"post": POST | {"absent_after": "9s"}}, True, id="another time"),
        pytest.param({"rule": LINE | {"severity": "low"}}, True, id="another severity"),
        pytest.param({"stream": {"sub": "rtsp://192.0.2.9/sub"}}, False, id="another stream"),
        pytest.param({"zones": {"post": LEFT, "lane": WIDER}}, False, id="a zone is drawn anew"),
        pytest.param({"rule": LINE | {"line": [(0.1, 0.7), (0.9, 0.8)]}}, False, id="a line is drawn anew"),
    ],
)
def test_what_a_camera_usually_shows_goes_with_its_view(after: dict[str, object], is_kept: bool) -> None:
    """Another stream is another view, and not a camera that was turned; and who draws anew has accepted the view."""
    before = analysis(rule=LINE)
    for second in range(60):
        before.analyse(frame(float(second), GUARD))
    note = before.usual_picture()
    assert note
    now = analysis(**{"rule": LINE, **after})  # type: ignore[arg-type]  # parts by name

    now.succeed(before, at(60))

    assert now.usual_picture() == (note if is_kept else "")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param({"name": "西门"}, [], id="nothing is drawn"),
        pytest.param({"zones": {"post": LEFT, "lane": WIDER}}, [("camera.moved", "cleared")], id="a zone is"),
    ],
)
def test_a_camera_that_was_turned_on_purpose_is_accepted_by_drawing_for_its_new_view(
    after: dict[str, object], said: list[tuple[str, str]]
) -> None:
    """Until then it is told as moved, whatever else is changed."""
    moved, dim = {"rule": "camera.moved", "after": "5s"}, street() * 0.6  # nothing of it is bright
    before = analysis(post=None, rule=moved)
    now = analysis(post=None, rule=moved, **after)  # type: ignore[arg-type]  # parts by name
    shown = [dim] * 40 + [turned(dim)] * 80
    analysed = [event for n in range(80) for event in before.analyse(seen(shown[n], n)).events]
    assert told(tuple(analysed)) == [("camera.moved", "raised")]

    assert now.succeed(before, at(80)) == ()
    later = [event for n in range(80, 120) for event in now.analyse(seen(shown[n], n)).events]

    assert told(tuple(later)) == said
    assert now.state is (CameraState.LIVE if said else CameraState.MOVED)
