"""`ringwatch check` as an engineer meets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

from tests.config.written import Written
from tests.services import REPOSITORY

TWELVE = {
    "network.yaml": """
        network: {name: 县, timezone: §Asia/Beijing, rings: {inner: §3, middle: 1}}
        include: [cameras/*.yaml, §grids.yaml]
        templates:
          gate: {zones: {post: {polygon: §[[0.4, 0.3], [0.6, 0.9], [0.6, 0.3], [0.4, 0.9]]}}}
        §detectr: {model: auto}
        """,
    "cameras/inner.yaml": """
        cameras:
          - {id: inner-01, name: 东门, ring: inner, like: gate, stream: {sub: "rtsp://192.0.2.1/sub"},
             posts: [{zone: post, absent_after: §60}]}
          - {id: §inner-01, name: 南门, ring: inner, like: gate, stream: {sub: "rtsp://192.0.2.2/sub"},
             rules: [{rule: intrusion, zone: §bariere, hours: §"22-6"}]}
        """,
    "cameras/middle.yaml": """
        cameras:
          - id: middle-01
            name: 一号
            ring: middle
            like: §gat
            stream: {sub: §"rtsp://{nord}@192.0.2.3/sub"}
            rules: [§{rule: wrongway, line: [[0, 0], [1, 1]], forbidden: left_to_right}]
        """,
}
WORDS = {
    "network.yaml": [
        "'Asia/Beijing' is not a time zone: write for example Asia/Shanghai",
        "ring inner must have 3 cameras, the files list 2: correct the count or the cameras",
        "no file matches 'grids.yaml' in",
        "crosses itself",
        "unknown key 'detectr': did you mean detector?",
    ],
    "cameras/inner.yaml": [
        "a duration needs its unit: write 60s, or 60m for minutes",
        "camera 'inner-01' stands already in",
        "no zone is called 'bariere': known are post",
        "'22-6' is not hours: write for example always",
    ],
    "cameras/middle.yaml": [
        "no template is called 'gat': did you mean gate?",
        "no secret is called {nord}: add it to the secrets file",
        "'wrongway' is not a rule: did you mean wrong_way?",
    ],
}


def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`ringwatch check` in a process of its own."""
    command = [sys.executable, "-m", "ringwatch", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_twelve_mistakes_get_twelve_right_lines(tmp_path: Path) -> None:
    """Each in its own file, at its own line and column, all at once, and the exit code says so."""
    written = Written(tmp_path)
    for name, text in TWELVE.items():
        written.write(name, text)

    done = check(tmp_path)

    lines = done.stdout.splitlines()
    expected = [
        (str(tmp_path / name), line, column, word)
        for (name, line, column), word in zip(written.marks, chain.from_iterable(WORDS.values()), strict=True)
    ]
    assert done.returncode == 2
    assert len(lines) == 12 == len(expected)
    for file, line, column, word in expected:
        assert any(_is_at(said, file, line, column) and word in said for said in lines), (
            file,
            line,
            column,
            word,
            lines,
        )


def _is_at(said: str, file: str, line: int, column: int) -> bool:
    found = re.match(r"(.+?):(\d+):(\d+): ", said)
    if not found:
        return False
    return (str(Path(found[1]).resolve()), int(found[2]), int(found[3])) == (file, line, column)


def test_a_good_configuration_is_summed_up() -> None:
    """One line, exit 0; a folder stands for its network.yaml."""
    done = check(REPOSITORY / "config" / "example")

    assert done.returncode == 0
    assert done.stdout == "ok: 92 cameras (19 inner, 44 middle, 21 outer, 8 vehicle), 67 posts, 84 rules\n"
    assert done.stderr == ""  # the built-in model tells people, vehicles and bikes


def gate(tmp_path: Path, model: str, wanted: str) -> Path:
    """A configuration of one camera whose one rule asks for `wanted`."""
    return Written(tmp_path).write(
        "network.yaml",
        f"""
        detector: {{model: {model}}}
        cameras:
          - id: gate
            name: 东门
            ring: inner
            stream: {{sub: "rtsp://192.0.2.1/sub"}}
            zones: {{lane: {{polygon: [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]}}}}
            rules: [{{rule: intrusion, zone: lane, classes: [{wanted}]}}]
        """,
    )


def test_rules_that_the_detector_cannot_answer_are_named(tmp_path: Path) -> None:
    """The built-in one tells vehicles and no finer: a note, for the configuration itself is right."""
    good, asks_more = check(gate(tmp_path, "built-in", "vehicle")), check(gate(tmp_path, "built-in", "bus"))

    assert (good.returncode, good.stderr) == (0, "")
    assert asks_more.returncode == 0
    assert "note: intrusion asks for bus, which the detector does not know, on gate (lane)\n" in asks_more.stderr


def test_a_model_that_is_not_on_this_machine_is_a_note(tmp_path: Path) -> None:
    """An engineer's laptop may have none of the node's models."""
    done = check(gate(tmp_path, "yolo26", "person"))

    assert (done.returncode, done.stdout) == (0, "ok: 1 camera (1 inner), 0 posts, 1 rule\n")
    assert "note: the detector cannot be used on this machine: no model is called yolo26" in done.stderr


def test_a_node_without_its_model_does_not_start(tmp_path: Path) -> None:
    """Where `check` notes it, `run` refuses."""
    command = [sys.executable, "-m", "ringwatch", "run", str(gate(tmp_path, "yolo26", "person")), "--data"]
    done = subprocess.run([*command, str(tmp_path / "data")], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "ringwatch: no model is called yolo26" in done.stderr
    assert not (tmp_path / "data").exists()


def test_the_schema_is_printed() -> None:
    """For the editor's settings; no configuration is needed."""
    done = check("--schema")

    assert done.returncode == 0
    assert json.loads(done.stdout)["title"] == "ringwatch configuration"


def test_without_a_configuration_it_says_what_to_do() -> None:
    """A wrong argument is exit 2."""
    done = check()

    assert done.returncode == 2
    assert "name a configuration, or say --schema" in done.stderr
