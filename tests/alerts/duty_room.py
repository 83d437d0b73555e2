"""A duty room in a test: the real record, the real webhook, and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from alerts.duty_metrics import DutyMetrics
from alerts.escalator import Escalator
from alerts.house import House
from alerts.messages import Occurrence
from alerts.notify.courier import Courier, Decider
from alerts.notify.metrics import NotifyMetrics
from alerts.notify.webhook import Webhook
from alerts.notify.writing import Writer
from config.duty import Duty, Operator, Roster, Shift
from config.hours import parse_hours
from config.model import Camera, Cell, Grid, Network, NetworkInfo, Ring, Stream
from config.notify import Channel, Notify
from detect.messages import Phase
from storage.database import Database
from storage.handovers import HandoverBook
from storage.notices import Notices
from tests.alerts.making import START, occurrence
from tests.storage.deliveries import record

KEY = "0123456789abcdef01234567"
OPERATORS = (
    Operator(id="desk-1", name="一号席"),
    Operator(id="desk-2", name="二号席"),
    Operator(id="desk-3", name="三号席"),
)
ROSTER = Roster(
    operators=OPERATORS,
    shifts=(
        Shift(name="早班", hours=parse_hours("08:00-16:00"), seats=("desk-1",)),
        Shift(name="中班", hours=parse_hours("16:00-24:00"), seats=("desk-2",)),
        Shift(name="夜班", hours=parse_hours("00:00-08:00"), seats=("desk-3",)),
    ),
)
GRID = Grid(
    large=(Cell(id="l-1", responsible="城区网格长"),),
    middle=(Cell(id="m-1", responsible="城东片网格长", within="l-1"),),
    small=(Cell(id="s-017", responsible="17号网格员", within="m-1"),),
)


@dataclass
class Clock:
    """The time, as a test sets it. START is 16:00 in Shanghai."""

    now: Any = field(default_factory=lambda: START + timedelta(seconds=65))

    def __call__(self) -> Any:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def network(*channels: Channel, settle_s: float = 30.0, **fields: Any) -> Network:
    """Forty cameras behind one uplink, one cell."""
    cameras = tuple(
        Camera(
            id=f"inner-{number:02}",
            name=f"{number}号卡口",
            ring=Ring.INNER,
            cell="s-017",
            uplink="east",
            stream=Stream(sub="rtsp://192.0.2.1/sub"),
        )
        for number in range(1, 41)
    )
    usual: dict[str, Any] = {
        "network": NetworkInfo(name="三线视频卡口"),
        "cameras": cameras,
        "roster": ROSTER,
        "grid": GRID,
        "duty": Duty(),
        "notify": Notify(settle=timedelta(seconds=settle_s), channels=channels),
    }
    return Network(**usual | fields)


class DutyRoom:
    """One desk's duty loops, step by step. Several may share one record."""

    def __init__(self, url: str, network: Network, clock: Clock, name: str = "desk") -> None:
        self.network, self.clock = network, clock
        self.registry = CollectorRegistry()
        self.database = Database(url, clock=clock, house=House.of(network))
        self.database.create()
        self.notices, self.book = Notices(url, clock=clock), HandoverBook(url)
        self.metrics, self.duty_metrics = NotifyMetrics(self.registry), DutyMetrics(self.registry)
        self.escalator = Escalator(self.database, self.book, network.duty, self.duty_metrics, clock=clock)
        self._names = [channel.name for channel in network.notify.channels]
        self._decide = Decider(network, clock=clock)
        writer = Writer(network)
        self.couriers = [
            Courier(channel, self.notices, Webhook(channel, clock=clock), writer, self.metrics, owner=name, clock=clock)
            for channel in network.notify.channels
        ]
        self.notices.begin(self._names)

    def close(self) -> None:
        """Close the record."""
        for one in (self.database, self.notices, self.book):
            one.close()

    def record(self, *occurrences: Occurrence) -> None:
        """Put them on record, as the desk does."""
        record(self.database, *occurrences)

    def tell(self) -> int:
        """Plan, write and send all that can be now; how many messages went."""
        while self.notices.plan(self._names, self._decide):
            continue
        return sum(1 for courier in self.couriers for _ in iter(courier.step, False))

    def counted(self, outcome: str, channel: str = "hook") -> float:
        """How many tries had that outcome, by the metrics."""
        labels = {"channel": channel, "outcome": outcome}
        return self.registry.get_sample_value("ringwatch_notify_letters_total", labels) or 0.0


def channel(url: str, **fields: Any) -> Channel:
    """A channel at `url`."""
    return Channel(**{"name": "hook", "url": url, "secret": KEY, "timeout": timedelta(seconds=2)} | fields)


def dark(number: int, at_s: float, *, back: bool = False) -> Occurrence:
    """Camera `number` is offline from `at_s` on, or is back."""
    at = START + timedelta(seconds=at_s)
    return occurrence(
        number,
        2 if back else 1,
        camera=f"inner-{number:02}",
        camera_name=f"{number}号卡口",
        rule="camera.offline",
        zone="",
        phase=Phase.CLEARED if back else Phase.RAISED,
        started_at=START,
        captured_at=at,
        raised_at=at,
        detail={},
    )


def kinds(told: Sequence[Any]) -> list[str]:
    """What messages were about."""
    return [notice["kind"] for one in told for notice in one.told["notices"]]
