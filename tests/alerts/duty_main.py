"""The duty loops as a desk's process runs them: python -m tests.alerts.duty_main DATABASE HOOK."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import timedelta

from alerts.house import House
from ringwatch.duty import start_duty
from storage.database import Database
from tests.alerts.duty_room import channel, network


def main(url: str, hook: str) -> None:
    """Go on until killed, or until the standard input ends."""
    settings = network(channel(hook, timeout=timedelta(seconds=20)))
    with ExitStack() as stack:
        database = Database(url, house=House.of(settings))
        stack.callback(database.close)
        database.create()
        start_duty(stack, settings, database, url, "desk")
        print("ready", flush=True)  # noqa: T201 - the test waits for it
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
