"""How good the rules are on labelled clips: what was found against what should have been.

`from` of a label is the moment its alert is due: for a post that is left at 7.0 with `absent_after: 5s`, 12.0. An
event matches when it has the label's rule and zone and is raised within the label's tolerance of that moment, before
or after. The nearest pairs are matched first, and each label and each event at most once. Only raising counts; what
a camera's rules raise beyond the labels is false, save in an `ignore` span, where nothing counts either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles

HOUR = timedelta(hours=1)
ALL = "all"
DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One alert that a clip should give."""

    rule: str
    zone: str  # "" when the rule is about the whole picture
    due_s: float  # seconds from the clip's start, when it should be raised
    tolerance_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A span of a clip in which a rule's alerts count neither way."""

    rule: str
    zone: str | None  # None: any zone
    from_s: float
    to_s: float

    def covers(self, rule: str, zone: str, at_s: float) -> bool:
        """Whether an alert of `rule` on `zone` at `at_s` does not count."""
        return rule == self.rule and self.zone in {None, zone} and self.from_s <= at_s <= self.to_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One alert that was raised."""

    rule: str
    zone: str
    at_s: float  # seconds from the clip's start


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One clip, with its labels and with what its replay gave."""

    rules: frozenset[str]  # configured on the camera, listed or not
    duration: timedelta
    expected: tuple[Expected, ...]
    ignored: tuple[Ignored, ...]
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one clip, or many, says of one rule."""

    delays_s: tuple[float, ...] = ()  # of each alert that was due and was raised; negative: too early
    false: int = 0
    missed: int = 0
    watched: timedelta = timedelta()  # how long the rule was on some camera

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            delays_s=self.delays_s + other.delays_s,
            false=self.false + other.false,
            missed=self.missed + other.missed,
            watched=self.watched + other.watched,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One row of the result. A figure that nothing was there to measure is None."""

    rule: str
    true: int
    false: int
    missed: int
    precision: float | None
    recall: float | None
    f1: float | None
    delay_s_p50: float | None
    delay_s_p95: float | None
    false_per_camera_hour: float | None


def figures(clips: Sequence[Watched]) -> tuple[Figures, ...]:
    """A row for each rule that was configured or labelled, by name, and one for all of them together."""
    rules = sorted({rule for clip in clips for rule in _rules(clip)})
    rows = [_figures(rule, _sum(tally(clip, rule) for clip in clips if rule in _rules(clip))) for rule in rules]
    in_all = _sum(tally(clip, rule) for clip in clips for rule in _rules(clip))
    hours = sum((clip.duration for clip in clips), timedelta())
    whole = Tally(delays_s=in_all.delays_s, false=in_all.false, missed=in_all.missed, watched=hours)
    return (*rows, _figures(ALL, whole))


def tally(clip: Watched, rule: str) -> Tally:
    """What `clip` says of `rule`."""
    expected = [label for label in clip.expected if label.rule == rule]
    found = [alert for alert in clip.found if alert.rule == rule]
    pairs = _matched(expected, found)
    labels_met, alerts_met = {label for label, _ in pairs}, {alert for _, alert in pairs}
    return Tally(
        delays_s=tuple(found[j].at_s - expected[i].due_s for i, j in pairs if not _off(clip, expected[i])),
        false=sum(1 for j, alert in enumerate(found) if j not in alerts_met and not _off(clip, alert)),
        missed=sum(1 for i, label in enumerate(expected) if i not in labels_met and not _off(clip, label)),
        watched=clip.duration,
    )


def _rules(clip: Watched) -> frozenset[str]:
    """The clip's rules; those on by default for every camera only where they say something or should."""
    chosen = frozenset(rule for rule in clip.rules if not rule.startswith("camera."))
    return chosen | {label.rule for label in clip.expected} | {alert.rule for alert in clip.found}


def _matched(expected: Sequence[Expected], found: Sequence[Found]) -> list[tuple[int, int]]:
    """Indices of labels and alerts that belong together, in the order of the labels."""
    candidates = sorted(
        (_apart_s(label, alert), i, j)
        for i, label in enumerate(expected)
        for j, alert in enumerate(found)
        if alert.zone == label.zone and _apart_s(label, alert) <= label.tolerance_s
    )
    pairs: dict[int, int] = {}
    for _, i, j in candidates:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return sorted(pairs.items())


def _apart_s(label: Expected, alert: Found) -> float:
    return round(abs(alert.at_s - label.due_s), DIGITS)  # 3.0000000000000004 s is within 3 s


def _off(clip: Watched, one: Expected | Found) -> bool:
    at_s = one.due_s if isinstance(one, Expected) else one.at_s
    return any(span.covers(one.rule, one.zone, at_s) for span in clip.ignored)


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _figures(rule: str, counts: Tally) -> Figures:
    true, false, missed = len(counts.delays_s), counts.false, counts.missed
    return Figures(
        rule=rule,
        true=true,
        false=false,
        missed=missed,
        precision=_share(true, true + false),
        recall=_share(true, true + missed),
        f1=_share(2 * true, 2 * true + false + missed),
        delay_s_p50=percentile(counts.delays_s, 50),
        delay_s_p95=percentile(counts.delays_s, 95),
        false_per_camera_hour=_share(false, counts.watched / HOUR),
    )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The `percent`th percentile of `values`, between the two nearest in proportion; None where there are none."""
    if len(values) < 2:
        return round(values[0], DIGITS) if values else None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], DIGITS)
