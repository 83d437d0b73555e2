from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import cv2
import numpy as np
import pytest

from config.model import Zone
from storage.errors import EvidenceError
from storage.lettering import Colour
from storage.snapshot import BOX, LOUD, QUIET, as_jpeg, draw
from tests.storage.events import BARRIER, POST, event, shot


def near(picture: np.ndarray, x: float, y: float, colour: Colour) -> bool:
    """Whether the colour is drawn within a few pixels of a place given in fractions."""
    row, column = round(y * (picture.shape[0] - 1)), round(x * (picture.shape[1] - 1))
    patch = picture[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5].astype(int)
    return bool((np.abs(patch - np.array(colour)).sum(axis=2) < 60).any())


def test_the_boxes_are_drawn_where_the_tracks_are() -> None:
    """Their corners are fractions of the picture."""
    picture = draw(shot(), event())

    assert near(picture, 0.2, 0.6, BOX)
    assert near(picture, 0.1, 0.6, BOX)
    assert near(picture, 0.15, 0.9, BOX)


def test_the_rules_own_zone_stands_out() -> None:
    """Loud outline and a tint for it; the others are quiet lines."""
    picture = draw(shot(), event(zone="post"))

    assert near(picture, 0.40, 0.5, LOUD)
    assert near(picture, 0.05, 0.7, QUIET)
    assert not near(picture, 0.05, 0.7, LOUD)
    assert tuple(picture[round(0.6 * 359), round(0.51 * 639)]) != (60, 60, 60)
    assert tuple(picture[round(0.75 * 359), round(0.3 * 639)]) == (60, 60, 60)


def test_a_rule_about_the_whole_picture_has_no_loud_zone() -> None:
    """All zones are drawn alike."""
    picture = draw(shot(), event(zone=""))

    assert not near(picture, 0.40, 0.5, LOUD)
    assert near(picture, 0.40, 0.5, QUIET)


def test_the_frame_itself_is_never_written_to() -> None:
    """It is shared with others, and read-only."""
    taken = shot()
    before = taken.picture.copy()

    draw(taken, event())

    assert np.array_equal(taken.picture, before)


def test_time_camera_and_rule_are_stamped_in_the_corner() -> None:
    """Two moments differ in the strip at the bottom left, and nowhere else."""
    later = replace(shot(), captured_at=shot().captured_at + timedelta(hours=3))

    changed = np.argwhere((draw(shot(), event()) != draw(later, event())).any(axis=2))

    assert len(changed) > 0
    assert changed[:, 0].min() > 330
    assert changed[:, 1].max() < 400


def test_the_stamp_is_in_the_networks_time_zone() -> None:
    """The duty room reads its own clock."""
    beijing = timezone(timedelta(hours=8))

    assert not np.array_equal(draw(shot(), event(), beijing), draw(shot(), event()))


@pytest.mark.parametrize("size", [(64, 48), (640, 360), (1920, 1080), (1080, 1920)])
def test_every_size_of_picture_can_be_drawn_on(size: tuple[int, int]) -> None:
    """Lines and letters grow with the picture; labels stay inside it."""
    picture = draw(shot(width=size[0], height=size[1]), event())

    assert picture.shape == (size[1], size[0], 3)
    assert (picture != 60).any()


def test_names_are_drawn_in_chinese_too() -> None:
    """Two names of two letters each differ in their letters, and not in the size of the patch."""
    names = ("岗亭", "道闸")
    first, second = (draw(shot(zones={name: POST, "barrier": BARRIER}), event(zone=name)) for name in names)

    changed = np.argwhere((first != second).any(axis=2))

    assert len(changed) > 20
    assert np.ptp(changed[:, 0]) < 20
    assert np.ptp(changed[:, 1]) < 40


def test_zones_at_the_very_edge_are_drawn() -> None:
    """Fractions of 0 and 1 are inside the picture."""
    edge = shot(zones={"all": Zone(polygon=((0, 0), (1, 0), (1, 1), (0, 1)))})

    assert near(draw(edge, event(zone="all")), 1.0, 0.5, LOUD)


def test_a_snapshot_is_a_jpeg() -> None:
    """Of the same picture, give or take the compression."""
    picture = draw(shot(), event())

    jpeg = as_jpeg(picture)
    read = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)

    assert jpeg[:2] == b"\xff\xd8"
    assert read is not None
    assert np.abs(read.astype(int) - picture).mean() < 5


def test_an_empty_picture_is_an_error_of_ours() -> None:
    """Not the library's."""
    with pytest.raises(EvidenceError, match="cannot be encoded"):
        as_jpeg(np.empty((0, 0, 3), np.uint8))
