"""The demonstration: simulator, node and console on this machine, with nothing configured by hand."""

from __future__ import annotations

import threading
import time
import webbrowser
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.messages import TEST_RULE
from ringwatch.board import Board
from ringwatch.demo_config import DemoConfig, prepare_demo
from ringwatch.health import BoardHealth
from ringwatch.layout import Layout
from ringwatch.logs import configure_logs
from ringwatch.node import Node, NodeOptions, stopped_by_signals
from ringwatch.periodic import Periodic
from ringwatch.processes import ChildSpec, ChildSupervisor, leashed
from storage.database import Database

if TYPE_CHECKING:
    from storage.messages import AlertRecord

SIMULATOR_STOP_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line says about a demonstration."""

    data: Path
    span: timedelta | None
    browser: bool
    port: int
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a demonstration went."""

    cameras: int
    live: int
    alerts: int

    @property
    def good(self) -> bool:
        """Whether what it is meant to show was seen."""
        return self.live > 0 and self.alerts > 0

    @property
    def summary(self) -> str:
        """The closing line."""
        return f"demo: {self.live} of {self.cameras} cameras went live, {self.alerts} alerts reached the desk"


def run_demo(options: DemoOptions) -> Outcome:
    """Run until the time is up or Ctrl-C; how it went.

    Raises:
        RingwatchError: the sample clips cannot be made, or the node does not start.
    """
    configure_logs(level="warning", form="text")
    config = prepare_demo(options.data, model=options.model, console_port=options.port)
    node = Node(config.network, _node_options(options, config))
    with ExitStack() as stack:
        simulator = ChildSupervisor()
        stack.callback(simulator.stop, SIMULATOR_STOP_S)
        simulator.start(ChildSpec(name="simulator", command=leashed(config.simulate_command)))
        stop = stack.enter_context(stopped_by_signals(node))
        watch = DemoWatch(node.layout, config, stop)
        periodic = Periodic("demo-watch", 0.5, lambda: watch.look(options))
        periodic.start()
        stack.callback(periodic.stop)
        node.run(stop)
        periodic.stop()
        return watch.outcome()


def _node_options(options: DemoOptions, config: DemoConfig) -> NodeOptions:
    return NodeOptions(
        data=options.data, base=Path.cwd(), port=config.console_port, log_level="warning", log_format="text"
    )


class DemoWatch:
    """Looks at the node from outside: who went live, what is on record. Its methods run on one thread at a time."""

    def __init__(self, layout: Layout, config: DemoConfig, stop: threading.Event) -> None:
        self._layout = layout
        self._config = config
        self._stop = stop
        self._live: set[str] = set()
        self._change = 0
        self._alerts: set[str] = set()
        self._opened = False
        self._began = time.monotonic()

    def look(self, options: DemoOptions) -> None:
        """Note what is new, tell it, and end the demonstration when its time is up."""
        self._look_at_cameras()
        self._look_at_alerts()
        if self._live and not self._opened:
            self._opened = True
            click.echo(f"console: {self._config.console_url}   (Ctrl-C stops)")
            if options.browser:
                webbrowser.open(self._config.console_url)
        if options.span and time.monotonic() - self._began > options.span.total_seconds():
            self._stop.set()

    def outcome(self) -> Outcome:
        """What was seen in all, the desk's last records included."""
        self._look_at_alerts()
        return Outcome(cameras=len(self._config.network.cameras), live=len(self._live), alerts=len(self._alerts))

    def _look_at_cameras(self) -> None:
        if not self._layout.board.exists():
            return
        rows = BoardHealth(Board(self._layout.board), lambda: datetime.now(UTC)).cameras()
        for row in rows:
            if row.state == "live" and row.id not in self._live:
                self._live.add(row.id)
                click.echo(f"live:    {row.id}  {row.name}")

    def _look_at_alerts(self) -> None:
        url = self._layout.database_url(self._config.network)
        if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
            return
        database = Database(url)
        try:
            for alert in database.changes_since(self._change):
                self._change = alert.change
                self._tell(alert)
        finally:
            database.close()

    def _tell(self, alert: AlertRecord) -> None:
        if alert.id not in self._alerts and alert.rule != TEST_RULE:
            self._alerts.add(alert.id)
            at = alert.raised_at.astimezone(self._config.network.zone_info)
            click.echo(
                f"alert:   {at:%H:%M:%S}  {alert.severity:8}  {alert.rule:12}  {alert.camera}  {alert.camera_name}"
            )
