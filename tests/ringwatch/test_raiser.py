"""An event is safe in the outbox before anything else is done about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from alerts.codec import decode
from alerts.occurrences import Occurrences
from alerts.outbox import Outbox
from config.model import Camera, Ring, Severity, Stream
from detect.messages import DetailValue, Event, Phase
from ingest.messages import Packet
from ringwatch.raiser import Raiser
from storage.evidence import PreRoll
from storage.snapshot import Shot
from tests.full_disk import no_more_room

AT = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)


def event(name: str, phase: Phase = Phase.RAISED, detail: Mapping[str, DetailValue] | None = None) -> Event:
    return Event(
        id=name,
        camera="inner-01",
        rule="post.absent",
        zone="post",
        phase=phase,
        started_at=AT,
        captured_at=AT,
        severity=Severity.HIGH,
        detail=detail or {},
    )


class Cameras:
    """A network of one camera."""

    def camera(self, camera_id: str) -> Camera:
        return Camera(id=camera_id, name="东门卡口", ring=Ring.INNER, stream=Stream(sub="rtsp://127.0.0.1/sub"))


class Evidence:
    """Notes what it was asked for, and how much was already safe then."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.opened: list[tuple[str, int]] = []

    def folder_for(self, event: Event) -> str:
        return f"2026-01-01/{event.id}"

    def open(self, event: Event, shot: Shot | None, pre_roll: PreRoll) -> str:
        self.opened.append((event.id, self._outbox.backlog().rows))
        return self.folder_for(event)


class NoPackets:
    """A ring that has nothing yet."""

    def since(self, at: datetime) -> tuple[Packet, ...]:
        return ()


def shot() -> Shot:
    return Shot(picture=np.zeros((4, 4, 3), np.uint8), captured_at=AT, zones={})


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    yield outbox
    outbox.close()


@pytest.fixture
def evidence(outbox: Outbox) -> Evidence:
    return Evidence(outbox)


@pytest.fixture
def raiser(outbox: Outbox, evidence: Evidence) -> Raiser:
    return Raiser(Occurrences(Cameras(), lambda: AT, outbox), outbox, evidence)


def waiting(outbox: Outbox) -> list[tuple[str, str]]:
    return [(row.fields["id"], row.fields["rev"]) for row in outbox.pending()]


@pytest.fixture
def full_disk(tmp_path: Path, outbox: Outbox) -> Iterator[sqlite3.Connection]:
    """Another writer holds the file: every add fails, as on a full disk, until it lets go."""
    other = sqlite3.connect(tmp_path / "outbox.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_the_outbox_has_the_alert_before_its_pictures_are_begun(
    raiser: Raiser, outbox: Outbox, evidence: Evidence
) -> None:
    """Pictures are best effort, the alert is not: it goes first."""
    raiser.raise_event(event("ev-1"), shot, NoPackets())

    assert waiting(outbox) == [("ev-1", "1")]
    assert evidence.opened == [("ev-1", 1)]


def test_only_a_new_event_gets_pictures(raiser: Raiser, outbox: Outbox, evidence: Evidence) -> None:
    """Later phases are revisions of the same alert, with the pictures it has."""
    raiser.raise_event(event("ev-1"), shot, NoPackets())
    raiser.raise_event(event("ev-1", Phase.CLEARED), shot, NoPackets())

    assert waiting(outbox) == [("ev-1", "1"), ("ev-1", "2")]
    assert [name for name, _ in evidence.opened] == ["ev-1"]


def test_alerts_wait_in_memory_while_the_outbox_cannot_be_written(
    raiser: Raiser, outbox: Outbox, full_disk: sqlite3.Connection
) -> None:
    """The rules go on, readiness says why, and what was held is written in order, each once, when it can be."""
    raiser.raise_event(event("ev-1"), shot, NoPackets())
    raiser.raise_event(event("ev-2"), shot, NoPackets())
    assert "2 alerts wait in memory" in raiser.problem

    full_disk.execute("ROLLBACK")
    raiser.flush()

    assert waiting(outbox) == [("ev-1", "1"), ("ev-2", "1")]
    assert raiser.problem == ""


def test_a_full_disk_keeps_no_alert_from_being_raised(raiser: Raiser, outbox: Outbox, evidence: Evidence) -> None:
    """The rules go on, pictures are begun as far as there is room, and what was found is on disk when there is."""
    raiser.raise_event(event("ev-1"), shot, NoPackets())
    with no_more_room():
        raiser.raise_event(event("ev-1", Phase.CLEARED), shot, NoPackets())
        raiser.raise_event(event("ev-2"), shot, NoPackets())
        raiser.flush()
        assert raiser.held == 2
        assert "cannot be used" in raiser.problem
        assert waiting(outbox) == [("ev-1", "1")]

    raiser.flush()

    assert waiting(outbox) == [("ev-1", "1"), ("ev-1", "2"), ("ev-2", "1")]
    assert [name for name, _ in evidence.opened] == ["ev-1", "ev-2"]
    assert (raiser.held, raiser.problem) == (0, "")


def test_of_many_updates_that_wait_in_memory_the_newest_is_kept(raiser: Raiser, outbox: Outbox) -> None:
    """A disk that is full for a night does not fill the memory as well; nothing raised and nothing cleared goes."""
    with no_more_room():
        for name in ("ev-1", "ev-2"):
            raiser.raise_event(event(name), shot, NoPackets())
        for second in range(100):
            raiser.raise_event(event("ev-1", Phase.UPDATED, detail={"absent_s": second}), shot, NoPackets())
        raiser.raise_event(event("ev-2", Phase.CLEARED), shot, NoPackets())
        assert raiser.held == 4

    raiser.flush()

    sent = [decode(row.fields)[0] for row in outbox.pending()]
    assert [(one.id, one.rev, one.phase.value) for one in sent] == [
        ("ev-1", 1, "raised"), ("ev-2", 1, "raised"), ("ev-1", 2, "updated"), ("ev-2", 2, "cleared"),
    ]  # fmt: skip
    assert sent[2].detail == {"absent_s": 99}


def test_an_update_that_was_numbered_already_is_not_exchanged(raiser: Raiser, outbox: Outbox) -> None:
    """Its number has been given: two contents under one number would be two truths."""
    raiser.raise_event(event("ev-1"), shot, NoPackets())
    with no_more_room():
        for second in range(3):
            raiser.raise_event(event("ev-1", Phase.UPDATED, detail={"absent_s": second}), shot, NoPackets())

    raiser.flush()

    sent = [decode(row.fields)[0] for row in outbox.pending()]
    assert [(one.rev, one.detail) for one in sent[1:]] == [(2, {"absent_s": 0}), (3, {"absent_s": 2})]
