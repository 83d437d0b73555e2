"""What holds for every rule, whatever it sees."""

from __future__ import annotations

import json
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from detect.rules import Rule
from tests.detect.given import BEGIN
from tests.detect.rules.timeline import play, rules, scenes

TEXTS = st.text(alphabet="..1122??  ", max_size=60)
STEPS = st.sampled_from([0.2, 1 / 3, 0.5, 1.0, 2.0])
SETTINGS = {
    "posts": [
        {
            "zone": "post",
            "min_guards": 2,
            "absent_after": "2s",
            "understaffed_after": "2s",
            "asleep_after": "2s",
            "realert_every": "3s",
        }
    ],
    "rules": [
        {"rule": "intrusion", "zone": "post", "dwell": "2s"},
        {"rule": "guard_gap", "zone": "post"},
        {"rule": "loitering", "zone": "post", "after": "2s"},
        {"rule": "stopped_vehicle", "zone": "post", "classes": ["person"], "after": "2s"},
        {"rule": "crowd", "zone": "post", "count": 1, "after": "2s"},
        {"rule": "line_cross", "line": [(0.0, 0.9), (1.0, 0.9)]},
        {"rule": "fall", "zone": "post", "after": "2s"},
        {"rule": "left_object", "zone": "post", "after": "2s"},
        {"rule": "removed_object", "zone": "post", "after": "2s"},
        {"rule": "queue", "zone": "post", "vehicles": 1, "after": "2s"},
        {"rule": "unusual", "zone": "post", "window": "1m"},
    ],
}


def both() -> tuple[Rule, ...]:
    """A rule of every kind there is, on one zone."""
    return rules(**SETTINGS)[1]


@settings(deadline=None)
@given(TEXTS, STEPS)
def test_an_event_begins_goes_on_and_clears_in_this_order(text: str, step_s: float) -> None:
    """Raised once, cleared at most once, nothing after; times never run backwards, and no two are open at once."""
    for rule in both():
        phases: dict[str, list[str]] = defaultdict(list)
        events = play(rule, scenes(text, step_s=step_s))
        for event in events:
            phases[event.id].append(event.phase.value)
        for said in phases.values():
            assert said[0] == "raised"
            assert said[1:].count("raised") == 0
            assert "cleared" not in said[:-1]
        assert [event.captured_at for event in events] == sorted(event.captured_at for event in events)
        assert sum(said[-1] != "cleared" for said in phases.values()) <= 1


@settings(deadline=None)
@given(st.text(alphabet="? ", max_size=60), STEPS)
def test_nobody_is_accused_without_a_picture(text: str, step_s: float) -> None:
    """However long it lasts."""
    assert [event for rule in both() for event in play(rule, scenes(text, step_s=step_s))] == []


@settings(deadline=None)
@given(TEXTS, st.integers(0, 60), STEPS)
def test_a_rule_goes_on_from_what_was_kept_as_if_nothing_had_been(text: str, cut: int, step_s: float) -> None:
    """A worker that is started anew tells the same, once."""
    timeline = list(scenes(text, step_s=step_s))
    for whole, first, second in zip(both(), both(), both(), strict=True):
        undisturbed = play(whole, timeline)
        before = play(first, timeline[:cut])
        second.restore(json.loads(json.dumps(first.snapshot())))
        after = play(second, timeline[cut:])

        assert [*before, *after] == undisturbed


@settings(deadline=None)
@given(st.integers(5, 100), st.integers(0, 30), STEPS)
def test_how_often_one_looks_moves_an_alert_by_no_more_than_one_look(there: int, offset: int, step_s: float) -> None:
    """A post that is left at `there` tenths: seen at most one step later, told two seconds after that."""
    left_s = there / 10 + offset / 1000
    count = int((left_s + 10) / step_s)
    text = "".join("1" if index * step_s < left_s else "." for index in range(count))

    (event,) = [one for one in play(both()[0], scenes(text, step_s=step_s)) if one.phase.value == "raised"][:1]

    late_s = (event.captured_at - BEGIN).total_seconds() - left_s - 2.0
    assert -1e-6 <= late_s <= step_s + 1e-6


def test_two_rules_of_one_name_about_the_same_tell_of_two_findings() -> None:
    """A short stay that is low and a long one that is high: each has its own event, and so its own evidence."""
    short, long = (
        {"rule": "intrusion", "zone": "post", "dwell": dwell, "severity": severity}
        for dwell, severity in (("1s", "low"), ("3s", "high"))
    )
    alone = play(rules(rules=(short,))[1][0], scenes("..1111111111"))
    both_told = [play(rule, scenes("..1111111111")) for rule in rules(rules=(short, long))[1]]

    assert [event.id for event in both_told[0]] == [event.id for event in alone]
    assert {event.id for event in both_told[0]}.isdisjoint(event.id for event in both_told[1])
    assert [event.severity.value for events in both_told for event in events[:1]] == ["low", "high"]
