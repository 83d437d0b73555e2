"""The scenes themselves: six checkpoints whose story fits their zones and runs in a loop."""

from __future__ import annotations

import pytest

from config.geometry import complaint
from sample_streams.catalogue import Catalogue
from sample_streams.drawing import SIZE
from sample_streams.scenes import SCENES, Scene
from sample_streams.truth import truth_of

by_name = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


def test_there_is_a_scene_for_every_camera_of_the_demonstration() -> None:
    """Six, each with its own name and its own noise."""
    assert len(SCENES) >= 6
    assert len({scene.name for scene in SCENES}) == len(SCENES)
    assert len({scene.seed for scene in SCENES}) == len(SCENES)


@by_name
def test_zones_are_sound_and_everything_watched_is_one(scene: Scene) -> None:
    """Polygons within the picture that can be stood in, and no rule without its zone."""
    for polygon in scene.zones.values():
        assert complaint(polygon) == ""
        assert all(0 <= value <= 1 for corner in polygon for value in corner)
    assert {*scene.posts, *scene.forbidden, *scene.closed} <= scene.zones.keys()


@by_name
def test_a_scene_ends_as_it_begins(scene: Scene) -> None:
    """Served in a loop it has no jump: everybody is where they began, or out of the picture both times."""
    width, _ = SIZE
    for actor in scene.actors:
        first, last = actor.at(0), actor.at(scene.length_s)
        outside = [point for point in (actor.path[0], actor.path[-1]) if -40 < point.x < width + 40]
        assert first == last
        assert first is not None or not outside


@by_name
def test_people_have_the_size_of_people(scene: Scene) -> None:
    """Between a fifth and a half of the picture's height: to be seen by every detector."""
    for actor in scene.actors:
        for point in actor.path:
            assert 0.2 * SIZE[1] < scene.person_height(point.y) < 0.5 * SIZE[1]


def test_the_scenes_show_every_kind_of_moment() -> None:
    """A post that is left, somebody where nobody should be, a vehicle where none should be, and nothing at all."""
    truths = {scene.name: truth_of(scene) for scene in SCENES}
    rules = {(span.rule, span.zone) for spans in truths.values() for span in spans}
    assert {("post.absent", "post"), ("intrusion", "strip"), ("intrusion", "lane")} <= rules
    assert () in truths.values()
    assert any(scene.light.gain < (0.5, 0.5, 0.5) and truths[scene.name] for scene in SCENES)  # by night too


def test_something_happens_soon() -> None:
    """Whoever starts the demonstration sees causes begin within a quarter of a minute, in half of the scenes."""
    soon = [scene.name for scene in SCENES if any(span.from_s < 15 for span in truth_of(scene))]
    assert len(soon) >= len(SCENES) / 2


def test_the_catalogue_tells_the_zones_and_the_truth_of_its_scenes(catalogue: Catalogue) -> None:
    """What a caller learns of a clip is what it was made from."""
    for scene, clip in zip(SCENES, catalogue.clips(), strict=True):
        assert (clip.name, dict(clip.zones), clip.truth) == (scene.name, dict(scene.zones), truth_of(scene))
