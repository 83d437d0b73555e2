"""What a duty room had to bear, and how fast it answered: by tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerts.load import Load, Share, load_of
from alerts.messages import Answered, Raise
from config.model import Ring
from tests.alerts.loads import GATE, HOUR, after, alone, answered, source, told


def figures(*alerts: Answered, at: datetime = HOUR.end) -> Load:
    """The load of the hour after noon."""
    return load_of(told(*alerts, at=at), HOUR, alone)


def raises(minutes: list[float], number: int = 1) -> list[Raise]:
    """Raises of one source, so many minutes after noon."""
    return [Raise(source=source(number), at=after(one)) for one in minutes]


def test_a_quiet_hour_has_figures_too() -> None:
    """Nothing raised is no division by nothing."""
    quiet = figures()

    assert (quiet.alerts, quiet.open, quiet.flood_s, quiet.flood_share, quiet.in_flood) == (0, 0, 0, 0, False)
    assert (quiet.standing, quiet.chattering, quiet.worst, dict(quiet.dispositions)) == ((), (), (), {})
    assert (quiet.answers.claim.count, quiet.answers.claim.p50_s) == (0, None)
    assert quiet.answers.all.ratio is None


@pytest.mark.parametrize(
    ("minute", "counted"), [(-0.01, 0), (0, 1), (59.99, 1), (60, 0)], ids=["before", "begin", "within", "end"]
)
def test_a_period_holds_its_beginning_and_not_its_end(minute: float, counted: int) -> None:
    """So that one day's alerts are never counted in two days."""
    assert figures(answered(after(minute))).alerts == counted


def test_an_incident_counts_once_for_all_it_stands_for() -> None:
    """Forty cameras behind one uplink are one thing to do."""
    parts = [answered(after(1, seconds=number), incident="inc-1") for number in range(40)]

    outage = figures(answered(after(2), id="inc-1", source=source(0, "incident.uplink", "")), *parts)

    assert (outage.alerts, outage.in_incidents, outage.open, outage.rate.most) == (1, 40, 1, 1)
    assert outage.floods == ()


def test_time_in_flood_is_seconds_and_a_share() -> None:
    """Eleven within ten seconds: from the eleventh until the seventh has left."""
    flooded = figures(*(answered(after(seconds=number)) for number in range(11)))

    assert flooded.flood_s == 596
    assert flooded.flood_share == pytest.approx(596 / 3600)
    assert not flooded.in_flood


@pytest.mark.parametrize(
    ("hours", "resolved_s", "found"),
    [
        pytest.param(24, None, 0, id="a day to the second is not over it"),
        pytest.param(24.01, None, 1, id="open for more than a day"),
        pytest.param(300, None, 1, id="open for two weeks"),
        pytest.param(30, 3600, 0, id="resolved long ago"),
        pytest.param(30, 31 * 3600, 1, id="resolved only after the period"),
    ],
)
def test_an_alert_open_for_more_than_a_day_is_standing(hours: float, resolved_s: float | None, found: int) -> None:
    """When the period ends, however long before it the alert was raised."""
    raised = HOUR.end - timedelta(hours=hours)

    assert len(figures(answered(raised, resolved_at=resolved_s)).standing) == found


def test_standing_alerts_come_oldest_first_with_how_long_they_have_been_open() -> None:
    """And whether the cause lasts, or only nobody has finished them."""
    days = [HOUR.end - timedelta(days=number) for number in (2, 3)]

    first, second = figures(answered(days[0]), answered(days[1], active=False)).standing

    assert (first.open_s, first.active) == (3 * 86400, False)
    assert (second.open_s, second.active) == (2 * 86400, True)


@pytest.mark.parametrize(
    ("minutes", "most"),
    [
        pytest.param([0, 1], 0, id="twice is not often"),
        pytest.param([0, 0.5, 1], 3, id="three within a minute"),
        pytest.param([0, 0.5, 1.02], 0, id="three in a little more"),
        pytest.param([0, 0.9, 1.8, 2.7], 0, id="steady, but never three in a minute"),
        pytest.param([0, 0.2, 0.4, 0.6, 30, 30.1], 4, id="four, and later two"),
        pytest.param([-0.5, 0, 0.4], 0, id="the first before the period"),
    ],
)
def test_three_raises_of_one_source_within_a_minute_are_chattering(minutes: list[float], most: int) -> None:
    """Folded raises count: it is the source that chatters, however few alerts became of it."""
    found = load_of(told(folded=raises(minutes)), HOUR, alone).chattering

    assert [one.most_in_a_minute for one in found] == ([most] if most else [])


def test_chatter_is_told_apart_by_source() -> None:
    """Two cameras with two raises each are none; the worst comes first."""
    assert load_of(told(folded=[*raises([0, 0.1]), *raises([0.2, 0.3], 2)]), HOUR, alone).chattering == ()

    both = load_of(told(folded=[*raises([0, 0.1, 0.2]), *raises([0, 0.1, 0.2, 0.3], 2)]), HOUR, alone).chattering

    assert [one.source.camera for one in both] == ["inner-02", "inner-01"]
    assert both[0].raised == 4


def test_the_ten_worst_sources_are_those_that_raised_most() -> None:
    """With their share of all raises, the alerts that became of them, and how many of those were nuisance."""
    once = [answered(after(number), source=source(number)) for number in range(2, 14)]
    nuisance = answered(after(1), resolved_at=60, disposition="nuisance")

    found = load_of(told(nuisance, *once, folded=raises([2, 3, 4])), HOUR, alone).worst

    assert [one.source.camera for one in found] == [f"inner-{number:02d}" for number in range(1, 11)]
    assert (found[0].raised, found[0].alerts, found[0].nuisance, found[0].share) == (4, 1, 1, 4 / 16)


def test_answers_are_timed_from_the_raise() -> None:
    """Each percentile is a time that really was; what was never answered is told by the counts."""
    quick = [answered(after(number), claimed_at=number + 1, acknowledged_at=60) for number in range(10)]

    answers = figures(*quick, answered(after(30), claimed_at=600), answered(after(31))).answers

    assert (answers.claim.count, answers.claim.p50_s, answers.claim.longest_s) == (11, 6, 600)
    assert (answers.claim.p90_s, answers.claim.p95_s) == (10, 600)
    assert (answers.acknowledge.count, answers.resolve.count, answers.resolve.p50_s) == (10, 0, None)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        pytest.param({"acknowledged_at": 299}, (1, 1), id="in time"),
        pytest.param({"acknowledged_at": 300}, (1, 1), id="at the last moment"),
        pytest.param({"acknowledged_at": 301}, (1, 0), id="too late"),
        pytest.param({"claimed_at": 10}, (1, 0), id="claimed is not acknowledged"),
        pytest.param({"resolved_at": 200}, (1, 1), id="resolved at once is acknowledged, too"),
    ],
)
def test_an_alert_is_to_be_acknowledged_within_five_minutes(answer: dict[str, float], share: tuple[int, int]) -> None:
    """Claiming it is not enough."""
    answers = figures(answered(after(1), **answer)).answers

    assert (answers.all.due, answers.all.prompt) == share


def test_an_alert_younger_than_five_minutes_is_not_due() -> None:
    """It may still be in time; asked later it counts."""
    young = answered(after(58))

    assert figures(young).answers.all == Share(due=0, prompt=0)
    assert figures(young, at=after(70)).answers.all == Share(due=1, prompt=0)


def test_alerts_that_came_late_accuse_nobody() -> None:
    """They are load, but nobody could have answered them sooner than they came."""
    load = figures(answered(after(1), late=True, claimed_at=1800), answered(after(2), claimed_at=5, acknowledged_at=60))

    assert (load.alerts, load.late) == (2, 1)
    assert (load.answers.all, load.answers.claim.longest_s) == (Share(due=1, prompt=1), 5)


def test_shares_are_told_by_ring_and_by_cell() -> None:
    """A cell's own, and those of the larger cells it lies in; rings and cells without alerts are left out."""
    larger = {"s-017": ("m-1", "l-1"), "s-018": ("m-1", "l-1")}
    record = told(
        answered(after(1), acknowledged_at=60),
        answered(after(2), cell="s-018", ring=Ring.OUTER),
        answered(after(3), cell="", ring=Ring.VEHICLE, source=source(3, "intrusion", "")),
    )

    answers = load_of(record, HOUR, alone, lambda cell: larger[cell]).answers

    assert answers.by_ring == {
        Ring.INNER: Share(due=1, prompt=1), Ring.OUTER: Share(due=1, prompt=0), Ring.VEHICLE: Share(due=1, prompt=0),
    }  # fmt: skip
    assert answers.by_cell == {
        "l-1": Share(due=2, prompt=1), "m-1": Share(due=2, prompt=1),
        "s-017": Share(due=1, prompt=1), "s-018": Share(due=1, prompt=0),
    }  # fmt: skip
    assert (answers.all.due, answers.posts.due) == (3, 2)
    assert answers.by_cell["m-1"].ratio == 0.5


def test_dispositions_are_counted() -> None:
    """Of the alerts raised in the period."""
    done = [
        answered(after(number), resolved_at=60, disposition=word) for number, word in enumerate(("true", "nuisance"))
    ]

    counted = figures(*done, answered(after(5)), answered(after(-5), resolved_at=1, disposition="true"))

    assert dict(counted.dispositions) == {"true": 1, "nuisance": 1}
    assert GATE in {one.source for one in counted.worst}
