"""Under which name a process keeps its metrics in the node's folder of metrics."""

from __future__ import annotations

import os

from prometheus_client import values


def name_metrics(name: str) -> None:
    """Keep them in files of this name, not of a number, which a successor would leave behind: it goes on with them."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: name)  # type: ignore[no-untyped-call]
