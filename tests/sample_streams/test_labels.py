"""The sample clips as a labelled set: readable by `evaluate`, each label due by its camera's own rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from config.load import load
from config.model import Network
from ringwatch.labelled import LabelledClip, read_set
from sample_streams.catalogue import Catalogue, SampleClip
from sample_streams.labels import DEMO_CONFIG, write_set


@pytest.fixture
def network() -> Network:
    return load(DEMO_CONFIG, {})


def labelled(catalogue: Catalogue, network: Network, folder: Path) -> dict[str, LabelledClip]:
    path = write_set(catalogue, network, DEMO_CONFIG, folder)
    return {clip.file.stem: clip for clip in read_set(path, lambda config: load(config, {}))}


def test_every_clip_of_the_demonstration_is_in_the_set(
    catalogue: Catalogue, clips: Mapping[str, SampleClip], network: Network, tmp_path: Path
) -> None:
    """With the camera that shows it, the quiet one too: it must stay silent."""
    found = labelled(catalogue, network, tmp_path)
    assert found.keys() == clips.keys()
    assert found["quiet"].expected == ()
    assert {name: clip.camera.sample for name, clip in found.items()} == {name: name for name in clips}


def test_a_label_is_due_when_the_rules_own_time_has_run_out(
    catalogue: Catalogue, clips: Mapping[str, SampleClip], network: Network, tmp_path: Path
) -> None:
    """The cause begins where the clip's truth says; the alert comes by the camera's configuration."""
    found = labelled(catalogue, network, tmp_path)
    (left,) = clips["gate"].truth
    (label,) = found["gate"].expected
    assert (label.rule, label.zone) == ("post.absent", "post")
    assert label.due_s == pytest.approx(left.from_s + 10)
    first = found["fence"].expected[0]
    assert first.due_s == pytest.approx(clips["fence"].truth[0].from_s + 2)
    assert first.tolerance_s == 3


def test_a_cause_that_ends_before_the_rules_own_time_is_no_label(
    catalogue: Catalogue, network: Network, tmp_path: Path
) -> None:
    """With a longer time the post is back in use before anybody is told."""
    patient = tuple(
        camera.model_copy(
            update={
                "posts": tuple(post.model_copy(update={"absent_after": timedelta(minutes=1)}) for post in camera.posts)
            }
        )
        for camera in network.cameras
    )
    found = labelled(catalogue, network.model_copy(update={"cameras": patient}), tmp_path)
    assert found["gate"].expected == ()
    assert {label.rule for clip in found.values() for label in clip.expected} == {"intrusion"}


def test_a_cause_that_no_rule_of_the_camera_asks_for_is_no_label(
    catalogue: Catalogue, network: Network, tmp_path: Path
) -> None:
    """A camera without rules raises nothing."""
    bare = tuple(camera.model_copy(update={"posts": (), "rules": ()}) for camera in network.cameras)
    found = labelled(catalogue, network.model_copy(update={"cameras": bare}), tmp_path)
    assert all(clip.expected == () for clip in found.values())


def test_a_camera_that_names_no_clip_is_left_out(catalogue: Catalogue, network: Network, tmp_path: Path) -> None:
    """Which clip it shows is no matter of its configuration."""
    one, *others = network.cameras
    cameras = (one.model_copy(update={"sample": ""}), *others)
    assert "gate" not in labelled(catalogue, network.model_copy(update={"cameras": cameras}), tmp_path)
