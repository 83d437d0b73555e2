"""The demonstration: simulator, node and console on this machine, with nothing configured by hand."""

from __future__ import annotations

import socket
import threading
import time
import webbrowser
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.board import Board
from ringwatch.health import BoardHealth
from ringwatch.layout import Layout
from ringwatch.logs import configure_logs
from ringwatch.node import Node, NodeOptions, stopped_by_signals
from ringwatch.periodic import Periodic
from ringwatch.processes import ChildSpec, ChildSupervisor, leashed

if TYPE_CHECKING:
    from config.model import Network


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


class Demo:
    """Runs one demonstration. Used by one thread."""

    def __init__(self, options: DemoOptions) -> None:
        self._options = options

    def run(self) -> Outcome:
        """Run until the time is up or Ctrl-C; how it went."""
        configure_logs(level="warning", form="text")
        config = prepare_demo(self._options)
        node = Node(config.network, self._node_options(config))
        with ExitStack() as stack:
            simulator = ChildSupervisor()
            stack.callback(simulator.stop, 5.0)
            simulator.start(ChildSpec(name="simulator", command=leashed(config.simulate_command)))
            stop = stack.enter_context(stopped_by_signals(node))
            watch = DemoWatch(node.layout, config.network, stop, self._options)
            periodic = Periodic("demo-watch", 0.5, watch.look)
            periodic.start()
            stack.callback(periodic.stop)
            node.run(stop)
            periodic.stop()
            return watch.outcome()
