"""The network as validated, frozen values: what every other room reads.

Field names are the YAML's keys. Times are `timedelta`; coordinates are fractions of the picture, origin top left.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from config.durations import Duration
from config.hours import Hours

Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
CameraId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
SECOND = timedelta(seconds=1)


class Frozen(BaseModel):
    """A value that is checked once and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Ring(StrEnum):
    """Which ring of checkpoints a camera stands in; `vehicle` is a mounted feed."""

    INNER = "inner"
    MIDDLE = "middle"
    OUTER = "outer"
    VEHICLE = "vehicle"


class Severity(StrEnum):
    """How urgent an alert is; maps to GB/T 28181 priorities 1 to 4 in this order."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


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


GROUPS: dict[Label, frozenset[Label]] = {
    Label.VEHICLE: frozenset({Label.CAR, Label.BUS, Label.TRUCK}),
    Label.BIKE: frozenset({Label.BICYCLE, Label.MOTORCYCLE}),
}


class Stream(Frozen):
    """Where a camera's packets come from. Detection reads `sub`, recording `main`; one may stand for both."""

    main: str | None = None
    sub: str | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    open_timeout: Duration = timedelta(seconds=10)
    read_timeout: Duration = timedelta(seconds=10)

    @property
    def analysis_url(self) -> str:
        """The URL frames are analysed from; `check` has made sure that one is set."""
        return self.sub or self.main or ""

    @property
    def recording_url(self) -> str:
        """The URL evidence and recordings are copied from."""
        return self.main or self.sub or ""


class Zone(Frozen):
    """A part of the picture, as a simple polygon."""

    polygon: tuple[Point, ...] = Field(min_length=3)


class RuleBase(Frozen):
    """What every rule has."""

    hours: Hours = Hours("always")
    severity: Severity = Severity.HIGH
    realert_every: Duration | None = None


class Post(RuleBase):
    """A guarded place: a zone, who must be there, and for how long it may be otherwise."""

    zone: str
    min_guards: int = Field(default=1, ge=1, le=100)
    absent_after: Duration | None = timedelta(seconds=60)


class Intrusion(RuleBase):
    """Somebody or something in a zone where nobody should be."""

    rule: Literal["intrusion"]
    zone: str
    classes: tuple[Label, ...] = (Label.PERSON,)
    dwell: Duration = timedelta(seconds=2)


class Camera(Frozen):
    """One camera and everything that is watched on it."""

    id: CameraId
    name: str
    ring: Ring
    cell: str = ""
    uplink: str = ""
    mobile: bool = False
    sample: str = ""  # which sample clip `ringwatch simulate` serves for it; "" takes its turn
    heartbeat: Duration = timedelta(seconds=2)
    stream: Stream
    zones: dict[str, Zone] = Field(default_factory=dict)
    posts: tuple[Post, ...] = ()
    rules: tuple[Intrusion, ...] = ()


class NetworkInfo(Frozen):
    """What the network is called and how many cameras each ring must have."""

    name: str = "ringwatch"
    timezone: str = "Asia/Shanghai"
    rings: dict[Ring, int] | None = None


class DetectorChoice(Frozen):
    """Which model finds things: `auto`, an installed model's name, or a path."""

    model: str = "auto"
    threshold: float = Field(default=0.4, gt=0, lt=1)


class Queue(Frozen):
    """Where alerts are queued; no `url` means that the node runs its own redis-server."""

    url: str | None = None


class Storage(Frozen):
    """Where alerts are recorded, and when footage expires."""

    database: str | None = None  # SQLAlchemy URL; None is SQLite in the node's data folder
    keep_evidence: Duration = timedelta(days=30)


class Network(Frozen):
    """The whole configuration."""

    network: NetworkInfo = NetworkInfo()
    detector: DetectorChoice = DetectorChoice()
    queue: Queue = Queue()
    storage: Storage = Storage()
    cameras: tuple[Camera, ...]
