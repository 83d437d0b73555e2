"""The alarm load of the last day, for Prometheus. Reckoned from the record, so that no restart loses any of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Gauge

from config.model import Ring

if TYPE_CHECKING:
    from alerts.load import Load, Share, Spread
    from alerts.messages import Source

NEWEST: Final = "mostrecent"  # of several desks the one that reckoned last
QUANTILES = ("p50", "p90", "p95")


class LoadMetrics:
    """The desk's process makes one and tells it the load again and again."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, said: str, *labels: str) -> Gauge:
            return Gauge(f"ringwatch_load_{name}", said, labels, registry=registry, multiprocess_mode=NEWEST)

        self._rate = gauge("alerts_per_operator", "Alerts per operator in the last 10 minutes")
        self._flood = gauge(
            "flood", "1 while there is a flood: above 10 alerts per operator in 10 minutes, until under 5"
        )
        self._flood_s = gauge("flood_seconds", "Seconds of the last 24 hours that were flood")
        self._alerts = gauge("alerts", "Alerts of the last 24 hours that operators were shown")
        self._open = gauge("open_alerts", "Alerts that are not resolved")
        self._standing = gauge("standing_alerts", "Alerts that have been open for more than 24 hours")
        self._chattering = gauge(
            "chattering_sources", "Sources that raised 3 times or more within a minute, in 24 hours"
        )
        self._worst = gauge(
            "source_raises", "Times each of the ten worst sources raised in 24 hours", "camera", "rule", "zone"
        )
        self._response = gauge(
            "response_seconds", "From raised to claimed, acknowledged, resolved, in 24 hours", "step", "quantile"
        )
        self._prompt = gauge(
            "within_5_minutes_ratio", "Share of the alerts due in 24 hours that were acknowledged in time", "ring"
        )
        self._prompt_in = gauge("cell_within_5_minutes_ratio", "The same by grid cell, small, middle and large", "cell")
        self._told: frozenset[Source] = frozenset()
        self._cells: set[str] = set()

    def tell(self, load: Load) -> None:
        """Say what the last day was like."""
        self._rate.set(load.rate.last)
        self._flood.set(load.in_flood)
        self._flood_s.set(load.flood_s)
        self._alerts.set(load.alerts)
        self._open.set(load.open)
        self._standing.set(len(load.standing))
        self._chattering.set(len(load.chattering))
        self._tell_worst({one.source: one.raised for one in load.worst})
        answers = load.answers
        for step, spread in (
            ("claim", answers.claim),
            ("acknowledge", answers.acknowledge),
            ("resolve", answers.resolve),
        ):
            self._tell_spread(step, spread)
        for ring in Ring:
            self._prompt.labels(ring.value).set(_ratio(answers.by_ring.get(ring)))
        self._cells.update(answers.by_cell)
        for cell in self._cells:
            self._prompt_in.labels(cell).set(_ratio(answers.by_cell.get(cell)))

    def _tell_worst(self, raised: dict[Source, int]) -> None:
        """Those that are not among the worst any more are told once more, as 0."""
        for source in self._gone(raised):
            self._worst.labels(source.camera, source.rule, source.zone).set(0)
        for source, count in raised.items():
            self._worst.labels(source.camera, source.rule, source.zone).set(count)

    def _gone(self, now: Iterable[Source]) -> frozenset[Source]:
        before, self._told = self._told, frozenset(now)
        return before - self._told

    def _tell_spread(self, step: str, spread: Spread) -> None:
        for quantile, value in zip(QUANTILES, (spread.p50_s, spread.p90_s, spread.p95_s), strict=True):
            self._response.labels(step, quantile).set(_or_nan(value))


def _or_nan(value: float | None) -> float:
    """What is not known is no number: a zero would say that all was answered at once, or nothing in time."""
    return float("nan") if value is None else value


def _ratio(share: Share | None) -> float:
    return _or_nan(None if share is None else share.ratio)
