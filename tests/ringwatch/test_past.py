"""`replay --baseline` and `--learn`: the rule `unusual` on a real recording, against a past that is given."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.model import Label
from detect.messages import Place, WindowCount
from ringwatch.past import append, past_of
from storage.counts import CountStore
from tests.footage import clip, model
from tests.ringwatch.test_replay_command import ringwatch

MINUTE = timedelta(minutes=1)
ROOM = Place(camera="room", zone="", label=Label.PERSON, window=MINUTE)
START = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = """
detector: {model: "MODEL"}
cameras:
  - id: room
    name: 值班室
    ring: inner
    stream: {sub: "rtsp://192.0.2.1/sub"}
    rules: [{rule: unusual, classes: [person], window: 1m}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A room in which people are counted by the minute, with a real model."""
    file = tmp_path / "network.yaml"
    file.write_text(CONFIG.replace("MODEL", str(model())), "utf-8")
    return file


def weeks_of(count: int) -> list[WindowCount]:
    """So many in every minute of the same hour, four weeks long."""
    begins = (START - week * timedelta(days=7) + minute * MINUTE for week in range(1, 5) for minute in range(5))
    return [WindowCount(place=ROOM, begins_at=begin, count=count) for begin in begins]


def replayed(config: Path, *more: str | Path) -> list[tuple[str, float, object]]:
    """Phase, second and count of every event of the real recording, in which three people a minute come in."""
    video = clip("one-by-one-person.mp4")
    done = ringwatch("replay", video, "--config", config, "--camera", "room", "--json", *more)
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    return [(one["phase"], one["at"], one["detail"]["count"]) for one in lines]


def test_three_people_are_few_where_thirty_come(config: Path, tmp_path: Path) -> None:
    """Told at the end of the first whole minute, from a file."""
    past = tmp_path / "past.jsonl"
    append(past, weeks_of(30))

    assert replayed(config, "--baseline", past) == [("raised", 60.0, 3)]


def test_three_people_are_no_news_where_three_come(config: Path, tmp_path: Path) -> None:
    """From a node's own database, which stays as it was."""
    database = tmp_path / "ringwatch.sqlite"
    with closing(CountStore(f"sqlite:///{database}")) as store:
        store.create()
        store.put(weeks_of(3))

    before = database.read_bytes()
    assert replayed(config, "--baseline", database) == []
    assert database.read_bytes() == before


def test_models_are_compared_against_the_same_past(config: Path, tmp_path: Path) -> None:
    """Each finds that three are few, where thirty are usual."""
    past, labelled = tmp_path / "past.jsonl", tmp_path / "set.yaml"
    append(past, weeks_of(30))
    events = [{"rule": "unusual", "from": 60}]
    row = {"file": str(clip("one-by-one-person.mp4")), "config": "network.yaml", "camera": "room", "events": events}
    labelled.write_text(json.dumps({"clips": [{**row, "start": START.isoformat()}]}), "utf-8")  # JSON is YAML

    models = ("--model", model("person-vehicle-bike-detection-2002"), "--model", model())
    done = ringwatch("evaluate", labelled, *models, "--baseline", past, "--json")

    assert done.returncode == 0, done.stderr
    compared = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["true"], one["false"], one["missed"]) for one in compared] == [(1, 0, 0), (1, 0, 0)]


def test_without_a_past_nothing_is_said_and_a_clip_can_become_one(config: Path, tmp_path: Path) -> None:
    """Two whole minutes are written down, with three people in each or nearly."""
    past = tmp_path / "past.jsonl"

    assert replayed(config, "--learn", past) == []

    rows = [json.loads(line) for line in past.read_text("utf-8").splitlines()]
    assert [row["begins_at"] for row in rows] == ["2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00"]
    assert [row["count"] for row in rows] == [3, 3]
    assert {(row["camera"], row["zone"], row["class"], row["window"]) for row in rows} == {("room", "", "person", "1m")}


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Line by line; of two for one window the newer counts."""
    past = tmp_path / "past.jsonl"
    append(past, [WindowCount(place=ROOM, begins_at=START, count=count) for count in (3, 4)])

    assert past_of(past).weeks(ROOM, ((START, START),)) == ((4,),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"camera": "a"', "1:1: "),
        ("[]", "1:1: expected a mapping of keys, found a list"),
        ('{"camera": "a", "class": "person", "window": "1m", "begins_at": "2026-01-01T00:00:00", "count": 1}',
         "1:1: begins_at: "),
        ('{"camera": "a", "class": "preson", "window": "1m", "begins_at": "2026-01-01T00:00:00Z", "count": 1}',
         "1:1: class: 'preson' is not known: did you mean person?"),
        ('{"camera": "a", "class": "person", "window": "1m", "begins_at": "2026-01-01T00:00:00Z", "count": -1}',
         "1:1: count: -1 is out of range: it must be at least 0"),
    ],
)  # fmt: skip
def test_a_file_that_holds_something_else_is_told_at_its_line(text: str, said: str, tmp_path: Path) -> None:
    """With what to write."""
    past = tmp_path / "past.jsonl"
    past.write_text(text + "\n")

    with pytest.raises(ConfigError) as caught:
        past_of(past)

    assert said in str(caught.value)


def test_a_picture_is_no_past(tmp_path: Path) -> None:
    """Nor a traceback."""
    past = tmp_path / "past.jpg"
    past.write_bytes(b"\xff\xd8\xff\xe0")

    with pytest.raises(ConfigError, match=r"neither JSON lines nor a node's ringwatch\.sqlite"):
        past_of(past)
