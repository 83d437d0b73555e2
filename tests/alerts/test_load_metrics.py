"""The load as Prometheus reads it."""

from __future__ import annotations

import math

from prometheus_client import CollectorRegistry

from alerts.load import load_of
from alerts.load_metrics import LoadMetrics
from alerts.messages import Answered
from tests.alerts.loads import HOUR, after, alone, answered, source, told


class Read:
    """What a registry says after a load has been told."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._metrics = LoadMetrics(self.registry)

    def tell(self, *alerts: Answered) -> None:
        self._metrics.tell(load_of(told(*alerts), HOUR, alone))

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"ringwatch_load_{name}", labels)


def test_every_figure_is_told() -> None:
    """Eleven alerts in the last ten minutes, one of them answered."""
    read = Read()

    read.tell(
        answered(after(1), claimed_at=20, acknowledged_at=90), *(answered(after(52, seconds=n)) for n in range(11))
    )

    assert (read.value("alerts_per_operator"), read.value("flood"), read.value("flood_seconds")) == (11, 1, 470)
    assert (read.value("alerts"), read.value("open_alerts"), read.value("standing_alerts")) == (12, 12, 0)
    assert read.value("chattering_sources") == 1
    assert read.value("source_raises", camera="inner-01", rule="post.absent", zone="post") == 12
    assert read.value("response_seconds", step="acknowledge", quantile="p95") == 90
    assert read.value("within_5_minutes_ratio", ring="inner") == 1 / 12
    assert read.value("cell_within_5_minutes_ratio", cell="s-017") == 1 / 12


def test_what_is_not_known_is_no_number() -> None:
    """Nothing claimed is not claimed at once."""
    read = Read()

    read.tell(answered(after(1)))

    unknown = read.value("response_seconds", step="claim", quantile="p50")
    assert unknown is not None
    assert math.isnan(unknown)


def test_a_source_that_is_quiet_again_goes_to_nothing() -> None:
    """And does not stand there for ever with its worst day."""
    read = Read()
    read.tell(answered(after(1), source=source(7)))

    read.tell()

    assert read.value("source_raises", camera="inner-07", rule="post.absent", zone="post") == 0
    for share in (
        read.value("within_5_minutes_ratio", ring="inner"), read.value("cell_within_5_minutes_ratio", cell="s-017")
    ):  # fmt: skip
        assert share is not None
        assert math.isnan(share)
