"""A running node whose configuration changes: what changed is taken in, and everything else notices nothing."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.street import street_clip
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

pytestmark = pytest.mark.timeout(300)
PATIENT_S = 90.0  # the machine may have much else to do
SKY = "zones: {sky: {polygon: [[0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]]}}"  # nobody stands there
BASE = """
watching: {test_alert: null}
roster: {operators: [{id: desk-1, name: 一席}]}
templates:
  street: {ring: inner, stream: {sub: "file:street.mp4", decode: always}}
cameras:
"""
GATE = f"  - {{id: gate, name: 东门, like: street, {SKY}, posts: [{{zone: sky, absent_after: 300s}}]}}\n"
YARD = "  - {id: yard, name: 院子, like: street}\n"
LANE = f"  - {{id: lane, name: 小巷, like: street, {SKY}, posts: [{{zone: sky, absent_after: 4s}}]}}\n"
ROOF = '  - {id: roof, name: 屋顶, like: street, stream: {main: "file:main.mp4"}}\n'


@dataclass(kw_only=True)
class Site:
    """A node of two workers, and the file that it runs on."""

    node: RunningNode
    config: Path

    def write(self, *cameras: str, base: str = BASE) -> None:
        """As an editor does: a new file takes the old one's place."""
        new = self.config.with_suffix(".new")
        new.write_text(base + "".join(cameras), "utf-8")
        new.replace(self.config)

    def metric(self, name: str, **labels: str) -> float | None:
        """A value on `/metrics`; None where there is none."""
        wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
        for line in self.node.get("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series == (f"{name}{{{wanted}}}" if wanted else name):
                return float(value)
        return None

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The node's log lines of that kind."""
        return [line for line in self.lines() if line["event"] == event]

    def lines(self) -> list[dict[str, Any]]:
        """All that the node has logged."""
        return [json.loads(line) for line in self.node.log.splitlines() if line.startswith("{")]

    def wait_taken_in(self, count: int) -> dict[str, Any]:
        """What the node says of the change that is the `count`th."""
        self.wait(lambda: len(self.logged("configuration taken in")) >= count, f"change {count}")
        return self.logged("configuration taken in")[count - 1]

    def wait_frames(self, camera: str, more: float = 5.0) -> None:
        """So many more of its frames are analysed."""
        before = self.frames(camera)
        self.wait(lambda: self.frames(camera) >= before + more, f"{camera} goes on")

    def is_live(self, camera: str, stream: str = "analysis") -> bool:
        """As the metrics say."""
        return self.metric("ringwatch_ingest_live", camera=camera, stream=stream) == 1.0

    def frames(self, camera: str) -> float:
        return self.metric("ringwatch_detect_frames_total", camera=camera) or 0.0

    def went_live(self, camera: str) -> int:
        """How often a thread of the camera's has connected, as its worker tells."""
        return len([line for line in self.lines() if line.get("camera") == camera and "codec" in line])

    def alerts(self, camera: str, rule: str) -> list[dict[str, Any]]:
        status, body = self.node.get("/api/alerts?limit=100")
        rows = json.loads(body)["alerts"] if status == 200 else []
        return [row for row in rows if (row["camera"], row["rule"]) == (camera, rule)]

    def pids(self) -> dict[str, int]:
        """The process ids of the node's children."""
        return {name: int(self.node.report(name)["pid"]) for name in ("worker-0", "worker-1", "desk", "console")}

    @staticmethod
    def wait(probe: Any, what: str) -> Any:
        return eventually(probe, what, timeout_s=PATIENT_S)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three cameras: gate and lane are one worker's, yard the other's."""
    folder = tmp_path_factory.mktemp("reload")
    shutil.copy(street_clip(folder / "street.mp4"), folder / "main.mp4")
    config = folder / "network.yaml"
    config.write_text(BASE + GATE + YARD + LANE, "utf-8")
    with running_node(config, folder / "data", "--workers", "2") as node:
        node.wait_live("gate", "yard", "lane", timeout_s=PATIENT_S)
        yield Site(node=node, config=config)


def test_one_changed_rule_restarts_its_camera_alone(site: Site) -> None:
    """The new rule holds: it is told at once. Nobody else connects again, and no process is another one."""
    site.wait(lambda: site.alerts("lane", "post.absent"), "the first alert of lane")
    before, lane = site.pids(), site.alerts("lane", "post.absent")
    assert site.alerts("gate", "post.absent") == []
    assert site.metric("ringwatch_config_last_reload_successful") == 1.0
    assert site.metric("ringwatch_config_reloads_total", result="taken_in") == 0.0

    site.write(GATE.replace("300s", "5s"), YARD, LANE)

    said = site.wait_taken_in(1)
    assert (said["changed"], said["added"], said["removed"]) == (["gate"], [], [])
    site.wait(lambda: site.alerts("gate", "post.absent"), "the alert by the new rule")
    for camera in ("gate", "yard", "lane"):
        site.wait_frames(camera)
    assert {camera: site.went_live(camera) for camera in ("gate", "yard", "lane")} == {"gate": 2, "yard": 1, "lane": 1}
    assert site.metric("ringwatch_ingest_reconnects_total", camera="lane", stream="analysis") == 0.0
    assert site.pids() == before
    assert [(row["id"], row["condition"]) for row in site.alerts("lane", "post.absent")] == [
        (row["id"], "active") for row in lane
    ]
    assert site.metric("ringwatch_config_reloads_total", result="taken_in") == 1.0


def test_a_bad_file_changes_nothing_and_metrics_say_so(site: Site) -> None:
    """By line in the log, once; mended, it is right again without anything having stopped."""
    before, lives = site.pids(), site.went_live("yard")

    site.write(GATE.replace("300s", "5s"), YARD, LANE.replace("absent_after: 4s", "absent_after: 4"))

    site.wait(lambda: site.metric("ringwatch_config_last_reload_successful") == 0.0, "the metric")
    (mistake,) = site.logged("mistake in the configuration")
    assert (Path(mistake["file"]).name, mistake["line"]) == ("network.yaml", 9)
    assert "absent_after" in json.dumps(mistake) or "duration" in mistake["mistake"]
    assert site.metric("ringwatch_config_reloads_total", result="refused") == 1.0
    for camera in ("gate", "yard", "lane"):
        site.wait_frames(camera)
    assert (site.pids(), site.went_live("yard")) == (before, lives)

    site.write(GATE.replace("300s", "5s"), YARD, LANE)

    site.wait(lambda: site.metric("ringwatch_config_last_reload_successful") == 1.0, "it is well again")
    assert site.wait_taken_in(2)["changed"] == []
    assert len(site.logged("mistake in the configuration")) == 1


def test_a_camera_goes_and_another_comes(site: Site) -> None:
    """What the first had open clears, its metrics are gone; the other begins in the worker that has the fewest."""
    worker, lives = site.pids()["worker-0"], site.went_live("gate")

    site.write(GATE.replace("300s", "5s"), YARD, ROOF)

    assert site.wait_taken_in(3)["desk_and_console"] == "begin anew"
    site.node.wait_live("roof", timeout_s=PATIENT_S)
    site.wait(lambda: [row["condition"] for row in site.alerts("lane", "post.absent")] == ["cleared"], "it clears")
    site.wait_frames("roof")
    site.wait_frames("gate")
    assert set(site.node.states()) == {"gate", "yard", "roof"}
    assert site.metric("ringwatch_ingest_live", camera="lane", stream="analysis") is None
    for stream in ("analysis", "recording"):
        site.wait(partial(site.is_live, "roof", stream), f"{stream} of roof")
    assert (site.pids()["worker-0"], site.went_live("gate")) == (worker, lives)
    assert [alert["condition"] for alert in site.alerts("gate", "post.absent")] == ["active"]


def test_a_worker_that_is_killed_begins_with_what_was_last_taken_in(site: Site) -> None:
    """Not with what the node started on."""
    psutil.Process(site.pids()["worker-0"]).kill()
    before = site.pids()["worker-0"]

    site.wait(lambda: site.pids()["worker-0"] != before, "a new worker")

    site.node.wait_live("gate", "yard", "roof", timeout_s=PATIENT_S)
    assert set(site.node.states()) == {"gate", "yard", "roof"}


def test_what_the_duty_room_goes_by_renews_desk_and_console_alone(site: Site) -> None:
    """The roster changes; no camera does. A hangup has it read at once."""
    before, lives = site.pids(), {camera: site.went_live(camera) for camera in ("gate", "yard", "roof")}
    site.write(GATE.replace("300s", "5s"), YARD, ROOF, base=BASE.replace("desk-1", "desk-9"))

    worker = psutil.Process(before["worker-0"])
    parent = worker.parent()
    assert parent is not None
    parent.send_signal(signal.SIGHUP)

    assert site.wait_taken_in(4)["changed"] == []
    site.wait(lambda: site.pids()["desk"] != before["desk"], "another desk")
    site.wait(lambda: site.pids()["console"] != before["console"], "another console")
    site.wait(lambda: "desk-9" in site.node.get("/api/operators")[1], "the new roster")
    after = site.pids()
    assert {name: after[name] for name in ("worker-0", "worker-1")} == {
        name: before[name] for name in ("worker-0", "worker-1")
    }
    assert {camera: site.went_live(camera) for camera in lives} == lives


def test_what_waits_for_a_restart_is_named(site: Site) -> None:
    """The rest of the file holds (a camera has one stream fewer); and the node stops in order after all of it."""
    queue = 'queue: {url: "redis://:hush@127.0.0.1:1/0"}'
    site.write(GATE.replace("300s", "5s"), YARD, ROOF.replace("main:", "sub:"), base=queue + BASE)

    assert site.wait_taken_in(5)["changed"] == ["roof"]
    site.wait(lambda: site.logged("a changed setting waits for a restart of the node"), "it is named")
    waiting = [line["setting"] for line in site.logged("a changed setting waits for a restart of the node")]
    assert waiting == ["queue"]
    assert "hush" not in site.node.log
    recorded = partial(site.metric, "ringwatch_ingest_live", camera="roof", stream="recording")
    site.wait(lambda: site.is_live("roof") and recorded() is None, "roof has one stream, and is live")
    site.wait_frames("roof")

    assert site.node.stop() == 0
    assert "did not stop in time" not in site.node.log
    assert "Traceback" not in site.node.log
