"""`ringwatch bench alerts`: real processes, killed with -9."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from ringwatch.bench_alert_node import WORKERS, RedisFault
from ringwatch.bench_alerts import Blow, Ordeal, Tally, blows_of, tally_of
from tests.services import REPOSITORY

ORDEAL = Ordeal(count=1000, redis_kills=5, worker_kills=4, desk_kills=2)


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ringwatch", "bench", "alerts", *words, "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=500, check=False, cwd=REPOSITORY)


@pytest.mark.timeout(540)
def test_two_thousand_alerts_survive_five_kills_of_redis_and_five_of_workers() -> None:
    """Each is on record once; the queue is wiped once and restored from an older file once, and desks die too."""
    done = bench("--count", "2000", "--redis-kills", "5", "--worker-kills", "5")

    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["raised"], row["recorded"], row["duplicates"], row["lost"]) == (2000, 2000, 0, 0)
    assert (row["redis_kills"], row["redis_wiped"], row["redis_older"]) == (5, 1, 1)
    assert (row["worker_kills"], row["desk_kills"]) == (5, 2)


@pytest.mark.timeout(300)
def test_the_operators_page_hears_of_every_alert() -> None:
    """Over HTTP, from a real console; how fast depends on the machine and is not judged here."""
    done = bench("--rate", "20", "--seconds", "3")

    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["heard"] == row["raised"] == 60
    assert 0 < row["raise_to_operator_ms_p50"] <= row["raise_to_operator_ms_p95"] <= row["raise_to_operator_ms_max"]
    assert row["rate"] > 0


def test_what_is_killed_is_spread_over_the_run() -> None:
    """As often as asked, in order, and the same for the same seed."""
    blows = blows_of(ORDEAL)

    assert Counter("worker" if blow.target in WORKERS else blow.target for blow in blows) == {
        "redis": 5, "worker": 4, "desk": 2,
    }  # fmt: skip
    moments = [blow.at_raised for blow in blows]
    assert moments == sorted(moments)
    assert 0 < moments[0] < 250
    assert 750 < moments[-1] < 1000
    assert blows_of(ORDEAL) == blows


@pytest.mark.parametrize(
    ("kills", "faults"), [(0, []), (1, ["wiped"]), (2, ["killed", "wiped"]), (3, ["killed", "wiped", "older"])]
)
def test_one_kill_of_redis_wipes_it_and_a_later_one_brings_an_older_file(kills: int, faults: list[str]) -> None:
    """There is an older file from the second on."""
    blows = blows_of(Ordeal(count=100, redis_kills=kills, worker_kills=0))

    assert [blow.fault.value for blow in blows] == faults
    assert all(isinstance(blow, Blow) and isinstance(blow.fault, RedisFault) for blow in blows)


@pytest.mark.parametrize(
    ("rows", "tally"),
    [
        ({"a": 1, "b": 1}, Tally(recorded=2, duplicates=0, lost=0)),
        ({"a": 1}, Tally(recorded=1, duplicates=0, lost=1)),
        ({"a": 2, "b": 1}, Tally(recorded=2, duplicates=1, lost=0)),
        ({"a": 1, "c": 1}, Tally(recorded=1, duplicates=1, lost=1)),
    ],
)
def test_what_is_lost_or_doubled_is_counted(rows: dict[str, int], tally: Tally) -> None:
    """A bench that could not tell would prove nothing."""
    assert tally_of({"a", "b"}, Counter(rows)) == tally
