"""Whether alerts get through, and whether anybody is there: by tables, with a clock that jumps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import Presence, Proof, Waiting, Watch
from alerts.watching import alarm_id, nobody_there, silence, watched
from tests.alerts.loads import NOON, after

EVERY, WITHIN = timedelta(hours=1), timedelta(minutes=1)
NOBODY = timedelta(minutes=10)


def watch(*, since: float = -600, now: float = 0) -> Watch:
    """A desk that has looked from then until now, in minutes after noon."""
    return Watch(begun_at=after(since), looked_at=after(now))


def proof(minute: float) -> Proof:
    """A test alert, on record a second after it was raised."""
    return Proof(raised_at=after(minute, seconds=-1), recorded_at=after(minute))


def at(minute: float | None) -> datetime | None:
    """So many minutes after noon, or never."""
    return None if minute is None else after(minute)


@pytest.mark.parametrize(
    ("seconds", "goes_on"),
    [
        pytest.param(1, True, id="a second later"),
        pytest.param(20, True, id="a slow disk"),
        pytest.param(21, False, id="the desk was away"),
        pytest.param(18_000, False, id="the clock jumped ahead, or the node was off"),
        pytest.param(-4, True, id="the clock was corrected a little"),
        pytest.param(-18_000, False, id="the clock jumped back"),
    ],
)
def test_a_watch_goes_on_or_begins_anew(seconds: float, goes_on: bool) -> None:
    """After a break or a jump nobody can say what was due in it."""
    before = watch(since=-60)

    found = watched(before, NOON + timedelta(seconds=seconds))

    assert found.begun_at == (before.begun_at if goes_on else found.looked_at)


def test_a_first_look_begins_the_watch() -> None:
    """There is no record of an earlier one."""
    assert watched(None, NOON) == Watch(begun_at=NOON, looked_at=NOON)


@pytest.mark.parametrize(
    ("newest", "since", "silent_since"),
    [
        pytest.param(-60, -600, None, id="an hour ago: the next is due now"),
        pytest.param(-61, -600, None, id="and has a minute to come"),
        pytest.param(-61.1, -600, -61.1, id="it did not"),
        pytest.param(-300, -600, -300, id="nor did those after it"),
        pytest.param(None, -600, -600, id="there never was one"),
        pytest.param(None, -1, None, id="a new desk waits a minute for the first"),
        pytest.param(None, -1.1, -1.1, id="and not longer"),
        pytest.param(-300, -0.5, None, id="the node was off: it waits a minute for the next"),
        pytest.param(-300, -1.1, -300, id="and not longer than that"),
        pytest.param(300, -1, None, id="the clock was set back: what is of the future proves nothing, and waits"),
        pytest.param(300, -1.1, -1.1, id="no longer than a new desk does"),
        pytest.param(0.05, -600, None, id="it came while the desk looked, or two clocks differ a little"),
    ],
)
def test_a_test_alert_that_does_not_come_is_silence(
    newest: float | None, since: float, silent_since: float | None
) -> None:
    """`every` after the one before, and `within` more; since when it is silent is what it says."""
    found = silence(None if newest is None else proof(newest), watch(since=since), EVERY, WITHIN)

    assert (found and found.since) == at(silent_since)


def test_silence_says_since_when() -> None:
    """For readiness, and for the alert."""
    lack = silence(proof(-300), watch(), EVERY, WITHIN)

    assert lack is not None
    assert lack.why == "no test alert has come since 2026-03-01 07:00:00 UTC"


@pytest.mark.parametrize(
    ("connected", "acted", "raised", "unanswered", "found"),
    [
        pytest.param(None, None, None, None, None, id="nothing is open: nobody is needed"),
        pytest.param(0, 0, -60, -60, None, id="somebody is there"),
        pytest.param(-9, 0, -60, -60, None, id="the page was open nine minutes ago"),
        pytest.param(
            -11, -11, -60, None, (-11, "no page"), id="no page for eleven minutes, though all is acknowledged"
        ),
        pytest.param(-60, -60, -9, -9, None, id="nobody for an hour, but the alert is nine minutes old"),
        pytest.param(-60, -60, -11, -11, (-11, "no page"), id="it is eleven minutes old"),
        pytest.param(None, None, -11, -11, (-11, "no page"), id="there never was anybody"),
        pytest.param(0, -11, -60, -60, (-11, "nobody has touched"), id="a page is open, and nobody touches it"),
        pytest.param(0, -11, -60, None, None, id="nobody needs to, when all is acknowledged"),
        pytest.param(0, None, -60, -11, (-11, "nobody has touched"), id="one waits for eleven minutes"),
        pytest.param(300, 300, -5, -5, None, id="the clock was set back: the alert's own time counts"),
        pytest.param(0.05, 0.05, -60, -60, None, id="the sign came while the desk looked"),
    ],
)
def test_open_alerts_need_somebody(
    connected: float | None,
    acted: float | None,
    raised: float | None,
    unanswered: float | None,
    found: tuple[float, str] | None,
) -> None:
    """Ten minutes after the last sign of anybody, or after the alert was raised, whichever is later."""
    presence = Presence(connected_at=at(connected), touched_at=at(acted), acted_at=None)
    waiting = Waiting(open_since=at(raised), unanswered_since=at(unanswered))

    lack = nobody_there(presence, waiting, watch(), NOBODY)

    assert (lack and lack.since) == (None if found is None else after(found[0]))
    assert lack is None or lack.why.startswith(found[1] if found else "")


def test_an_act_on_an_alert_is_a_sign_too() -> None:
    """From a terminal nobody touches a page."""
    waiting = Waiting(open_since=None, unanswered_since=at(-60))

    acting = Presence(connected_at=None, touched_at=at(-60), acted_at=at(-1))

    assert nobody_there(acting, waiting, watch(), NOBODY) is None


def test_a_desk_that_was_away_gives_people_their_time() -> None:
    """The console was away with it: nobody could be there."""
    presence, waiting = (
        Presence(connected_at=None, touched_at=None, acted_at=None),
        Waiting(open_since=at(-60), unanswered_since=None),
    )

    assert nobody_there(presence, waiting, watch(since=-9), NOBODY) is None
    assert nobody_there(presence, waiting, watch(since=-11), NOBODY) is not None


@given(st.lists(st.integers(-50_000, 50_000), min_size=1, max_size=30))
def test_a_jump_of_the_clock_alone_is_never_an_alarm(jumps_s: list[int]) -> None:
    """Whatever the clock does between two looks, nothing is overdue that has had no time to come."""
    now, seen = NOON, watched(None, NOON)
    for jump_s in jumps_s:
        now += timedelta(seconds=jump_s)
        seen = watched(seen, now)
        if seen.begun_at == now:
            assert silence(proof(0), seen, EVERY, WITHIN) is None
            waiting = Waiting(open_since=NOON, unanswered_since=NOON)
            there = Presence(connected_at=NOON, touched_at=NOON, acted_at=NOON)
            assert nobody_there(there, waiting, seen, NOBODY) is None


def test_two_desks_find_one_alarm() -> None:
    """The alert's id comes from what it is about, not from who found it."""
    assert alarm_id("system.silent", "inner-01", NOON) == alarm_id("system.silent", "inner-01", NOON)
    assert len({alarm_id(rule, name, NOON) for rule in ("a", "b") for name in ("inner-01", "inner-02")}) == 4
