"""A set of labelled clips, read: every mistake at its place, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import ConfigError
from ringwatch.arguments import read_network
from ringwatch.labelled import LabelledClip, read_set
from ringwatch.replay import DEFAULT_START
from tests.ingest.clips import ClipSpec, make_clip
from tests.services import REPOSITORY

SQUARE = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
NETWORK = f"""
cameras:
  - id: gate
    name: 大门
    ring: inner
    stream: {{sub: "rtsp://192.0.2.1/sub"}}
    zones: {{post: {{polygon: {SQUARE}}}, lane: {{polygon: {SQUARE}}}, yard: {{polygon: {SQUARE}}}}}
    posts: [{{zone: post, absent_after: 4s}}]
    rules:
      - {{rule: intrusion, zone: lane, classes: [vehicle], dwell: 1s}}
      - {{rule: intrusion, zone: yard, classes: [person], dwell: 1s}}
      - {{rule: fall}}
"""
Read = Callable[[str], tuple[LabelledClip, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads the text of a set, beside a clip of four seconds, a.mp4, and a network of one camera, gate."""
    (tmp_path / "network.yaml").write_text(NETWORK, "utf-8")
    make_clip(tmp_path / "a.mp4")

    def read(text: str) -> tuple[LabelledClip, ...]:
        file = tmp_path / "set.yaml"
        file.write_text(text, "utf-8")
        return read_set(file, read_network)

    return read


def clips(*, events: str = "[]", ignore: str = "[]") -> str:
    """A set of one clip."""
    return f"clips:\n- file: a.mp4\n  config: network.yaml\n  camera: gate\n  events: {events}\n  ignore: {ignore}\n"


def mistakes(read: Read, text: str) -> list[str]:
    """What is told of a set, without its folder."""
    with pytest.raises(ConfigError) as raised:
        read(text)
    return [f"{one.line}:{one.column}: {one.message}" for one in raised.value.problems]


def test_what_a_set_says_is_read(read: Read) -> None:
    """Times in seconds, three of them to either side unless it says otherwise."""
    events = "[{rule: post.absent, zone: post, from: 2}, {rule: fall, from: 3.5, tolerance: 500ms}]"
    (one,) = read(clips(events=events, ignore="[{rule: fall, from: 1}]"))

    absent, fall = one.expected
    assert (one.camera.id, one.file.name) == ("gate", "a.mp4")
    assert (absent.rule, absent.zone, absent.due_s, absent.tolerance_s) == ("post.absent", "post", 2, 3)
    assert (fall.zone, fall.tolerance_s) == ("", 0.5)
    assert one.ignored[0].covers("fall", "", 1000)


def test_a_typo_hides_no_missing_file_and_no_missing_camera(read: Read) -> None:
    """One round: keys, values, files, cameras and zones of every clip."""
    said = mistakes(
        read,
        "clips:\n"
        "- {fiel: a.mp4, config: network.yaml, camera: gaet}\n"
        "- {file: b.mp4, config: network.yaml, camera: gate, events: [{rule: fall, zone: barn, from: -1}]}\n"
        "- {file: a.mp4, config: netwrok.yaml, camera: gate, start: noon}\n",
    )

    assert [line.partition(" (looked for")[0] for line in said] == [
        "2:3: 'file' is missing: add it",
        "2:4: unknown key 'fiel': did you mean file?",
        "2:47: network.yaml has no camera gaet: did you mean gate?",
        "3:10: b.mp4 is not there",
        "3:81: fall of camera gate has no zone barn: leave zone out",
        "3:93: -1 is out of range: it must be at least 0",
        "4:25: netwrok.yaml is not there",
        "4:60: 'noon' is not a time: write for example 2026-01-01T22:00:00+08:00",
    ]


def test_a_label_without_a_zone_is_about_the_only_one_that_its_rule_has(read: Read) -> None:
    """A post's absence is of that post; who falls, falls anywhere."""
    (one,) = read(clips(events="[{rule: post.absent, from: 2}, {rule: fall, from: 2}, {rule: camera.dark, from: 2}]"))

    assert [label.zone for label in one.expected] == ["post", "", ""]


@pytest.mark.parametrize(
    ("label", "column", "said"),
    [
        ("{rule: post.abcent, zone: post, from: 2}", 19, "no rule 'post.abcent': did you mean post.absent?"),
        ("{rule: camera.*, from: 2}", 19, "no rule 'camera.*': did you mean camera.late?"),
        ("{rule: crowd, from: 2}", 19, "camera gate has no rule crowd: it has post.absent, intrusion, fall"),
        ("{rule: intrusion, from: 2}", 12, "intrusion of camera gate has several zones: add zone: lane, or zone: yard"),
        ("{rule: intrusion, zone: yrad, from: 2}", 36, "intrusion of camera gate has no zone yrad: it has lane, yard"),
        ("{rule: intrusion, zone: post, from: 2}", 36, "intrusion of camera gate has no zone post: it has lane, yard"),
        (
            "{rule: fall, zone: lane, from: 2}",
            31,
            "fall of camera gate has no zone lane: leave zone out",
        ),
    ],
)
def test_a_label_that_could_never_be_met_is_told(read: Read, label: str, column: int, said: str) -> None:
    """A rule that there is not, or not on the camera, or not in that zone; or in more than one."""
    assert mistakes(read, clips(events=f"[{label}]")) == [f"5:{column}: {said}"]


def test_an_ignored_span_without_a_zone_is_about_all_of_its_rules_zones(read: Read) -> None:
    """That may be two, but a rule's name is looked up there too."""
    (one,) = read(clips(ignore="[{rule: intrusion, from: 1, to: 2}]"))

    assert one.ignored[0].zone is None
    assert mistakes(read, clips(ignore="[{rule: intrsion, from: 1}]")) == [
        "6:19: no rule 'intrsion': did you mean intrusion?"
    ]


def test_a_time_after_the_clips_end_is_told(read: Read) -> None:
    """What is to be ignored may be said to go on for longer, but not to begin long after."""
    assert read(clips(events="[{rule: fall, from: 4}]", ignore="[{rule: fall, from: 4, to: 900}]"))
    assert mistakes(read, clips(events="[{rule: fall, from: 40}]", ignore="[{rule: fall, from: 7.5}]")) == [
        "5:31: 40 is after the end of a.mp4, which lasts 4.0 s",
        "6:31: 7.5 is after the end of a.mp4, which lasts 4.0 s",
    ]


@pytest.mark.parametrize(
    ("tolerance", "latest_s", "too_late_s"),
    [("", 7, 7.1), (", tolerance: 500ms", 4.5, 4.6), (", tolerance: 0s", 4, 4.1)],
)
def test_a_label_just_after_the_clips_end_is_within_its_tolerance(
    read: Read, tolerance: str, latest_s: float, too_late_s: float
) -> None:
    """Labels are read by eye: 12.5 in a clip of 12.4 s can be met, and ends no set."""
    label = "[{{rule: fall, from: {}{}}}]"

    (one,) = read(clips(events=label.format(latest_s, tolerance)))

    assert one.expected[0].due_s == latest_s
    assert mistakes(read, clips(events=label.format(too_late_s, tolerance))) == [
        f"5:31: {too_late_s:g} is after the end of a.mp4, which lasts 4.0 s"
    ]


@pytest.mark.parametrize(
    "time", ["2.5", "0:02.5", '"0:02.5"', "00:00:02.5", "2.5s", "2500ms", '"2.5"', "0m2.5s", "+2.5"]
)
def test_a_time_of_the_clip_may_be_written_as_a_player_shows_it(read: Read, time: str) -> None:
    """Seconds, minutes and seconds, hours; with a unit, in quotes or not; within braces or below each other."""
    below = clips(ignore=f"[{{rule: fall, from: {time}, to: {time}}}]").replace(
        "events: []", f"events:\n  - rule: fall\n    from: {time}\n    tolerance: {time}"
    )
    (braced,), (beneath,) = read(clips(events=f"[{{rule: fall, from: {time}, tolerance: {time}}}]")), read(below)

    assert braced.expected == beneath.expected
    assert (braced.expected[0].due_s, braced.expected[0].tolerance_s) == (2.5, 2.5)
    assert (beneath.ignored[0].from_s, beneath.ignored[0].to_s) == (2.5, 2.5)


@pytest.mark.parametrize(
    ("time", "seconds"), [("1:02.5", 62.5), ("1:00:04", 3604), ("75:00", 4500), ("1m2s", 62), ("0:04", 4), ("08", 8)]
)
def test_before_a_colon_stand_minutes_and_before_two_hours(read: Read, time: str, seconds: float) -> None:
    """Whichever YAML the file says that it is: in 1.1 a number with colons is one to the base of sixty."""
    text = clips(ignore=f"[{{rule: fall, from: 0, to: {time}}}]")

    for one in (*read(text), *read(f"%YAML 1.1\n---\n{text}")):
        assert one.ignored[0].to_s == seconds


def test_a_tolerance_without_a_unit_is_in_seconds(read: Read) -> None:
    """As `from` beside it is."""
    (one,) = read(clips(events="[{rule: fall, from: 2, tolerance: 3}, {rule: fall, from: 2, tolerance: 0.5}]"))

    assert [label.tolerance_s for label in one.expected] == [3, 0.5]


@pytest.mark.parametrize(
    ("start", "hour_utc"),
    [
        ("2026-01-01 22:00:00", 14),
        ('"2026-01-01T22:00:00"', 14),
        ("2026-01-01 22:00", 14),
        ("2026-01-01 22:00:00 +01:00", 21),
        ("2026-01-01T22:00:00Z", 22),
    ],
)
def test_a_start_without_an_offset_is_in_the_networks_time_zone(read: Read, start: str, hour_utc: int) -> None:
    """Which is where the camera hangs; one with an offset is what it says."""
    (one,) = read(clips() + f"  start: {start}\n")

    assert one.start == datetime(2026, 1, 1, hour_utc, tzinfo=UTC)


INSTEAD = "write seconds, as 64.5, or minutes and seconds, as 1:04.5"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("from: soon", f"31: 'soon' is not a time of the clip: {INSTEAD}"),
        ("from: 1：04", f"31: '1：04' is not a time of the clip: {INSTEAD}"),
        ("from: -0:04", f"31: '-0:04' is not a time of the clip: {INSTEAD}"),
        ("from: true", f"31: true is not a time of the clip: {INSTEAD}"),
        ("from: 0:75", "31: '0:75' is not a time of the clip: after a colon comes 59 at most"),
        ("from: 1:75:00", "31: '1:75:00' is not a time of the clip: after a colon comes 59 at most"),
        ('from: "-1"', "31: -1 is out of range: it must be at least 0"),
        ("from: [1]", "31: expected a number, found a list"),
        ("from: null", "31: expected a number, found nothing"),
        ("from: 2, tolerance: -1s", f"45: '-1s' is not a time of the clip: {INSTEAD}"),
        ("from: 2, tolerance: -1", "45: -1 is out of range: it must be at least 0"),
        ("from: 0:03, to: 0:02", "12: ends at 2, before it begins at 3"),
    ],
)
def test_a_time_that_is_none_is_told_with_what_to_write(read: Read, label: str, said: str) -> None:
    """Where it stands, and once."""
    told = mistakes(read, clips(events=f"[{{rule: fall, {label}}}]"))

    assert [line.removeprefix("5:") for line in told] == [said]


@pytest.mark.parametrize("start", ["20260101", "0001-01-01 00:00", "yesterday", "[2026]", "2026-01-01+08:00"])
def test_a_start_that_is_none_is_told_with_what_to_write(read: Read, start: str) -> None:
    """A number is no date either, nor is one which is no moment in some time zones."""
    (said,) = mistakes(read, clips() + f"  start: {start}\n")

    assert said.startswith("7:10: ")
    assert said.endswith(" is not a time: write for example 2026-01-01T22:00:00+08:00")


def test_a_clip_that_cannot_be_read_is_no_mistake_of_the_set(read: Read, tmp_path: Path) -> None:
    """It is told when its turn comes, and the others are replayed."""
    (tmp_path / "a.mp4").write_text("not a video")

    assert read(clips(events="[{rule: fall, from: 900}]"))


def test_the_example_of_the_documentation_is_a_set(read: Read, tmp_path: Path) -> None:
    """As it is printed, with its clips beside it."""
    example = re.search(r"```yaml\n(.*?)```", (REPOSITORY / "docs" / "EVALUATE.md").read_text("utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "footage").mkdir()
    for name in ("gate-night.mp4", "footage/gate-quiet.mp4"):
        make_clip(tmp_path / name, ClipSpec(seconds=30.0))

    night, quiet = read(example[1])

    assert [(label.rule, label.zone, label.due_s, label.tolerance_s) for label in night.expected] == [
        ("post.absent", "post", 11.5, 3),
        ("intrusion", "lane", 20, 1.5),
    ]
    assert night.ignored[0].covers("intrusion", "yard", 25)
    assert (quiet.expected, quiet.start) == ((), DEFAULT_START)


def test_a_configuration_may_be_named_by_its_folder(read: Read, tmp_path: Path) -> None:
    """What it names itself, a model, is looked for in that folder, not beside it."""
    (one,) = read(clips().replace("config: network.yaml", "config: ."))

    assert one.config == tmp_path / "network.yaml"


def test_a_name_longer_than_any_file_s_is_not_there(read: Read) -> None:
    """As any other, at its place."""
    (said,) = mistakes(read, clips().replace("a.mp4", "a" * 300))

    assert said.startswith("2:9: aaa")
    assert "is not there (looked for" in said
