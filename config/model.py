"""The network as validated, frozen values: what every other room reads.

Field names are the YAML's keys. Times are `timedelta`; coordinates are fractions of the picture, origin top left.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from config.base import Frozen, Ring, Severity
from config.durations import SHAPE, WRITTEN
from config.duty import Duty, Roster, Shift
from config.incidents import Incidents
from config.labels import GROUPS, Classes, Label
from config.notify import Notify
from config.out_of_service import OutOfService
from config.posts import Post
from config.redact import quoted
from config.rules import (
    AnyRule,
    CameraHealth,
    Crowd,
    Fall,
    GuardGap,
    Intrusion,
    LeftObject,
    LineCross,
    LineRule,
    Loitering,
    QueueLength,
    RemovedObject,
    RuleBase,
    StoppedVehicle,
    Unusual,
    WrongWay,
)
from config.tokens import token_of
from config.watching import Watching
from config.zones import Fraction, Point, Zone

__all__ = [  # what stands in modules of its own, and is read through this one
    "GROUPS",
    "AnyRule",
    "CameraHealth",
    "Classes",
    "Crowd",
    "Duty",
    "Fall",
    "Frozen",
    "GuardGap",
    "Intrusion",
    "Label",
    "LeftObject",
    "LineCross",
    "LineRule",
    "Loitering",
    "Notify",
    "Point",
    "Post",
    "QueueLength",
    "RemovedObject",
    "Ring",
    "Roster",
    "RuleBase",
    "Severity",
    "Shift",
    "StoppedVehicle",
    "Unusual",
    "WrongWay",
    "Zone",
]
CameraId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Keeping = Annotated[timedelta, Field(ge=timedelta(hours=1)), WRITTEN, SHAPE]
Heartbeat = Annotated[timedelta, Field(ge=timedelta(milliseconds=200), le=timedelta(seconds=60)), WRITTEN, SHAPE]
AskedEvery = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=10)), WRITTEN, SHAPE]
PositionAge = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1)), WRITTEN, SHAPE]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Timeout = Annotated[timedelta, Field(ge=timedelta(milliseconds=100), le=timedelta(minutes=5)), WRITTEN, SHAPE]


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(f"{quoted(text)} is not an address: write for example 192.0.2.10") from None


IPAddress = Annotated[str, AfterValidator(_ip)]
ScaleRow = tuple[Fraction, Annotated[float, Field(gt=0, le=1, strict=True)]]  # the y of its base, how high it is there


def _on_two_rows(rows: tuple[ScaleRow, ScaleRow]) -> tuple[ScaleRow, ScaleRow]:
    if abs(rows[0][0] - rows[1][0]) < 0.05:
        raise ValueError("the two rows are the same, or nearly: measure one thing near by, and one far away")
    return rows


ScaleRows = Annotated[tuple[ScaleRow, ScaleRow], AfterValidator(_on_two_rows)]


class Stream(Frozen):
    """Where a camera's packets come from. Detection reads `sub`, recording `main`; one may stand for both."""

    main: str | None = None
    sub: str | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    open_timeout: Timeout = timedelta(seconds=10)
    read_timeout: Timeout = timedelta(seconds=10)
    decode: Literal["on_demand", "always"] = "on_demand"  # a quiet camera by keyframes alone, or every packet
    hwaccel: Literal["none", "auto", "cuda", "qsv", "vaapi", "drm", "amf"] = "none"  # the device asked to decode

    @property
    def analysis_url(self) -> str:
        """The URL frames are analysed from; `check` has made sure that one is set."""
        return self.sub or self.main or ""

    @property
    def recording_url(self) -> str:
        """The URL evidence and recordings are copied from."""
        return self.main or self.sub or ""

    @property
    def is_recorded_apart(self) -> bool:
        """Whether another stream is recorded than analysed."""
        return self.recording_url != self.analysis_url


class PositionSource(Frozen):
    """Where a moving camera's position comes from: its own feed (WHIP's data channel), or an address that is asked."""

    url: str | None = None  # answers with JSON {lat, lon, speed, at}; without it the feed brings the position
    every: AskedEvery = timedelta(seconds=5)
    max_age: PositionAge = timedelta(seconds=60)  # an older position does not stand on an alert


class Camera(Frozen):
    """One camera and everything that is watched on it."""

    id: CameraId
    name: str = Field(min_length=1)
    ring: Ring
    cell: str = ""  # small grid cell
    uplink: str = ""  # what it shares with others that would go dark together
    mobile: bool = Field(default=False, strict=True)  # it moves: no zone of its picture stays where it is
    sample: str = ""  # which sample clip `ringwatch simulate` serves for it; "" takes its turn
    heartbeat: Heartbeat = timedelta(seconds=2)
    scale: dict[Label, ScaleRows] = Field(
        default_factory=dict
    )  # how high things are, where; boxes far from it are mistakes
    stream: Stream
    position: PositionSource = PositionSource()
    zones: dict[str, Zone] = Field(default_factory=dict)
    posts: tuple[Post, ...] = ()
    rules: tuple[AnyRule, ...] = ()

    @property
    def token(self) -> str | None:
        """The bearer token with which its vehicle calls, where one does (WHIP)."""
        return token_of(self.stream.sub) or token_of(self.stream.main)


class NetworkInfo(Frozen):
    """What the network is called and how many cameras each ring must have."""

    name: str = "ringwatch"
    timezone: str = "Asia/Shanghai"
    rings: dict[Ring, Annotated[int, Field(strict=True, ge=0)]] | None = None


class DetectorChoice(Frozen):
    """Which model finds things: `auto`, an installed model's name, or a path to a file or folder."""

    model: str = "auto"
    threshold: float = Field(default=0.4, gt=0, lt=1, strict=True)


class Queue(Frozen):
    """Where alerts are queued; no `url` means that the node runs its own redis-server."""

    url: str | None = None
    ca: str | None = None  # PEM file; with rediss:// and without it, the machine's own certificates are trusted


class Storage(Frozen):
    """Where alerts are recorded, and when footage expires."""

    database: str | None = None  # sqlite:///… or postgresql://…; None is SQLite in the node's data folder
    keep_evidence: Keeping = timedelta(days=30)


class Whip(Frozen):
    """Where vehicles call to send their cameras (WHIP, RFC 9725). Runs only if a camera's stream is `whip:`."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Port = 8889
    addresses: tuple[IPAddress, ...] = ()  # that media come in on, bound and offered; none: every one but loopback's
    ports: tuple[Port, Port] | None = None  # UDP ports for media, from and to; None: any free one
    certificate: str | None = None  # PEM files; without them HTTP, for a proxy that adds TLS
    key: str | None = None


class Cell(Frozen):
    """One cell of the grid of responsibility."""

    id: str
    name: str = ""
    responsible: str  # a post or an office, never a person's name
    within: str = ""  # the next larger cell


class Grid(Frozen):
    """Who is responsible where: every small cell lies within a middle one, every middle one within a large one."""

    large: tuple[Cell, ...] = ()
    middle: tuple[Cell, ...] = ()
    small: tuple[Cell, ...] = ()


class Network(Frozen):
    """The whole configuration."""

    network: NetworkInfo = NetworkInfo()
    detector: DetectorChoice = DetectorChoice()
    queue: Queue = Queue()
    storage: Storage = Storage()
    whip: Whip = Whip()
    grid: Grid = Grid()
    roster: Roster = Roster()
    duty: Duty = Duty()
    notify: Notify = Notify()
    watching: Watching = Watching()
    incidents: Incidents = Incidents()
    out_of_service: tuple[OutOfService, ...] = ()
    cameras: tuple[Camera, ...]

    @property
    def zone_info(self) -> ZoneInfo:
        """The network's time zone."""
        return ZoneInfo(self.network.timezone)

    def camera(self, camera_id: str) -> Camera:
        """The camera called `camera_id`.

        Raises:
            KeyError: there is none.
        """
        for camera in self.cameras:
            if camera.id == camera_id:
                return camera
        raise KeyError(camera_id)
