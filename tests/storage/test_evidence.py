from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import pytest
from prometheus_client import CollectorRegistry

from ingest.messages import Packet
from storage.evidence import EvidenceStore
from storage.manifest import ClipState, Manifest, read
from storage.metrics import EvidenceMetrics
from storage.writer import EvidenceWriter
from tests.services import eventually
from tests.storage.events import Held, event, shot
from tests.storage.footage import GOP, START, film, play, reconnected, seen

FILM = film(40)
RAISED = event(12.0)  # on frame 120
FOLDER = "2026-11-24/ev-3f9a"


class Room:
    """A store with its clock and its numbers."""

    def __init__(self, root: Path, *, backlog: int = 4096) -> None:
        self.root = root
        self.now = START
        self.registry = CollectorRegistry()
        metrics = EvidenceMetrics(self.registry)
        self.store = EvidenceStore(root, metrics, clock=lambda: self.now, backlog=backlog)

    def number(self, name: str, **labels: str) -> float:
        """One metric's value; 0 when it has never been touched."""
        return self.registry.get_sample_value(f"ringwatch_storage_{name}", labels) or 0.0

    def manifest(self, folder: str = FOLDER) -> Manifest:
        """The manifest on the disk."""
        return read(self.root / folder)

    def settled(self, outcome: ClipState) -> bool:
        """Whether a clip has ended so."""
        return self.number("clips_total", outcome=outcome) > 0


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A store at work."""
    room = Room(tmp_path / "evidence")
    room.store.start()
    yield room
    assert room.store.close(5)


def record(room: Room, packets: tuple[Packet, ...] = FILM, *, raised_on: int = 122) -> str:
    """The event is noticed on frame `raised_on`; the camera goes on."""
    folder = room.store.open(RAISED, shot(), Held(packets=packets[: raised_on + 1]))
    for packet in packets[raised_on:]:
        room.store.feed(packet)
    return folder


def test_a_clip_shows_ten_seconds_before_and_after(room: Room) -> None:
    """From the keyframe at or before 10 s earlier, to 10 s later."""
    folder = record(room)
    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")

    playback = play(room.root / folder / "clip.mp4")

    assert folder == FOLDER
    assert seen(playback.greys, range(20, 221))
    assert 20 <= playback.times_s[-1] + 0.1 <= 20 + GOP / 10
    assert playback.payloads[1:] == tuple(packet.payload for packet in FILM[21:221])


def test_the_manifest_says_what_the_folder_holds(room: Room) -> None:
    """Whose it is, when it was, and a fingerprint of every file."""
    record(room)
    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")

    manifest = room.manifest()
    clip = manifest.clip

    assert (manifest.event, manifest.camera, manifest.rule, manifest.zone) == ("ev-3f9a", "gate", "post.absent", "post")
    assert (manifest.started_at, manifest.raised_at) == (RAISED.started_at, RAISED.captured_at)
    assert (clip.state, clip.codec, clip.width, clip.height, clip.packets) == ("complete", "h264", 320, 180, 201)
    assert (clip.begins_at, clip.ends_at) == (START + timedelta(seconds=2), START + timedelta(seconds=22))
    assert sorted(manifest.files) == ["clip.mp4", "snapshot.jpg"]
    for name, entry in manifest.files.items():
        content = (room.root / FOLDER / name).read_bytes()
        assert (entry.sha256, entry.bytes) == (hashlib.sha256(content).hexdigest(), len(content))


def test_nothing_else_is_left_in_the_folder(room: Room) -> None:
    """Parts and half-written files are gone when the clip is done."""
    record(room)
    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")

    assert sorted(p.name for p in (room.root / FOLDER).iterdir()) == ["clip.mp4", "manifest.json", "snapshot.jpg"]


def test_the_snapshot_is_there_long_before_the_clip(room: Room) -> None:
    """The duty room sees the picture at once; the manifest says that the clip is being recorded."""
    room.store.open(RAISED, shot(), Held(packets=FILM[:123]))

    eventually((room.root / FOLDER / "manifest.json").exists, "the manifest")
    picture = cv2.imread(str(room.root / FOLDER / "snapshot.jpg"))

    assert picture is not None
    assert picture.shape == (360, 640, 3)
    assert room.manifest().clip.state is ClipState.RECORDING
    assert room.number("open_clips") == 1


def test_two_events_of_one_camera_have_a_clip_each(room: Room) -> None:
    """The second begins while the first still runs."""
    room.store.open(RAISED, shot(), Held(packets=FILM[:121]))
    for packet in FILM[121:170]:
        room.store.feed(packet)
    later = event(16.5, id="ev-77", zone="barrier")
    room.store.open(later, shot(), Held(packets=FILM[:170]))
    for packet in FILM[170:300]:
        room.store.feed(packet)

    eventually(lambda: room.number("clips_total", outcome="complete") == 2, "both clips")
    assert seen(play(room.root / FOLDER / "clip.mp4").greys, range(20, 221))
    assert seen(play(room.root / "2026-11-24/ev-77/clip.mp4").greys, range(60, 266))


def test_other_cameras_packets_stay_out(room: Room) -> None:
    """Each clip is of one camera."""
    room.store.open(RAISED, shot(), Held(packets=FILM[:123]))
    for packet in FILM[123:]:
        room.store.feed(replace(packet, camera="pier"))
        room.store.feed(packet)

    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")
    assert room.manifest().clip.packets == 201


def test_a_camera_without_open_clips_costs_nothing(room: Room) -> None:
    """Its packets are not even queued."""
    for packet in FILM:
        room.store.feed(packet)

    assert not room.root.exists() or not list(room.root.iterdir())


def test_a_reconnect_ends_the_clip_where_it_happened(room: Room) -> None:
    """What came before it plays; the manifest says why there is no more."""
    record(room, (*FILM[:160], *reconnected(FILM[160:])))
    eventually(lambda: room.settled(ClipState.CUT), "the clip")

    assert seen(play(room.root / FOLDER / "clip.mp4").greys, range(20, 160))
    assert room.manifest().clip.reason == "the stream began anew"


def test_a_reconnect_before_the_event_leaves_what_followed_it(room: Room) -> None:
    """The moment itself matters more than the seconds before."""
    record(room, (*FILM[:80], *reconnected(FILM[80:])))
    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")

    assert seen(play(room.root / FOLDER / "clip.mp4").greys, range(80, 221))


def test_a_camera_that_goes_silent_still_gets_its_clip(room: Room) -> None:
    """Nobody waits for packets that may never come."""
    record(room, FILM[:150])
    room.now = START + timedelta(seconds=28)

    eventually(lambda: room.settled(ClipState.CUT), "the clip")
    assert seen(play(room.root / FOLDER / "clip.mp4").greys, range(20, 150))
    assert room.manifest().clip.reason == "the camera went silent"


def test_an_event_without_a_picture_has_a_clip_alone(room: Room) -> None:
    """A camera that went dark has no frame to show."""
    room.store.open(RAISED, None, Held(packets=FILM[:123]))
    for packet in FILM[123:]:
        room.store.feed(packet)

    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")
    assert sorted(room.manifest().files) == ["clip.mp4"]


def test_an_event_without_packets_says_so(room: Room) -> None:
    """A camera that never sent a keyframe has a snapshot at most."""
    room.store.open(RAISED, shot(), Held())
    room.now = START + timedelta(minutes=1)

    eventually(lambda: room.settled(ClipState.MISSING), "the end of waiting")
    assert room.manifest().clip.state is ClipState.MISSING
    assert sorted(p.name for p in (room.root / FOLDER).iterdir()) == ["manifest.json", "snapshot.jpg"]


def test_closing_ends_open_clips_early_but_validly(tmp_path: Path) -> None:
    """A node that stops leaves nothing unplayable."""
    room = Room(tmp_path)
    room.store.start()
    record(room, FILM[:150])

    assert room.store.close(5)

    assert seen(play(room.root / FOLDER / "clip.mp4").greys, range(20, 150))
    assert room.manifest().clip.reason == "the node stopped"
    assert room.number("open_clips") == 0


def test_closing_twice_or_unstarted_is_harmless(tmp_path: Path) -> None:
    """The composition root closes whatever it built."""
    room = Room(tmp_path)
    assert room.store.close(0.1)
    assert room.store.close(0.1)


def test_after_closing_events_go_on_without_evidence(tmp_path: Path) -> None:
    """The alert's folder is named all the same; nothing is raised at the caller."""
    room = Room(tmp_path)
    room.store.start()
    room.store.close(5)

    assert room.store.open(RAISED, shot(), Held(packets=FILM)) == FOLDER
    room.store.feed(FILM[0])
    assert room.number("clips_total", outcome="dropped") == 1
    assert room.number("snapshots_total", outcome="dropped") == 1


def test_a_full_backlog_cuts_the_clip_and_is_counted(tmp_path: Path) -> None:
    """Evidence is best effort: the camera never waits for the disk, and no film has a hole in it."""
    room = Room(tmp_path, backlog=60)
    room.store.open(RAISED, shot(), Held(packets=FILM[:123]))  # nobody takes requests yet
    for packet in FILM[123:190]:
        room.store.feed(packet)
    room.store.start()
    eventually(lambda: room.number("open_clips") == 1, "the writer")
    eventually(lambda: not room.store.waiting, "an empty backlog")
    room.store.feed(FILM[190])

    eventually(lambda: room.settled(ClipState.CUT), "the clip")
    assert room.number("dropped_packets_total") == 67 - 59
    assert seen(play(tmp_path / FOLDER / "clip.mp4").greys, range(20, 182))
    assert room.manifest().clip.reason == "packets were dropped, the disk is too slow"
    room.store.close(5)


def test_events_beyond_the_backlog_are_dropped_and_counted(tmp_path: Path) -> None:
    """Even then the caller is not held up and gets its folder."""
    room = Room(tmp_path, backlog=1)

    folders = [room.store.open(event(12, id=f"ev-{n}"), shot(), Held(packets=FILM[:123])) for n in range(3)]

    assert folders == [f"2026-11-24/ev-{n}" for n in range(3)]
    assert room.number("clips_total", outcome="dropped") == 2


def in_the_way_of_the_root(root: Path) -> None:
    root.parent.mkdir(exist_ok=True)
    root.write_text("a file where the folder should be")


def in_the_way_of_the_part(root: Path) -> None:
    (root / FOLDER).mkdir(parents=True)
    (root / FOLDER / "clip.part").symlink_to("/dev/full")


def in_the_way_of_the_clip(root: Path) -> None:
    (root / FOLDER / "clip.mp4.tmp").mkdir(parents=True)


@pytest.mark.parametrize("obstacle", [in_the_way_of_the_root, in_the_way_of_the_part, in_the_way_of_the_clip])
def test_errors_of_the_disk_are_counted_and_the_next_event_is_tried(
    tmp_path: Path, obstacle: Callable[[Path], None]
) -> None:
    """A disk that is full, read-only or broken costs the picture, never the alert or the thread."""
    room = Room(tmp_path / "evidence")
    obstacle(room.root)
    room.store.start()
    record(room)
    eventually(lambda: room.settled(ClipState.MISSING), "the failure")
    assert room.number("errors_total") > 0

    if room.root.is_file():
        room.root.unlink()
    room.store.open(event(13, id="ev-next"), shot(), Held(packets=FILM[:131]))
    for packet in FILM[131:]:
        room.store.feed(packet)
    eventually(lambda: room.settled(ClipState.COMPLETE), "the next clip")
    assert room.store.close(5)
    assert room.number("open_clips") == 0


def test_a_clip_that_fails_in_its_pre_roll_costs_the_camera_s_other_clip_nothing(room: Room) -> None:
    """It ended twice: the other one's packets were wanted by nobody any more."""
    in_the_way_of_the_part(room.root)
    room.store.open(event(12, id="ev-other"), shot(), Held(packets=FILM[:123]))
    room.store.open(RAISED, shot(), Held(packets=FILM[:123]))
    room.store.open(event(12, id="ev-later", camera="yard"), shot(), Held())
    eventually(lambda: room.number("snapshots_total", outcome="written") == 3, "what was asked after the failure")

    for packet in FILM[123:]:
        room.store.feed(packet)

    eventually(lambda: room.settled(ClipState.COMPLETE), "the other clip")
    assert room.settled(ClipState.MISSING)
    assert room.manifest("2026-11-24/ev-other").clip.state is ClipState.COMPLETE


def test_a_mistake_of_ours_costs_one_event_its_evidence(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not that camera's packets a place in the queue for ever, nor the others their evidence."""
    with monkeypatch.context() as broken:
        broken.setattr("storage.writer.draw", lambda *_: 1 / 0)
        broken.setattr(EvidenceWriter, "end_overdue", lambda _: 1 / 0)
        record(room)
        eventually(lambda: room.number("errors_total") >= 2, "both mistakes")
    eventually(lambda: not room.store.waiting, "all is taken")
    room.store.feed(FILM[-1])
    assert room.store.waiting == 0

    room.store.open(event(13, id="ev-next"), shot(), Held(packets=FILM[:131]))
    for packet in FILM[131:]:
        room.store.feed(packet)
    eventually(lambda: room.settled(ClipState.COMPLETE), "the next clip")


def test_what_could_not_be_finished_is_finished_at_the_next_start(tmp_path: Path) -> None:
    """The part stays until its film is safe."""
    first = Room(tmp_path)
    in_the_way_of_the_clip(tmp_path)
    first.store.start()
    record(first)
    eventually(lambda: first.settled(ClipState.MISSING), "the failure")
    first.store.close(5)
    (tmp_path / FOLDER / "clip.mp4.tmp").rmdir()

    second = Room(tmp_path)
    second.store.start()

    eventually(lambda: second.number("clips_recovered_total") == 1, "the recovery")
    assert seen(play(tmp_path / FOLDER / "clip.mp4").greys, range(20, 221))
    assert not (tmp_path / FOLDER / "clip.part").exists()
    second.store.close(5)


def test_two_processes_may_share_one_root(room: Room) -> None:
    """One that starts leaves alone what the other is recording."""
    room.store.open(RAISED, shot(), Held(packets=FILM[:123]))
    eventually((room.root / FOLDER / "manifest.json").exists, "the manifest")

    other = Room(room.root)
    other.store.start()
    other.store.close(5)
    for packet in FILM[123:]:
        room.store.feed(packet)

    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")
    assert other.number("clips_recovered_total") == 0
    assert room.manifest().clip.packets == 201


def test_a_folder_never_leaves_the_root(tmp_path: Path) -> None:
    """Ids are ours, but a path is made of them."""
    store = Room(tmp_path).store
    for odd in ("../../etc", "ev/1", "", ".hidden", "ev 1", "ev-\x00"):
        with pytest.raises(ValueError, match="cannot name a folder"):
            store.folder_for(event(id=odd))


def test_all_phases_of_an_event_share_a_folder(tmp_path: Path) -> None:
    """It is named after the day of its start, in UTC, and its id."""
    store = Room(tmp_path).store
    cleared = replace(RAISED, captured_at=RAISED.captured_at + timedelta(days=2))

    assert store.folder_for(RAISED) == store.folder_for(cleared) == FOLDER
    beijing = replace(RAISED, started_at=datetime.fromisoformat("2026-11-25T07:00:00+08:00"))
    assert store.folder_for(beijing) == FOLDER


def test_a_manifest_is_plain_json(room: Room) -> None:
    """Others read it too: versioned, times with their zone."""
    record(room)
    eventually(lambda: room.settled(ClipState.COMPLETE), "the clip")

    body = json.loads((room.root / FOLDER / "manifest.json").read_text())

    assert body["v"] == 1
    assert body["raised_at"] == "2026-11-24T04:00:12+00:00"
    assert body["clip"]["state"] == "complete"
