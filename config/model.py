"""The network as validated, frozen values: what every other room reads.

Field names are the YAML's keys. Times are `timedelta`; coordinates are fractions of the picture, origin top left.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from config.base import Frozen, Ring, Severity
from config.durations import SHAPE, WRITTEN, Duration
from config.duty import Duty, Roster, Shift
from config.hours import Hours, WeeklyHours
from config.incidents import Incidents
from config.notify import Notify
from config.out_of_service import OutOfService
from config.relief import ReliefTime
from config.tokens import token_of
from config.watching import Watching
from config.window import Window

__all__ = ["Duty", "Frozen", "Notify", "Ring", "Roster", "Severity", "Shift"]  # they stand in modules of their own
Fraction = Annotated[float, Field(ge=0, le=1, strict=True)]
Point = tuple[Fraction, Fraction]
CameraId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
PostTime = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=30)), WRITTEN, SHAPE]
Keeping = Annotated[timedelta, Field(ge=timedelta(hours=1)), WRITTEN, SHAPE]
Heartbeat = Annotated[timedelta, Field(ge=timedelta(milliseconds=200), le=timedelta(seconds=60)), WRITTEN, SHAPE]
AskedEvery = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=10)), WRITTEN, SHAPE]
PositionAge = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1)), WRITTEN, SHAPE]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Dwell = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(hours=1)), WRITTEN, SHAPE]
RuleTime = Annotated[timedelta, Field(ge=timedelta(milliseconds=200), le=timedelta(hours=24)), WRITTEN, SHAPE]
Timeout = Annotated[timedelta, Field(ge=timedelta(milliseconds=100), le=timedelta(minutes=5)), WRITTEN, SHAPE]


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an address: write for example 192.0.2.10") from None


IPAddress = Annotated[str, AfterValidator(_ip)]


class Label(StrEnum):
    """The allow-list of object classes. A model may know only a group (`vehicle`, `bike`)."""

    PERSON = "person"
    VEHICLE = "vehicle"
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"
    BIKE = "bike"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    BAG = "bag"
    ANIMAL = "animal"


ScaleRow = tuple[Fraction, Annotated[float, Field(gt=0, le=1, strict=True)]]  # the y of its base, how high it is there


def _on_two_rows(rows: tuple[ScaleRow, ScaleRow]) -> tuple[ScaleRow, ScaleRow]:
    if abs(rows[0][0] - rows[1][0]) < 0.05:
        raise ValueError("the two rows are the same, or nearly: measure one thing near by, and one far away")
    return rows


ScaleRows = Annotated[tuple[ScaleRow, ScaleRow], AfterValidator(_on_two_rows)]
Classes = Annotated[tuple[Label, ...], Field(min_length=1)]
GROUPS: dict[Label, frozenset[Label]] = {
    Label.VEHICLE: frozenset({Label.CAR, Label.BUS, Label.TRUCK}),
    Label.BIKE: frozenset({Label.BICYCLE, Label.MOTORCYCLE}),
}


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


class PositionSource(Frozen):
    """Where a moving camera's position comes from: its own feed (WHIP's data channel), or an address that is asked."""

    url: str | None = None  # answers with JSON {lat, lon, speed, at}; without it the feed brings the position
    every: AskedEvery = timedelta(seconds=5)
    max_age: PositionAge = timedelta(seconds=60)  # an older position does not stand on an alert


class Zone(Frozen):
    """A part of the picture, as a simple polygon."""

    polygon: tuple[Point, ...] = Field(min_length=3)


class RuleBase(Frozen):
    """What every rule has: when it is on, how urgent it is, and how often it is told again while it lasts."""

    hours: WeeklyHours = Hours()
    severity: Severity = Severity.HIGH
    realert_every: Duration | None = None


GUARDS = {"single": 1, "double": 2}


class Post(RuleBase):
    """A guarded place: a zone, who must be there, and for how long it may be otherwise."""

    zone: str
    guards: Literal["single", "double"] | None = None  # another way to say min_guards: 1 or 2
    min_guards: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    absent_after: PostTime | None = timedelta(seconds=60)
    asleep_after: PostTime | None = None
    understaffed_after: PostTime | None = timedelta(minutes=3)  # where more than one must be there
    relief: ReliefTime | None = (
        None  # no time counts from so long before each change of the roster's shifts until after
    )

    @model_validator(mode="before")
    @classmethod
    def _say_guards_as_a_number(cls, given: Any) -> Any:
        guards = given.get("guards") if isinstance(given, dict) else None
        number = GUARDS.get(guards) if isinstance(guards, str) else None
        if number is None:
            return given
        if given.get("min_guards", number) != number:
            raise ValueError(
                f"guards: {guards} means min_guards: {number}, not {given['min_guards']}: remove one of them"
            )
        return {**given, "min_guards": number}


class ZoneRule(RuleBase):
    """A rule about one zone."""

    zone: str


class PictureRule(RuleBase):
    """A rule about one zone, or about the whole picture."""

    zone: str = ""


class LineRule(RuleBase):
    """A rule about a line, seen along it from its first point."""

    line: tuple[Point, ...] = Field(min_length=2)


class Intrusion(ZoneRule):
    """Somebody or something in a zone where nobody should be, for longer than `dwell`."""

    rule: Literal["intrusion"]
    classes: Classes = (Label.PERSON,)
    dwell: Dwell = timedelta(seconds=2)


class Loitering(ZoneRule):
    """Somebody stays in a zone for longer than `after`."""

    rule: Literal["loitering"]
    classes: Classes = (Label.PERSON,)
    after: RuleTime = timedelta(seconds=60)


class LineCross(LineRule):
    """Something crosses a line."""

    rule: Literal["line_cross"]
    classes: Classes = (Label.PERSON,)
    direction: Literal["left_to_right", "right_to_left", "both"] = "both"


class WrongWay(LineRule):
    """Something crosses a line in the forbidden direction."""

    rule: Literal["wrong_way"]
    forbidden: Literal["left_to_right", "right_to_left"]
    classes: Classes = (Label.VEHICLE,)


class StoppedVehicle(ZoneRule):
    """A vehicle stands in a zone for longer than `after`."""

    rule: Literal["stopped_vehicle"]
    classes: Classes = (Label.VEHICLE,)
    after: RuleTime = timedelta(seconds=60)


class QueueLength(ZoneRule):
    """At least `vehicles` stand in a zone for longer than `after`."""

    rule: Literal["queue"]
    vehicles: Annotated[int, Field(strict=True, ge=1, le=1000)] = 5
    after: RuleTime = timedelta(seconds=60)


class Crowd(ZoneRule):
    """At least `count` people are in a zone for longer than `after`."""

    rule: Literal["crowd"]
    count: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 10
    after: RuleTime = timedelta(seconds=10)


class LeftObject(ZoneRule):
    """A thing lies unattended for longer than `after`."""

    rule: Literal["left_object"]
    after: RuleTime = timedelta(seconds=60)


class RemovedObject(ZoneRule):
    """A thing that lay there has been gone for longer than `after`."""

    rule: Literal["removed_object"]
    after: RuleTime = timedelta(seconds=10)


class Fall(PictureRule):
    """Somebody has fallen and does not get up within `after`."""

    rule: Literal["fall"]
    after: RuleTime = timedelta(seconds=10)


class GuardGap(ZoneRule):
    """Anybody or anything in a zone in its dead hours."""

    rule: Literal["guard_gap"]
    classes: Classes = (Label.PERSON, Label.VEHICLE)
    dwell: Dwell = timedelta(seconds=1)  # one mistaken detection is nobody


class Unusual(PictureRule):
    """Counts unlike what this camera has at this hour of the week."""

    rule: Literal["unusual"]
    classes: Classes = (Label.PERSON, Label.VEHICLE)
    window: Window = timedelta(minutes=15)


class CameraHealth(RuleBase):
    """Something is wrong with a camera's stream or picture for longer than `after`. On by default for every camera."""

    rule: Literal[
        "camera.offline",
        "camera.stalled",
        "camera.late",
        "camera.frozen",
        "camera.covered",
        "camera.dark",
        "camera.defocused",
        "camera.moved",
        "camera.undecodable",
    ]
    after: Duration = timedelta(seconds=30)


AnyRule = Annotated[
    Intrusion
    | Loitering
    | LineCross
    | WrongWay
    | StoppedVehicle
    | QueueLength
    | Crowd
    | LeftObject
    | RemovedObject
    | Fall
    | GuardGap
    | Unusual
    | CameraHealth,
    Field(discriminator="rule"),
]


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
