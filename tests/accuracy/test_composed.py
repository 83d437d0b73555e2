"""The composed footage: what is due in it is within it, and the same number makes the same pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bench.accuracy.cast import Cast, person, vehicle
from bench.accuracy.clips import nobody, people, spans, told
from bench.accuracy.places import GATE
from bench.accuracy.posts import AT_GATE
from bench.accuracy.sets import PAST, REAL, composed, write_set
from bench.accuracy.sets import past_of as clip_past
from bench.accuracy.uneventful import STRETCH_S, stretch
from bench.accuracy.weather import EVERY, SHAKING
from config.model import Camera, Label
from detect.baseline import same_hours, usual
from detect.messages import Place
from detect.rules import build
from ringwatch.arguments import read_network
from ringwatch.labelled import read_set
from ringwatch.past import past_of
from sample_streams.cutouts import Cutout
from tests.services import require_shared

COMES = person((5, 196, 282), (20, 196, 282))


def test_the_truth_is_read_from_where_feet_are() -> None:
    """Nobody until he comes, and again when he has gone; a bus guards nothing."""
    cast = Cast(players=(COMES, vehicle((0, 196, 290), (30, 196, 290))))

    empty, guarded = (spans(cast, GATE, AT_GATE, 30, holds) for holds in (nobody, people(1)))

    assert [second for span in empty for second in span] == pytest.approx([0, 5, 20, 30], abs=0.06)
    assert [second for span in guarded for second in span] == pytest.approx([5, 20], abs=0.06)


def test_a_cause_is_due_after_the_rules_own_time_if_it_holds_so_long() -> None:
    """One of eight seconds is told by a rule of six, one of four is not."""
    assert [due.at_s for due in told("post.absent", "post", ((2, 10), (20, 24)), 6)] == [8]


def test_what_is_due_lies_within_its_clip() -> None:
    """And every clip has a name of its own."""
    clips = composed()

    assert all(0 <= due.at_s < clip.length_s for clip in clips for due in clip.due)
    assert len({clip.name for clip in clips}) == len(clips)


def test_a_set_is_written_whose_cameras_are_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cutouts: Mapping[str, Cutout]
) -> None:
    """The briefest clip of it, and the network of it."""
    whole = [clip for clip in composed() if clip.in_ci][:2]
    brief = [replace(clip, length_s=1.0, due=tuple(replace(due, at_s=0.5) for due in clip.due)) for clip in whole]

    clips = read_set(write_set(brief, tmp_path), read_network)

    assert [clip.camera.id for clip in clips] == [clip.name for clip in brief]
    assert [len(clip.expected) for clip in clips] == [len(clip.due) for clip in brief]


def test_the_past_of_a_clip_is_written_beside_the_set(tmp_path: Path, cutouts: Mapping[str, Cutout]) -> None:
    """Thirty a minute at its hour, for as many weeks as `unusual` wants; a set without one has an empty file."""
    few = next(clip for clip in composed() if clip.name == "unusual-few-day")
    (clip,) = read_set(write_set([replace(few, length_s=1.0, due=())], tmp_path), read_network)

    place = Place(camera=few.name, zone="square", label=Label.PERSON, window=timedelta(minutes=1))
    weeks = past_of(clip_past(clip)).weeks(place, same_hours(clip.start, ZoneInfo("UTC")))

    found = usual(weeks)
    assert found is not None
    assert (found.middle, found.weeks) == (30, 4)
    write_set([], tmp_path)
    assert (tmp_path / PAST).read_bytes() == b""


def test_the_real_clips_are_labelled_as_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found through RINGWATCH_SHARED; none is in the project."""
    monkeypatch.setenv("RINGWATCH_SHARED", str(require_shared()))

    assert len(read_set(REAL, read_network)) == 12


@pytest.mark.parametrize("weather", EVERY, ids=lambda weather: weather.name)
def test_the_same_clip_has_the_same_pictures(weather: object, cutouts: Mapping[str, Cutout]) -> None:
    """In every weather."""
    clip = next(one for one in composed() if one.weather is weather)

    first, second = (list(islice(clip.pictures(cutouts), 12)) for _ in range(2))

    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[1])  # no sensor repeats itself


def test_a_shaking_pole_moves_the_picture_and_not_the_truth(cutouts: Mapping[str, Cutout]) -> None:
    """By a pixel or so."""
    clip = next(one for one in composed() if one.weather is SHAKING)
    still = replace(clip, weather=replace(SHAKING, shake=0.0))

    shaking, steady = (next(iter(one.pictures(cutouts))) for one in (clip, still))

    assert not np.array_equal(shaking, steady)


@pytest.mark.parametrize("number", range(10))
def test_every_uneventful_stretch_has_a_camera_with_rules(number: int) -> None:
    """Each of its kinds, twice."""
    clip = stretch(number)
    own = {"id": "quiet", "name": "quiet", "ring": "inner", "stream": {"sub": "rtsp://192.0.2.1/sub"}, **clip.camera}

    assert build(Camera.model_validate(own), ZoneInfo("UTC"))
    assert clip.due == ()
    assert clip.length_s == STRETCH_S
