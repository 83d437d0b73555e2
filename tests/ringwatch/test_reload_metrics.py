"""What operations staff see of the configuration."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from ringwatch.reload_metrics import ReloadMetrics


def test_the_newest_reading_is_told_and_when_the_last_good_one_was() -> None:
    """As Prometheus tells of its own; all is well at the start."""
    now_s = 1000.0
    registry = CollectorRegistry()
    metrics = ReloadMetrics(registry, clock=lambda: now_s)

    def told() -> tuple[float | None, ...]:
        return (
            registry.get_sample_value("ringwatch_config_last_reload_successful"),
            registry.get_sample_value("ringwatch_config_last_reload_success_timestamp_seconds"),
            registry.get_sample_value("ringwatch_config_reloads_total", {"result": "taken_in"}),
            registry.get_sample_value("ringwatch_config_reloads_total", {"result": "refused"}),
        )

    assert told() == (1.0, 1000.0, 0.0, 0.0)
    now_s = 2000.0
    metrics.refused()
    assert told() == (0.0, 1000.0, 0.0, 1.0)
    now_s = 3000.0
    metrics.taken_in()
    assert told() == (1.0, 3000.0, 1.0, 1.0)
