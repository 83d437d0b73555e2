"""One picture of an overlay."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from detect.messages import Event, Phase, Track
from detect.rules.rule import Standing
from ringwatch.overlay.drawing import OF_CLASS, OPEN, PANEL, PENDING, ZONE, Shown, draw
from ringwatch.overlay.looks import Look
from storage.lettering import Colour
from tests.detect.given import BEGIN, at, camera, track

GREY = np.full((540, 960, 3), 90, np.uint8)
PENDING_POST = Standing(rule="post.absent", zone="post", since=at(2), due_at=at(12))
OPEN_POST = Standing(rule="post.absent", zone="post", since=at(2), due_at=at(12), is_open=True)


def shown(
    *tracks: Track, standings: tuple[Standing, ...] = (), blind: str = "", events: tuple[Event, ...] = ()
) -> Shown:
    """What a picture at second 5 shows of the camera with the zones `post` (left) and `lane` (right)."""
    look = Look(at=at(5), tracks=tracks, standings=standings, blind=blind)
    return Shown(camera=camera(), start=BEGIN, zone_info=ZoneInfo("UTC"), look=look, trails={}, events=events)


def drawn(what: Shown) -> np.ndarray:
    """The whole picture."""
    return draw(GREY, at(5), what)


def there(picture: np.ndarray, x: float, y: float, colour: Colour) -> bool:
    """Whether the colour is drawn within a few pixels of a place in the camera's picture."""
    rows, columns = GREY.shape[:2]
    row, column = round(y * (rows - 1)), round(x * (columns - 1))
    patch = picture[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5].astype(int)
    return bool((np.abs(patch - np.array(colour)).sum(axis=2) < 60).any())


def panel_has(picture: np.ndarray, colour: Colour) -> bool:
    """Whether the colour stands in the panel."""
    return bool((np.abs(picture[:, -PANEL:].astype(int) - np.array(colour)).sum(axis=2) < 10).any())


def test_boxes_and_zones_are_where_they_are() -> None:
    """Fractions of the picture; a calm zone is a quiet line."""
    picture = drawn(shown(track(seen=5, box=(0.6, 0.3, 0.7, 0.8))))

    assert there(picture, 0.6, 0.5, OF_CLASS["person"])
    assert there(picture, 0.65, 0.8, OF_CLASS["person"])
    assert there(picture, 0.5, 0.2, ZONE)


@pytest.mark.parametrize(("standing", "colour"), [(PENDING_POST, PENDING), (OPEN_POST, OPEN)])
def test_a_zone_has_the_colour_of_its_rule(standing: Standing, colour: Colour) -> None:
    """Pending, or told; the panel says so too."""
    picture = drawn(shown(standings=(standing,)))

    assert there(picture, 0.0, 0.5, colour)
    assert not there(picture, 1.0, 0.5, colour)
    assert panel_has(picture, colour)


def test_what_is_lost_is_drawn_thin_and_without_a_name() -> None:
    """It is not seen there now."""
    seen, lost = (drawn(shown(track(seen=second, box=(0.6, 0.3, 0.7, 0.8)))) for second in (5, 4))

    assert np.count_nonzero((seen != lost).any(axis=2)) > 500
    assert there(lost, 0.6, 0.5, OF_CLASS["person"])


def test_a_blind_moment_says_why() -> None:
    """In the picture's corner."""
    assert there(drawn(shown(blind="covered")), 0.03, 0.95, PENDING)


def test_a_camera_rule_is_listed_only_while_something_is_wrong() -> None:
    """There are nine of them."""
    calm = Standing(rule="camera.dark", zone="")
    plain = drawn(shown())

    assert np.array_equal(drawn(shown(standings=(calm,))), plain)
    pending = Standing(rule="camera.dark", zone="", since=at(1), due_at=at(31))
    assert not np.array_equal(drawn(shown(standings=(pending,))), plain)


def test_events_are_listed() -> None:
    """In the panel, the newest first."""
    raised = Event(
        id="ev-1", camera="gate", rule="post.absent", zone="post", phase=Phase.RAISED, started_at=at(1),
        captured_at=at(4), severity=camera(posts=[{"zone": "post"}]).posts[0].severity,
    )  # fmt: skip

    assert panel_has(drawn(shown(events=(raised,))), OPEN)
    assert not panel_has(drawn(shown()), OPEN)


@pytest.mark.parametrize("size", [(240, 320), (333, 501), (1080, 1920), (1920, 1080)])
def test_every_size_becomes_one_that_can_be_encoded(size: tuple[int, int]) -> None:
    """Even sides, room for letters, the picture's own shape."""
    picture = draw(np.full((*size, 3), 90, np.uint8), at(5), shown(track(seen=5)))
    height, width = picture.shape[0], picture.shape[1] - PANEL

    assert height % 2 == width % 2 == 0
    assert 480 <= height <= 720
    assert width / height == pytest.approx(size[1] / size[0], rel=0.01)


def test_the_frame_itself_is_never_written_to() -> None:
    """It is shared."""
    before = GREY.copy()

    draw(GREY, at(5) + timedelta(seconds=1), shown(track(seen=5)))

    assert np.array_equal(GREY, before)
