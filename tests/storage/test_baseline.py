"""What `unusual` has counted, in the database and behind a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from config.errors import BackendUnavailable
from config.model import Label
from detect.messages import Place, Spans, Weeks, WindowCount
from storage.counts import CountStore, counts
from storage.database import Database
from storage.learning import WAITING, LearningBaseline
from storage.metrics import BaselineMetrics

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
PLACE = Place(camera="gate", zone="lane", label=Label.PERSON, window=QUARTER)
PICTURE = Place(camera="gate", zone="", label=Label.PERSON, window=QUARTER)
HOUR: Spans = ((BEGIN, BEGIN + timedelta(hours=1)),)
SOON_S = 30.0  # more than the slowest machine takes


def window(number: int, count: int, place: Place = PLACE) -> WindowCount:
    """The window that begins so many quarters of an hour after the beginning."""
    return WindowCount(place=place, begins_at=BEGIN + number * QUARTER, count=count)


@pytest.fixture
def store(url: str) -> Iterator[CountStore]:
    with closing(CountStore(url)) as store:
        store.create()
        yield store


def test_counts_are_read_back_by_span(store: CountStore) -> None:
    """Both ends belong to it; spans keep their order."""
    store.put([window(number, 10 + number) for number in range(12)])
    spans = ((BEGIN + 4 * QUARTER, BEGIN + 6 * QUARTER), (BEGIN, BEGIN + QUARTER), (BEGIN - QUARTER, BEGIN - QUARTER))

    assert store.weeks(PLACE, spans) == ((14, 15, 16), (10, 11), ())


def test_each_place_has_its_own(store: CountStore) -> None:
    """Camera, zone, class, length of the window."""
    others = [
        PICTURE,
        Place(camera="other", zone="lane", label=Label.PERSON, window=QUARTER),
        Place(camera="gate", zone="lane", label=Label.VEHICLE, window=QUARTER),
        Place(camera="gate", zone="lane", label=Label.PERSON, window=timedelta(hours=1)),
    ]
    store.put([window(0, 7, place) for place in others])

    assert store.weeks(PLACE, HOUR) == ((),)
    assert all(store.weeks(place, HOUR) == ((7,),) for place in others)


def test_a_window_that_comes_again_is_replaced(store: CountStore) -> None:
    """In another transaction, and in the same."""
    store.put([window(0, 1)])
    store.put([window(0, 2), window(0, 3), window(1, 4)])

    assert store.weeks(PLACE, HOUR) == ((3, 4),)


def test_nothing_to_keep_is_no_transaction(store: CountStore) -> None:
    """Nor an error."""
    store.put([])

    assert store.weeks(PLACE, HOUR) == ((),)


def test_counts_expire(store: CountStore) -> None:
    """What began before; the rest stays."""
    store.put([window(number, number) for number in range(4)])

    assert store.expire(BEGIN + 2 * QUARTER) == 2
    assert store.weeks(PLACE, HOUR) == ((2, 3),)


def test_it_lives_beside_the_record(url: str) -> None:
    """In the node's database, whoever comes first."""
    with closing(CountStore(url)) as store, closing(Database(url)) as database:
        store.create()
        database.create()
        store.create()
        store.put([window(0, 1)])

        assert database.count() == 0
        assert store.weeks(PLACE, HOUR) == ((1,),)


def test_postgresql_takes_the_same_table() -> None:
    """A network of several nodes."""
    assert "PRIMARY KEY (camera, zone, label, window_s, begins_at)" in str(
        CreateTable(counts).compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    )


class Away:
    """A database that does not answer until it is back; what it is asked is counted."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or BackendUnavailable("the database is away")
        self.refused = threading.Event()
        self.back = threading.Event()
        self.kept: list[WindowCount] = []
        self.expired: list[datetime] = []
        self.asked = 0

    def create(self) -> None:
        self._answer()

    def weeks(self, place: Place, spans: Spans) -> Weeks:
        self._answer()
        self.asked += 1
        return tuple((one.count,) for one in self.kept if one.place == place)

    def put(self, windows: Sequence[WindowCount]) -> None:
        self._answer()
        self.kept += windows

    def expire(self, before: datetime) -> int:
        self._answer()
        self.expired.append(before)
        return 0

    def _answer(self) -> None:
        if not self.back.is_set():
            self.refused.set()
            raise self.error


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def learning(
    store: CountStore | Away, registry: CollectorRegistry, *, clock: Callable[[], datetime] = lambda: BEGIN
) -> LearningBaseline:
    return LearningBaseline(store, BaselineMetrics(registry), clock, keep=timedelta(days=43))


def answer(baseline: LearningBaseline, spans: Spans = HOUR) -> Weeks:
    """What it says as soon as it can."""
    deadline = time.monotonic() + SOON_S
    while (found := baseline.weeks(PLACE, spans)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_the_database_is_asked_on_another_thread(store: CountStore, registry: CollectorRegistry) -> None:
    """The first answer is that it is not known yet; what was learnt before is in the next."""
    store.put([window(0, 5)])
    baseline = learning(store, registry)

    assert baseline.weeks(PLACE, HOUR) is None
    baseline.start()
    assert answer(baseline) == ((5,),)
    baseline.learn(window(1, 6))
    baseline.stop(SOON_S)

    assert store.weeks(PLACE, HOUR) == ((5, 6),)


@pytest.mark.parametrize("error", [BackendUnavailable("the database is away"), KeyError("a mistake of ours")])
def test_a_database_that_is_away_stops_nobody(registry: CollectorRegistry, error: Exception) -> None:
    """Whoever asks is told that it is not known; what was learnt is written when it is back."""
    away = Away(error)
    baseline = learning(away, registry)
    baseline.start()

    assert baseline.weeks(PLACE, HOUR) is None
    baseline.learn(window(0, 5))
    assert away.refused.wait(SOON_S)
    away.back.set()
    baseline.stop(SOON_S)

    assert [one.count for one in away.kept] == [5]


def test_an_answer_is_asked_for_once(registry: CollectorRegistry) -> None:
    """However often the rule looks."""
    away = Away()
    away.back.set()
    baseline = learning(away, registry)
    baseline.start()

    for _ in range(50):
        answer(baseline)
    baseline.stop(SOON_S)

    assert away.asked == 1


def test_only_so_much_waits(registry: CollectorRegistry) -> None:
    """The oldest goes, and is counted."""
    away = Away()
    baseline = learning(away, registry)
    for number in range(WAITING + 3):
        baseline.learn(window(number, number))
    away.back.set()
    baseline.start()
    baseline.stop(SOON_S)

    assert [one.count for one in away.kept[:1]] == [3]
    assert len(away.kept) == WAITING
    assert registry.get_sample_value("ringwatch_storage_dropped_counts_total") == 3


def test_what_is_too_old_goes_once_an_hour(registry: CollectorRegistry) -> None:
    """By the node's clock."""
    away, now = Away(), [BEGIN]
    away.back.set()
    baseline = learning(away, registry, clock=lambda: now[0])
    baseline.start()
    for minutes in (0, 30, 61):
        now[0] = BEGIN + timedelta(minutes=minutes)
        answer(baseline, ((now[0], now[0]),))
    baseline.stop(SOON_S)

    assert away.expired == [BEGIN - timedelta(days=43), BEGIN + timedelta(minutes=61) - timedelta(days=43)]
