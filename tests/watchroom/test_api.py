from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.model import Ring
from detect.messages import Phase, Position
from tests.services import eventually
from tests.storage.footage import VP8
from tests.watchroom.console import SECRET, Console, Row, raised
from watchroom.footage import locate


def test_the_newest_alerts_come_first(console: Console) -> None:
    """With all that a card shows, and the change to go on from."""
    for number in range(3):
        console.raise_alert(number)

    body = console.get("/api/alerts").json()

    assert [alert["id"] for alert in body["alerts"]] == ["ev-0002", "ev-0001", "ev-0000"]
    assert (body["change"], body["active"]) == (3, 3)
    newest = body["alerts"][0]
    assert newest["camera_name"] == "东门卡口"
    assert (newest["ring"], newest["rule"], newest["zone"]) == ("inner", "post.absent", "post-2")
    assert (newest["severity"], newest["condition"], newest["handling"]) == ("high", "active", "new")
    assert newest["detail"] == {"absent_s": 60.0, "min_guards": 1}
    assert newest["snapshot"] == "/evidence/2026-11-24/ev-0002/snapshot.jpg"
    assert datetime.fromisoformat(newest["raised_at"]).tzinfo is not None


def test_the_list_is_as_long_as_asked_for_and_no_longer_than_allowed(console: Console) -> None:
    """A careless reader cannot ask for the whole record."""
    for number in range(3):
        console.raise_alert(number)

    assert len(console.get("/api/alerts?limit=2").json()["alerts"]) == 2
    for bad in ("0", "501", "-1", "many"):
        assert console.get(f"/api/alerts?limit={bad}").status_code == 422


def test_active_counts_all_active_alerts_listed_or_not(console: Console) -> None:
    """The header's number is the room's load, not the page's length."""
    for number in range(4):
        console.raise_alert(number)
    console.record(replace(raised(0), rev=2, phase=Phase.CLEARED))

    assert console.get("/api/alerts?limit=1").json()["active"] == 3


def test_one_alert_tells_what_has_become_of_its_clip(console: Console) -> None:
    """Being recorded, then there to be played."""
    console.raise_alert(1)
    assert console.get("/api/alerts/ev-0001").json()["clip"]["state"] == "recording"

    console.keep_evidence("2026-11-24/ev-0001", finished=False)
    assert console.get("/api/alerts/ev-0001").json()["clip"] == {
        "state": "recording",
        "reason": "",
        "codec": "",
        "url": "",
    }

    console.keep_evidence("2026-11-24/ev-0001")
    clip = console.get("/api/alerts/ev-0001").json()["clip"]
    assert (clip["state"], clip["codec"]) == ("complete", "h264")
    assert clip["url"] == "/evidence/2026-11-24/ev-0001/clip.mp4"


def test_a_clip_that_is_gone_is_missing(console: Console) -> None:
    """Footage expires; its alert stays on record."""
    console.raise_alert(1)
    console.keep_evidence("2026-11-24/ev-0001")
    (console.evidence / "2026-11-24/ev-0001/clip.mp4").unlink()
    console.raise_alert(2, evidence="")

    assert console.get("/api/alerts/ev-0001").json()["clip"]["state"] == "missing"
    assert console.get("/api/alerts/ev-0002").json()["clip"]["state"] == "missing"
    assert console.get("/api/alerts/ev-0002").json()["alert"]["snapshot"] == ""


def test_an_unknown_alert_is_not_found(console: Console) -> None:
    """Whatever the id looks like."""
    for odd in ("ev-9999", "..", "%2e%2e%2f", "a" * 150):
        assert console.get(f"/api/alerts/{odd}").status_code == 404


def test_every_configured_camera_is_listed(console: Console) -> None:
    """Those that no worker reports are unknown: silence is not health."""
    console.health.rows = (
        Row(id="inner-01", name="东门卡口", ring=Ring.INNER),
        Row(id="outer-01", name="县界一号卡口", ring=Ring.OUTER, state="offline", reason="no packet for 10 s"),
    )

    cameras = console.get("/api/cameras").json()["cameras"]

    assert [(one["id"], one["state"]) for one in cameras] == [
        ("inner-01", "live"),
        ("inner-02", "unknown"),
        ("outer-01", "offline"),
        ("vehicle-01", "unknown"),
    ]
    assert cameras[2]["reason"] == "no packet for 10 s"


def test_no_answer_carries_a_stream_url(console: Console) -> None:
    """Neither addresses nor passwords of cameras are the page's business."""
    for path in ("/api/cameras", "/api/network", "/api/alerts", "/readyz", "/api/openapi.json"):
        assert SECRET not in console.get(path).text


def test_the_network_is_named_with_its_time_zone(console: Console) -> None:
    """The page shows both."""
    assert console.get("/api/network").json() == {"name": "三线视频卡口", "timezone": "Asia/Shanghai"}


def test_snapshots_and_clips_are_served_as_what_they_are(console: Console) -> None:
    """In whole, to be kept by the browser for minutes only."""
    console.keep_evidence("2026-11-24/ev-0001")

    snapshot = console.get("/evidence/2026-11-24/ev-0001/snapshot.jpg")
    clip = console.get("/evidence/2026-11-24/ev-0001/clip.mp4")

    assert (snapshot.status_code, snapshot.headers["content-type"]) == (200, "image/jpeg")
    assert (clip.status_code, clip.headers["content-type"]) == (200, "video/mp4")
    assert clip.content == (console.evidence / "2026-11-24/ev-0001/clip.mp4").read_bytes()
    assert clip.headers["cache-control"] == "private, max-age=600"


def test_a_player_may_ask_for_a_part_of_a_clip(console: Console) -> None:
    """Seeking needs ranges."""
    console.keep_evidence("2026-11-24/ev-0001")
    whole = (console.evidence / "2026-11-24/ev-0001/clip.mp4").read_bytes()

    part = console.get("/evidence/2026-11-24/ev-0001/clip.mp4", range="bytes=100-299")
    end = console.get("/evidence/2026-11-24/ev-0001/clip.mp4", range="bytes=-50")
    beyond = console.get("/evidence/2026-11-24/ev-0001/clip.mp4", range=f"bytes={len(whole)}-")

    assert (part.status_code, part.content) == (206, whole[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole)}"
    assert end.content == whole[-50:]
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        "/evidence/2026-11-24/ev-0001/clip.part",
        "/evidence/2026-11-24/ev-0001/nothing.jpg",
        "/evidence/2026-11-24/ev-0002/clip.mp4",
        "/evidence/2026-11-24/../record.sqlite",
        "/evidence/..%2f..%2frecord.sqlite/x/snapshot.jpg",
        "/evidence/2026-11-24/%2e%2e/snapshot.jpg",
        "/evidence/2026-11-24/..%2fev-0001/snapshot.jpg",
        "/evidence/2026-11-24/ev-0001/..%2fsnapshot.jpg",
        "/evidence//etc/passwd",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
    ],
)
def test_nothing_else_is_served(console: Console, path: str) -> None:
    """Only our files, only below the root, whatever a path is made of."""
    console.keep_evidence("2026-11-24/ev-0001")

    assert console.get(path).status_code == 404


def test_links_out_of_the_root_are_not_followed(tmp_path: Path) -> None:
    """Neither a linked file nor a linked folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "snapshot.jpg").write_bytes(b"secret")
    day = tmp_path / "root" / "2026-11-24"
    (day / "ev-1").mkdir(parents=True)
    (day / "ev-1" / "snapshot.jpg").symlink_to(outside / "snapshot.jpg")
    (day / "ev-2").symlink_to(outside, target_is_directory=True)
    (day / "ev-3").mkdir()
    (day / "ev-3" / "snapshot.jpg").write_bytes(b"ours")

    assert locate(tmp_path / "root", "2026-11-24", "ev-1", "snapshot.jpg") is None
    assert locate(tmp_path / "root", "2026-11-24", "ev-2", "snapshot.jpg") is None
    assert locate(tmp_path / "root", "2026-11-24", "ev-3", "snapshot.jpg") is not None
    assert locate(tmp_path / "root", "2026-11-24", "ev-3\x00", "snapshot.jpg") is None


def test_a_root_that_is_itself_a_link_is_served(tmp_path: Path) -> None:
    """Ops may keep footage on another disk."""
    (tmp_path / "disk" / "2026-11-24" / "ev-1").mkdir(parents=True)
    (tmp_path / "disk" / "2026-11-24" / "ev-1" / "snapshot.jpg").write_bytes(b"ours")
    (tmp_path / "root").symlink_to(tmp_path / "disk", target_is_directory=True)

    assert locate(tmp_path / "root", "2026-11-24", "ev-1", "snapshot.jpg") is not None


def test_health_is_told_in_status_codes(console: Console) -> None:
    """And in words: readiness names every reason."""
    assert console.get("/healthz").json() == {"ok": True, "node": "reporting"}
    eventually(lambda: console.get("/readyz").status_code == 200, "readiness")

    console.health.alive = False
    console.health.problems = ["worker-1: silent since 04:00:00 UTC", "redis: restarting"]

    assert console.get("/healthz").status_code == 503
    ready = console.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {"ok": False, "problems": ["worker-1: silent since 04:00:00 UTC", "redis: restarting"]}


def test_metrics_are_prometheus_text(console: Console) -> None:
    """As the composition root collects them."""
    answer = console.get("/metrics")

    assert answer.text == "ringwatch_up 1.0\n"
    assert answer.headers["content-type"].startswith("text/plain; version=")


def test_a_database_that_is_away_is_said_and_comes_back(console: Console) -> None:
    """503 with the reason; readiness is red; nothing needs a restart."""
    record = console.folder / "record.sqlite"
    eventually(lambda: console.get("/readyz").status_code == 200, "readiness")
    console.database.close()
    console.loads.close()
    hidden = record.rename(console.folder / "hidden")
    for leftover in console.folder.glob("record.sqlite-*"):
        leftover.unlink()
    record.mkdir()

    eventually(lambda: console.get("/readyz").status_code == 503, "red readiness")
    answer = console.get("/api/alerts")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["problem"]
    assert "console: the database" in console.get("/readyz").text

    record.rmdir()
    hidden.rename(record)
    eventually(lambda: console.get("/readyz").status_code == 200, "green readiness")
    assert console.get("/api/alerts").status_code == 200


def test_times_are_the_instants_on_record(console: Console) -> None:
    """In UTC on the wire; the page turns them into the network's time."""
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    console.record(raised(1, started_at=at, captured_at=at + timedelta(minutes=1)))

    alert = console.get("/api/alerts/ev-0001").json()["alert"]

    assert datetime.fromisoformat(alert["started_at"]) == at
    assert datetime.fromisoformat(alert["raised_at"]) == at + timedelta(minutes=1)
    assert alert["cleared_at"] is None


def test_a_clip_of_vp8_is_a_webm_file(console: Console) -> None:
    """Browsers play it nowhere else."""
    console.keep_evidence("2026-11-24/ev-0009", VP8)
    console.raise_alert(9, evidence="2026-11-24/ev-0009")

    clip = console.get("/api/alerts/ev-0009").json()["clip"]
    film = console.get(clip["url"])

    assert (clip["url"], clip["codec"]) == ("/evidence/2026-11-24/ev-0009/clip.webm", "vp8")
    assert film.headers["content-type"] == "video/webm"
    assert film.content == (console.evidence / "2026-11-24/ev-0009/clip.webm").read_bytes()


def test_where_a_vehicle_was_stands_on_its_alert(console: Console) -> None:
    """Latitude, longitude, speed and when; nothing for a camera that stays where it is."""
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    console.raise_alert(8, position=Position(lat=30.66, lon=104.06, speed_m_s=12.5, at=at))
    console.raise_alert(7)

    rows = {row["id"]: row["position"] for row in console.get("/api/alerts").json()["alerts"]}

    assert rows["ev-0008"] == {"lat": 30.66, "lon": 104.06, "speed_m_s": 12.5, "at": "2026-11-24T04:00:00Z"}
    assert rows["ev-0007"] is None
