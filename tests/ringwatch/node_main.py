"""A node whose processes are spoiled alike, for tests of what it then does."""

from __future__ import annotations

import sys

import ringwatch.job


def node_or_child(module: str) -> None:
    """Be `python -m ringwatch`, or one of its processes, all of which run `module` instead."""
    ringwatch.job.command = lambda: (sys.executable, "-m", module, "--child")
    if "--child" in sys.argv:
        from ringwatch.process import main as child

        child()
    else:
        from ringwatch.cli import main as node

        node()
