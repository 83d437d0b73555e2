"""Alerts through real processes that are killed: what is lost, and what is on record twice."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from alerts.outbox import Outbox
from ringwatch.bench_alert_node import LOOK_S, WORKERS, BenchNode, RedisFault, bench_node
from ringwatch.bench_alert_worker import alert_id
from ringwatch.layout import Layout

ORDEAL_RATE = 100.0  # alerts a second while processes are killed: about twenty seconds for two thousand
DRAIN_S = 180.0  # generous: a loaded machine is no reason to give up


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordeal:
    """How many alerts, and what is killed with -9 meanwhile."""

    count: int
    redis_kills: int  # one of them wipes the queue; with three or more one restores an older file of it
    worker_kills: int
    desk_kills: int = 0
    seed: int = 1  # of the moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """The line of an ordeal."""

    raised: int  # by the outboxes' own numbers
    recorded: int  # of them, those on record
    duplicates: int  # rows on record beyond one for each
    lost: int
    redis_kills: int
    redis_wiped: int
    redis_older: int
    worker_kills: int
    desk_kills: int
    seconds: float

    @property
    def is_whole(self) -> bool:
        """Whether each alert is on record once."""
        return not self.lost and not self.duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One process is killed when so many alerts have been raised."""

    at_raised: int
    target: str  # "redis", "desk" or a worker's name
    fault: RedisFault = RedisFault.KILLED


def blows_of(ordeal: Ordeal) -> list[Blow]:
    """At random, spread over the whole run, the same for the same seed; the first first."""
    chance = random.Random(ordeal.seed)  # noqa: S311 - a rehearsal, not a secret

    def moments(kills: int) -> list[int]:
        slot = ordeal.count / max(1, kills)
        return [round((number + chance.uniform(0.05, 0.95)) * slot) for number in range(kills)]

    faults = [RedisFault.KILLED] * ordeal.redis_kills
    if faults:
        faults[len(faults) // 2] = RedisFault.WIPED
    if len(faults) >= 3:
        faults[-1] = RedisFault.OLDER
    redis = [
        Blow(at_raised=at, target="redis", fault=fault) for at, fault in zip(moments(len(faults)), faults, strict=True)
    ]
    workers = [Blow(at_raised=at, target=chance.choice(WORKERS)) for at in moments(ordeal.worker_kills)]
    desks = [Blow(at_raised=at, target="desk") for at in moments(ordeal.desk_kills)]
    return sorted([*redis, *workers, *desks], key=lambda blow: blow.at_raised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was raised, beside what is on record."""

    recorded: int
    duplicates: int
    lost: int


def tally_of(raised: Set[str], rows: Counter[str]) -> Tally:
    """`rows` says how often each alert is on record. One that nobody raised counts as a duplicate."""
    recorded = len(raised & rows.keys())
    return Tally(recorded=recorded, duplicates=rows.total() - recorded, lost=len(raised) - recorded)


def survived(ordeal: Ordeal) -> Survived:
    """Raise alerts while processes are killed, wait until the outboxes are empty, and compare with the record.

    Blocks for about a second a hundred alerts, and a quarter of a minute more.

    Raises:
        BackendUnavailable: redis-server does not start.
    """
    began_s = time.monotonic()
    blows = blows_of(ordeal)
    with TemporaryDirectory(prefix="ringwatch-") as name:
        with bench_node(Path(name)) as node:
            node.start_workers(ordeal.count, ORDEAL_RATE)
            for blow in blows:
                _wait_until_raised(node, blow.at_raised)
                _strike(node, blow)
            _drain(node)
        numbers = raised_in(Path(name))
        rows = recorded_in(Path(name))
    expected = {alert_id(worker, one) for worker, last in numbers.items() for one in range(1, last + 1)}
    faults = Counter(blow.fault for blow in blows if blow.target == "redis")
    tally = tally_of(expected, rows)
    return Survived(
        raised=len(expected),
        recorded=tally.recorded,
        duplicates=tally.duplicates,
        lost=tally.lost,
        redis_kills=faults.total(),
        redis_wiped=faults[RedisFault.WIPED],
        redis_older=faults[RedisFault.OLDER],
        worker_kills=sum(blow.target in WORKERS for blow in blows),
        desk_kills=sum(blow.target == "desk" for blow in blows),
        seconds=round(time.monotonic() - began_s, 1),
    )


def _strike(node: BenchNode, blow: Blow) -> None:
    if blow.target == "redis":
        node.kill_redis(blow.fault)
    else:
        node.kill(blow.target)


def _wait_until_raised(node: BenchNode, count: int) -> None:
    ends_s = time.monotonic() + DRAIN_S
    while node.raised() < count and node.working() and time.monotonic() < ends_s:
        time.sleep(LOOK_S)


def _drain(node: BenchNode) -> None:
    """Until no outbox holds anything; what is left after `DRAIN_S` is lost, and told as such."""
    ends_s = time.monotonic() + DRAIN_S
    while node.working() and time.monotonic() < ends_s:
        time.sleep(LOOK_S)


def raised_in(data: Path) -> dict[str, int]:
    """How many alerts each worker has put into its outbox, by the outbox itself."""
    numbers = {}
    for worker in WORKERS:
        with closing(Outbox(Layout(data).outbox(worker))) as outbox:
            numbers[worker] = outbox.last_seq()
    return numbers


def recorded_in(data: Path) -> Counter[str]:
    """Every alert on record with its number of rows."""
    with closing(sqlite3.connect(data / "ringwatch.sqlite")) as connection:
        return Counter(dict(connection.execute("SELECT id, count(*) FROM occurrences GROUP BY id")))
