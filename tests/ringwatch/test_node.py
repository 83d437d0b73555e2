"""The main job, end to end: a third-party camera, a real model, a real Redis, a whole node."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from detect.models import load_detector
from ringwatch.replay import replay
from tests.footage import TABLE, clip, cut, model
from tests.gst_server import GstRtspServer, gst_rtsp_server
from tests.redis_server import RedisProcess, debian_binary, running_redis
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

OUTAGE_S = 20.0
STEP_S = 1.0  # live and replay begin with the same frame; packets that come in bursts move a moment by less than this


@dataclass(kw_only=True)
class Site:
    """Three cameras, the queue, and the node that watches them."""

    node: RunningNode
    redis: RedisProcess
    config: Path
    guarded: GstRtspServer
    coming_and_going: Path

    def alerts(self, camera: str) -> list[dict[str, Any]]:
        """The alerts of `camera` in the queue, in order."""
        with self.redis.client() as client:
            entries = client.xrange("ringwatch:alerts") or []
        bodies = [json.loads(fields["body"]) for _, fields in entries if fields]
        return [body for body in bodies if body["camera"] == camera]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A node that watches three GStreamer servers and queues into the distribution's redis-server."""
    folder = tmp_path_factory.mktemp("site")
    video = clip("one-by-one-person.mp4")
    coming = cut(video, folder / "coming.mp4", ((0, 30),))
    guarded = cut(video, folder / "guarded.mp4", ((9, 17),))
    empty = cut(video, folder / "empty.mp4", ((0, 5), (20.2, 22.5)))
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(binary=debian_binary()))
        servers = {
            "coming": stack.enter_context(gst_rtsp_server(coming)),
            "guarded": stack.enter_context(gst_rtsp_server(guarded, "viewer", "p@ss:w/rd", digest=True)),
            "empty": stack.enter_context(gst_rtsp_server(empty)),
        }
        config = folder / "network.yaml"
        config.write_text(network({name: server.url for name, server in servers.items()}, redis.url), "utf-8")
        node = stack.enter_context(running_node(config, folder / "data", "--workers", "1"))
        yield Site(node=node, redis=redis, config=config, guarded=servers["guarded"], coming_and_going=coming)


def network(urls: dict[str, str], queue: str) -> str:
    """A post at the table of each camera."""
    rows = "".join(
        f"""
  - {{id: {name}, name: 桌前, ring: inner, stream: {{sub: "{url}"}}, zones: {{post: {{polygon: {TABLE}}}}},
     posts: [{{zone: post, absent_after: 4s}}], rules: [{{rule: camera.offline, after: 5s}}]}}"""
        for name, url in urls.items()
    )
    return (
        f'detector: {{model: "{model()}"}}\nwatching: {{test_alert: null}}\nqueue: {{url: "{queue}"}}\ncameras:{rows}\n'
    )


def test_live_gives_the_alerts_that_replay_gives(site: Site) -> None:
    """Over a third-party server and a real network protocol, with the times between them to a second."""
    camera = load(site.config, {}).camera("coming")
    detector = load_detector(load(site.config, {}).detector, base=site.config.parent, threads=1)
    expected = list(replay(site.coming_and_going, camera, detector, load(site.config, {}).zone_info))

    alerts = eventually(
        lambda: found if len(found := site.alerts("coming")) >= len(expected) else [], "alerts", timeout_s=90
    )

    assert [alert["phase"] for alert in alerts[: len(expected)]] == [event.phase.value for event in expected]
    live = [_moment(alert) for alert in alerts[: len(expected)]]
    apart = [(at - live[0]).total_seconds() for at in live]
    apart_in_replay = [(event.captured_at - expected[0].captured_at).total_seconds() for event in expected]
    assert apart == pytest.approx(apart_in_replay, abs=STEP_S)
    assert len(expected) == 4


def test_an_outage_of_the_camera_accuses_nobody(site: Site) -> None:
    """The server is gone for 20 s: the camera is told offline and back again, and its guard was never called absent."""
    site.node.wait_live("guarded", "empty")
    site.guarded.stop()
    eventually(lambda: site.node.states().get("guarded") != "live", "the camera is seen to be away", timeout_s=20)

    _wait(OUTAGE_S)
    site.guarded.start()

    site.node.wait_live("guarded", timeout_s=45)
    frames = _frames(site.node, "guarded")
    eventually(lambda: _frames(site.node, "guarded") > frames + 30, "ten more seconds are analysed", timeout_s=40)
    told = [(alert["rule"], alert["phase"]) for alert in site.alerts("guarded")]
    assert told == [("camera.offline", "raised"), ("camera.offline", "cleared")]
    assert [alert["phase"] for alert in site.alerts("empty")] == ["raised"]


def test_a_killed_worker_is_started_again_and_tells_nothing_twice(site: Site) -> None:
    """kill -9: the cameras come back, and so does everything else."""
    before = site.node.worker()

    before.kill()

    eventually(lambda: site.node.report("worker-0").get("pid") != before.pid, "a new worker", timeout_s=30)
    site.node.wait_live("guarded", "empty")
    eventually(lambda: site.node.get("/readyz")[0] == 200, "the node is ready again", timeout_s=30)
    ids = [(alert["id"], alert["rev"]) for name in ("coming", "guarded", "empty") for alert in site.alerts(name)]
    assert len(ids) == len(set(ids))


def test_the_page_has_what_the_queue_has(site: Site) -> None:
    """Every alert of the queue is on record, with its snapshot and a clip that plays."""
    queued = {alert["id"] for name in ("coming", "guarded", "empty") for alert in site.alerts(name)}

    shown = json.loads(site.node.get("/api/alerts?limit=100")[1])["alerts"]

    assert _on_record(site.node) == queued
    assert {alert["id"] for alert in shown} <= queued  # repeats of one source fold into its open alert
    assert {alert["camera"] for alert in shown} == {"coming", "guarded", "empty"}
    snapshot = next(alert["snapshot"] for alert in shown if alert["camera"] == "empty")
    assert site.node.get(snapshot)[0] == 200


def test_no_password_is_in_what_the_node_says(site: Site) -> None:
    """Neither in its log, nor on its command lines, nor in its metrics."""
    said = site.node.log + site.node.get("/metrics")[1] + site.node.get("/api/cameras")[1]
    family = site.node.worker().parent()
    assert family is not None
    lines = [" ".join(one.cmdline()) for one in [family, *family.children(recursive=True)]]

    assert not [text for text in (said, *lines) if "p@ss" in text or "p%40ss" in text]


def test_it_stops_in_order_when_it_is_asked_to(site: Site) -> None:
    """Exit 0, and nothing of it is left running."""
    family = site.node.worker().parent()
    assert family is not None
    children = family.children(recursive=True)

    assert site.node.stop() == 0

    assert not [child for child in children if child.is_running()]
    assert "node stopped" in site.node.log


def _on_record(node: RunningNode) -> set[str]:
    """Every event of which the desk has a revision, folded or not."""
    with closing(sqlite3.connect(f"file:{node.data / 'ringwatch.sqlite'}?mode=ro", uri=True)) as record:
        return {row[0] for row in record.execute("select distinct id from occurrences")}


def _moment(alert: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(alert["captured_at"])


def _frames(node: RunningNode, camera: str) -> float:
    """How many frames of `camera` were analysed."""
    for line in node.get("/metrics")[1].splitlines():
        if line.startswith(f'ringwatch_detect_frames_total{{camera="{camera}"}}'):
            return float(line.rpartition(" ")[2])
    return 0.0


def _wait(seconds: float) -> None:
    """The outage itself: the one thing here that is a length of time, and not an event."""
    time.sleep(seconds)
