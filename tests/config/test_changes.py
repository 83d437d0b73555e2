"""Parameters that are tried on a command line: applied to the whole camera, and checked as if in its file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.changes import Changes, parse_changes
from config.errors import ConfigError
from config.load import read
from config.model import Camera, Label, Post
from tests.config.written import Written

NETWORK = """
    templates:
      manned: {posts: [{zone: post, absent_after: 60s}]}
    defaults: {heartbeat: 2s}
    cameras:
      - id: gate
        name: 东门
        ring: inner
        like: manned
        stream: {sub: "rtsp://192.0.2.1/sub"}
        zones:
          post: {polygon: [[0.1, 0.1], [0.5, 0.1], [0.5, 0.9]]}
          lane: {polygon: [[0.5, 0.1], [0.9, 0.1], [0.9, 0.9]]}
        rules:
          - {rule: intrusion, zone: lane}
          - {rule: loitering, zone: lane}
          - {rule: loitering, zone: post}
      - {id: other, name: 西门, ring: inner, like: manned, stream: {sub: "rtsp://192.0.2.2/sub"},
         zones: {post: {polygon: [[0.1, 0.1], [0.5, 0.1], [0.5, 0.9]]}}}
    """


def changed(written: Written, *texts: str) -> Camera:
    """The camera `gate` with the first value of each of `texts`."""
    changes = tuple(values[0] for values in parse_changes(texts))
    file = written.write("network.yaml", NETWORK)
    return read(file, {}, Changes(camera="gate", changes=changes)).network.camera("gate")


def test_a_value_of_a_template_is_changed_on_this_camera_alone(written: Written) -> None:
    """The other one that is like it stays."""
    changes = tuple(values[0] for values in parse_changes(["posts.0.absent_after=30s"]))
    network = read(written.write("network.yaml", NETWORK), {}, Changes(camera="gate", changes=changes)).network

    assert [camera.posts[0].absent_after for camera in network.cameras] == [timedelta(seconds=30), timedelta(minutes=1)]


def test_posts_and_rules_are_named_by_number_zone_or_rule(written: Written) -> None:
    """Whichever is plain."""
    camera = changed(
        written, "posts.post.min_guards=2", "rules.intrusion.classes=[person, vehicle]", "rules.2.after=5m"
    )

    assert camera.posts[0].min_guards == 2
    assert camera.rules[0].model_dump()["classes"] == (Label.PERSON, Label.VEHICLE)
    assert camera.rules[2].model_dump()["after"] == timedelta(minutes=5)


def test_what_is_not_written_yet_can_be_set_and_what_is_written_switched_off(written: Written) -> None:
    """As in the file."""
    post = changed(written, "posts.0.asleep_after=5m", "posts.0.absent_after=null").posts[0]

    assert post == Post(zone="post", absent_after=None, asleep_after="5m")


def test_zones_and_the_heartbeat_too(written: Written) -> None:
    """Whatever decides about what is raised."""
    camera = changed(written, "heartbeat=1s", "zones.lane.polygon=[[0, 0], [1, 0], [1, 1]]")

    assert camera.heartbeat == timedelta(seconds=1)
    assert camera.zones["lane"].polygon == ((0, 0), (1, 0), (1, 1))


def test_several_values_are_several_changes() -> None:
    """Each with its text, for a heading."""
    ((first, second), (third,)) = parse_changes(["posts.0.absent_after=30s|90s", "heartbeat = 1s"])

    assert [one.text for one in (first, second, third)] == [
        "posts.0.absent_after=30s",
        "posts.0.absent_after=90s",
        "heartbeat=1s",
    ]


MISTAKES = {
    "a key that is none": (
        ("posts.0.absnt_after=30s",),
        "--set:1:9: unknown key 'absnt_after': did you mean absent_after?",
    ),
    "a section that cannot be tried": (
        ("stream.sub=rtsp://192.0.2.9/",),
        "--set:1:1: 'stream' cannot be tried: known are posts, rules, zones, scale, heartbeat",
    ),
    "a section with a slip": (("post.0.min_guards=2",), "--set:1:1: 'post' cannot be tried: did you mean posts?"),
    "a post that is not there": (
        ("posts.1.min_guards=2",),
        "--set:1:7: there is no '1' here: there are 0 (post)",
    ),
    "a rule that there are two of": (
        ("rules.loitering.after=5m",),
        "--set:1:7: several are called 'loitering': write the number of one, "
        "of 0 (intrusion), 1 (loitering), 2 (loitering)",
    ),
    "a zone that is not there": (
        ("zones.lan.polygon=[[0, 0], [1, 0], [1, 1]]",),
        "--set:1:7: the camera has no 'lan' here: did you mean lane?",
    ),
    "below a value": (
        ("heartbeat.seconds=3",),
        "--set:1:11: there is nothing called 'seconds' in a single value: remove .seconds",
    ),
    "a value out of range": (
        ("heartbeat=1s", "posts.0.absent_after=90s|1h"),
        "--set:2:26: 1h is out of range: it must be at most 30 minutes",
    ),
    "under two heartbeats": (
        ("posts.0.absent_after=3s",),
        "--set:1:22: absent_after 3s is under two heartbeats: write 4s or more",
    ),
    "a zone outside the picture": (
        ("zones.lane.polygon=[[0, 0], [1.5, 0], [1, 1]]",),
        "--set:1:20: 1.5 is out of range: it must be at most 1",
    ),
    "no value": (("heartbeat",), "--set:1:1: 'heartbeat' says no parameter and value: "),
    "an empty value": (("heartbeat=1s|",), "--set:1:14: there is no value: "),
    "not YAML": (("rules.0.classes=[person",), "--set:1:17: not YAML: "),
    "twice the same": (
        ("heartbeat=1s", "heartbeat=2s"),
        "--set:2:1: heartbeat is set twice, first by option 1: write heartbeat=VALUE|VALUE to try several",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_by_option_and_column(name: str, written: Written) -> None:
    """With what to write; of several values the last is meant here."""
    texts, expected = MISTAKES[name]
    file = written.write("network.yaml", NETWORK)

    with pytest.raises(ConfigError) as caught:
        changes = tuple(values[-1] for values in parse_changes(texts))
        read(file, {}, Changes(camera="gate", changes=changes))

    assert str(caught.value).startswith(expected)
