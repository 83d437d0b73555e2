"""What operations staff can see of the configuration: whether the node could take in its newest state."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge

from ringwatch.health import NODE
from ringwatch.metric_files import name_metrics

TAKEN_IN, REFUSED = "taken_in", "refused"


class ReloadMetrics:
    """The node's process makes one, named as Prometheus names its own."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time.time) -> None:
        def gauge(what: str, help_text: str) -> Gauge:
            return Gauge(f"ringwatch_config_{what}", help_text, registry=registry, multiprocess_mode="mostrecent")

        self._clock = clock
        self._successful = gauge(
            "last_reload_successful", "1 while the configuration is as it was last read, 0 where it has mistakes"
        )
        self._success_at = gauge(
            "last_reload_success_timestamp_seconds", "When the configuration was last taken in, Unix time"
        )
        self._reloads = Counter(
            "ringwatch_config_reloads",
            "Times the configuration was read again, by what came of it",
            ["result"],
            registry=registry,
        )
        for result in (TAKEN_IN, REFUSED):
            self._reloads.labels(result)
        self._is_good()  # or the node would not have begun with it

    def taken_in(self) -> None:
        """A newer one is what the node runs on."""
        self._reloads.labels(TAKEN_IN).inc()
        self._is_good()

    def refused(self) -> None:
        """A newer one has mistakes, and changed nothing."""
        self._reloads.labels(REFUSED).inc()
        self._successful.set(0)

    def _is_good(self) -> None:
        self._successful.set(1)
        self._success_at.set(self._clock())


def node_metrics(folder: Path) -> ReloadMetrics:
    """Those of this process, the node's own, in the folder where the console finds them."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    name_metrics(NODE)
    return ReloadMetrics(CollectorRegistry())
