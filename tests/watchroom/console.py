"""A console at work: the real database, real files, a real server on a free port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from alerts.house import House
from alerts.load_book import LoadBook
from alerts.messages import Delivery, Occurrence
from config.model import Camera, Network, NetworkInfo, Ring, Severity, Stream
from detect.messages import Phase
from storage.database import Database
from storage.finishing import finish_clip
from storage.load_records import LoadRecords
from storage.manifest import PART, SNAPSHOT, ClipEntry, ClipState, Manifest, write
from storage.muxer import GrowingClip
from storage.snapshot import as_jpeg, draw
from tests.storage.events import event, shot
from tests.storage.footage import FilmKind, film
from watchroom.app import create_app
from watchroom.attendance import Attendance
from watchroom.server import serve

SECRET = "10.0.1.11"


def camera(name: str, place: str, ring: Ring) -> Camera:
    """One camera of the test network."""
    return Camera(id=name, name=place, ring=ring, cell="s-017", stream=Stream(main=f"rtsp://u:p@{SECRET}/main"))


NETWORK = Network(
    network=NetworkInfo(name="三线视频卡口", timezone="Asia/Shanghai"),
    cameras=(
        camera("inner-01", "东门卡口", Ring.INNER),
        camera("inner-02", "西门卡口", Ring.INNER),
        camera("outer-01", "县界一号卡口", Ring.OUTER),
        camera("vehicle-01", "巡逻一车", Ring.VEHICLE),
    ),
)


@dataclass(slots=True, kw_only=True)
class Row:
    """A camera as its worker reports it."""

    id: str
    name: str
    ring: Ring
    state: str = "live"
    reason: str = ""
    since: str = ""


@dataclass(slots=True)
class NodeHealth:
    """A node whose health a test decides."""

    alive: bool = True
    problems: list[str] = field(default_factory=list)
    rows: Sequence[Row] = ()

    def live(self) -> tuple[bool, dict[str, object]]:
        """Whether the node runs."""
        return self.alive, {"node": "reporting" if self.alive else "silent"}

    def ready(self) -> tuple[bool, dict[str, object]]:
        """Whether alerts get through."""
        return not self.problems, {"problems": list(self.problems)}

    def cameras(self) -> Sequence[Row]:
        """What the workers report."""
        return self.rows


@dataclass(slots=True)
class Console:
    """A console and what stands behind it."""

    folder: Path
    database: Database
    health: NodeHealth
    loads: LoadRecords
    network: Network = NETWORK
    port: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    entries: int = 0
    nudge: Callable[[], None] = field(default=lambda: None)  # as the desk does after a commit
    attendance: Attendance | None = None
    operators: int = 1
    closed: list[str] = field(default_factory=list)  # why connections and pages were ended

    @property
    def url(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def evidence(self) -> Path:
        """The evidence root."""
        return self.folder / "evidence"

    def get(self, path: str, **headers: str) -> httpx.Response:
        """One request."""
        return httpx.get(self.url + path, headers=headers, timeout=10)

    def start(self) -> None:
        """Serve, on the port of before if there was one."""
        self.stop.clear()
        listening = threading.Event()

        def ready(port: int) -> None:
            self.port = port
            listening.set()

        app = create_app(
            self.database,
            self.evidence,
            self.network,
            self.health,
            lambda: b"ringwatch_up 1.0\n",
            load_of(self),
            hosts={"127.0.0.1"},
            closed=self.closed.append,
        )
        self.nudge = app.state.feed.nudge
        self.attendance = app.state.attendance
        self.thread = threading.Thread(
            target=serve,
            args=(app, "127.0.0.1", self.port, self.stop),
            kwargs={"ready": ready, "closed": self.closed.append},
            name="console",
        )
        self.thread.start()
        assert listening.wait(10), "the console does not listen"

    def end(self) -> None:
        """Stop serving."""
        self.stop.set()
        if self.thread is not None:
            self.thread.join(10)
            assert not self.thread.is_alive(), "the console does not end"

    def signs(self) -> Mapping[str, datetime]:
        """Signs of somebody at the console, since this was asked last."""
        assert self.attendance is not None
        return self.attendance.signs()

    def record(self, *occurrences: Occurrence) -> None:
        """Put occurrences on record, as the desk does."""
        deliveries = []
        for occurrence in occurrences:
            self.entries += 1
            deliveries.append(Delivery(entry=f"{self.entries}-0", occurrence=occurrence, origin=None))
        self.database.record(deliveries)

    def raise_alert(self, number: int, **changes: object) -> Occurrence:
        """Record a raised alert."""
        made = raised(number, **changes)
        self.record(made)
        return made

    def keep_evidence(self, folder: str, kind: FilmKind | None = None, *, finished: bool = True) -> None:
        """Write a snapshot and a clip for an alert."""
        place = self.evidence / folder
        place.mkdir(parents=True, exist_ok=True)
        about = event()
        (place / SNAPSHOT).write_bytes(as_jpeg(draw(shot(), about)))
        manifest = Manifest(
            event=place.name,
            camera="inner-01",
            rule="post.absent",
            zone="post",
            severity="high",
            started_at=about.started_at,
            raised_at=about.captured_at,
            clip=ClipEntry(state=ClipState.RECORDING),
        )
        write(place, manifest)
        if finished:
            with GrowingClip(place / PART) as clip:
                packets = film(6, kind or FilmKind())
                assert clip.begin(packets[0])
                for packet in packets:
                    clip.add(packet, packet.pts_ticks or 0, packet.dts_ticks or 0)
                clip.close()
                finish_clip(place, manifest, ClipEntry(state=ClipState.COMPLETE))


def load_of(console: Console) -> LoadBook:
    """The load of what is on the console's record, for as many operators as the test says."""
    return LoadBook(console.loads, lambda: datetime.now(UTC), lambda _at: console.operators)


def raised(number: int, **changes: object) -> Occurrence:
    """The alert of that number, raised a minute and a few seconds ago, on the first camera unless told otherwise.

    Each is about a zone of its own: repeats would fold into one.
    """
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=65 - number)
    fields: dict[str, object] = {
        "id": f"ev-{number:04d}",
        "rev": 1,
        "camera": "inner-01",
        "camera_name": "东门卡口",
        "ring": Ring.INNER,
        "cell": "s-017",
        "rule": "post.absent",
        "zone": "post" if number == 1 else f"post-{number}",
        "phase": Phase.RAISED,
        "severity": Severity.HIGH,
        "started_at": at - timedelta(seconds=60),
        "captured_at": at,
        "raised_at": at,
        "detail": {"absent_s": 60.0, "min_guards": 1},
        "evidence": f"2026-11-24/ev-{number:04d}",
    }
    return Occurrence(**{**fields, **changes})  # type: ignore[arg-type]


@contextmanager
def console_in(folder: Path) -> Iterator[Console]:
    """A console that serves until the block ends."""
    url = f"sqlite:///{folder / 'record.sqlite'}"
    database = Database(url, house=House())
    database.create()
    rows = tuple(Row(id=one.id, name=one.name, ring=one.ring) for one in NETWORK.cameras)
    console = Console(folder, database, NodeHealth(rows=rows), LoadRecords(url))
    console.start()
    try:
        yield console
    finally:
        console.end()
        console.loads.close()
        database.close()
