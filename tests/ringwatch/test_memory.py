"""What outlives a worker: its rules' timers and open events, and which streams hung."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from alerts.errors import OutboxUnavailable
from alerts.outbox import Outbox
from ringwatch.memory import LEFT_ALONE, Memory
from tests.full_disk import no_more_room

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Rules:
    """Stands for the rules of one camera."""

    def __init__(self, remembered: dict[str, Any] | None = None) -> None:
        self.remembered = remembered or {}
        self.picture = ""

    def snapshot(self) -> dict[str, Any]:
        return self.remembered

    def restore(self, kept: Mapping[str, Any]) -> None:
        self.remembered = dict(kept)

    def usual_picture(self) -> str:
        return self.picture

    def expect_picture(self, note: str) -> None:
        self.picture = note


class CountingOutbox(Outbox):
    """Says what it was given to keep."""

    written: ClassVar[list[str]] = []

    def keep(self, values: Mapping[str, str | None]) -> None:
        self.written.extend(values)
        super().keep(values)


class FullDisk:
    """Keeps nothing."""

    def keep(self, values: Mapping[str, str | None]) -> None:
        raise OutboxUnavailable("no space left on the device")

    def kept(self) -> Mapping[str, str]:
        return {}


def test_rules_go_on_where_another_worker_left_them(tmp_path: Path) -> None:
    """Over a restart, through the outbox's own file."""
    with_outbox = Outbox(tmp_path / "worker-0.sqlite")
    Memory(with_outbox, {"gate": Rules({"post.absent/post": {"since": 5}}), "yard": Rules()}).keep()
    with_outbox.close()

    outbox, gate, yard = Outbox(tmp_path / "worker-0.sqlite"), Rules(), Rules({"left": "alone"})
    Memory(outbox, {"gate": gate, "yard": yard}).restore()
    outbox.close()

    assert gate.remembered == {"post.absent/post": {"since": 5}}
    assert yard.remembered == {"left": "alone"}


@pytest.mark.parametrize(("run", "goes_on"), [("first", True), ("second", False)])
def test_what_a_camera_shows_outlives_the_worker_but_not_the_node(tmp_path: Path, *, run: str, goes_on: bool) -> None:
    """To start the node anew accepts a new view."""
    outbox, seen, taken_over = Outbox(tmp_path / "worker-0.sqlite"), Rules(), Rules()
    seen.picture = "a street"
    Memory(outbox, {"gate": seen, "new": Rules()}, "first").keep()

    Memory(outbox, {"gate": taken_over}, run).restore()
    outbox.close()

    assert taken_over.picture == ("a street" if goes_on else "")


def test_what_was_kept_of_another_workers_camera_is_forgotten(tmp_path: Path) -> None:
    """When the list of cameras changes, some are another worker's; what comes back after weeks is not to be open."""
    outbox = Outbox(tmp_path / "worker-0.sqlite")
    Memory(outbox, {"gate": Rules({"post.absent/post/0": {}}), "yard": Rules({"queue/all/0": {}})}).keep()

    Memory(outbox, {"gate": Rules()}).restore()

    assert [name for name in outbox.kept() if name.startswith("rules/")] == ["rules/gate"]
    outbox.close()


def test_a_picture_is_written_down_when_it_changes(tmp_path: Path) -> None:
    """And not every three seconds."""
    outbox, seen = CountingOutbox(tmp_path / "worker-0.sqlite"), Rules()
    memory = Memory(outbox, {"gate": seen})
    for seen.picture in ("", "a street", "a street", "a street by night"):
        memory.keep()
    outbox.close()

    assert outbox.written == ["picture/gate", "picture/gate"]


def test_what_is_over_is_forgotten(tmp_path: Path) -> None:
    """A rule with nothing pending leaves no trace."""
    outbox, rules = Outbox(tmp_path / "worker-0.sqlite"), Rules({"intrusion/yard": {}})
    memory = Memory(outbox, {"gate": rules})
    memory.keep()
    rules.remembered = {}
    memory.keep(["gate"])

    assert outbox.kept() == {}
    outbox.close()


def test_a_stream_that_hung_is_left_alone_for_a_while(tmp_path: Path) -> None:
    """Then it is tried again: each try may cost a worker."""
    outbox = Outbox(tmp_path / "worker-0.sqlite")
    memory = Memory(outbox, {})
    memory.note_hung(["gate/recording"], NOW)

    assert memory.left_alone(NOW + LEFT_ALONE - timedelta(seconds=1)) == {"gate/recording"}
    assert memory.left_alone(NOW + LEFT_ALONE) == frozenset()
    assert memory.left_alone(NOW - timedelta(days=30)) == frozenset()  # the clock was set back since
    outbox.close()


def test_a_full_disk_costs_the_memory_and_not_the_analysis() -> None:
    """And what could not be written is tried again."""
    memory = Memory(FullDisk(), {"gate": Rules({"a": 1})})

    memory.keep()
    memory.keep()

    assert memory.problem == "no space left on the device; the rules' state is not kept"


def test_memory_that_can_be_kept_again_is_no_problem_any_more(tmp_path: Path) -> None:
    """Whether it is written then, or there is nothing left to write."""
    outbox, rules = Outbox(tmp_path / "worker-0.sqlite"), Rules({"a": 1})
    memory = Memory(outbox, {"gate": rules})
    with no_more_room():
        memory.keep()
    assert "cannot be used" in memory.problem
    memory.keep()
    assert memory.problem == ""

    rules.remembered = {"a": 2}
    with no_more_room():
        memory.keep()
    rules.remembered = {"a": 1}
    memory.keep()
    assert memory.problem == ""
    outbox.close()


def test_a_camera_that_is_no_longer_here_is_forgotten(tmp_path: Path) -> None:
    """Nothing of it comes back: not its timers, nor its view, nor that it hung. The others' stay."""
    outbox, gate, yard = Outbox(tmp_path / "worker-0.sqlite"), Rules({"since": 5}), Rules({"since": 6})
    gate.picture = yard.picture = "a street"
    memory = Memory(outbox, {"gate": gate, "yard": yard}, "run")
    memory.keep()
    memory.note_hung(["gate/analysis", "gate/recording", "yard/recording"], NOW)

    memory.forget("gate")

    kept, left_alone = outbox.kept(), memory.left_alone(NOW)
    memory.keep()
    kept_again = outbox.kept()
    outbox.close()
    assert sorted(kept) == ["hung/yard/recording", "picture/yard", "rules/yard"]
    assert left_alone == {"yard/recording"}
    assert sorted(kept_again) == ["hung/yard/recording", "picture/gate", "picture/yard", "rules/gate", "rules/yard"]
