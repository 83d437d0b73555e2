"""A password that is wrong is tried by one stream at a time, for all that have it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.backoff import Backoff
from ingest.errors import Fault
from ingest.messages import CameraState
from ingest.supervisor import WAITS_ITS_TURN
from ingest.turns import ANSWER_S, LAST_S, LET_IN_S, NOT_SOON_S, REFUSAL_S, SOON_S, Turn, Turns
from sample_streams.faults import Fault as Wrong
from sample_streams.mount import Mount
from tests.ingest.given import Watched, camera
from tests.sample_streams.given import serving
from tests.services import eventually

URL = "rtsp://east:hunter2@192.0.2.1:554/main"
CHANNELS = 16
WINDOW_S = 1.0


@dataclass(kw_only=True)
class Site:
    """Streams of one account, and a clock."""

    now_s: float = 100.0
    turns: Turns = field(init=False)
    streams: list[Turn] = field(init=False)

    def __post_init__(self) -> None:
        self.turns = Turns(clock=lambda: self.now_s, window=lambda: Backoff(uniform=lambda _low, high: high))
        self.streams = [self.turns.of(URL) for _ in range(4)]

    def waits(self) -> list[float]:
        """What each is told that asks now."""
        return [stream.wait_s() for stream in self.streams]


@pytest.fixture
def site() -> Site:
    return Site()


def test_at_first_one_tries_and_when_he_is_let_in_all_may(site: Site) -> None:
    """Nobody waits for long for somebody who has no answer."""
    at_first = site.waits()
    site.now_s += ANSWER_S
    later = site.waits()
    site.streams[1].let_in()

    assert at_first == [0.0, SOON_S, SOON_S, SOON_S]
    assert later == [0.0, SOON_S, SOON_S, SOON_S]
    assert site.waits() == [0.0] * 4


def test_a_refusal_is_everybodys(site: Site) -> None:
    """In each window one tries, those first that have not been refused themselves; the windows grow."""
    tried = []
    for window_s in (120, 240, 480, 600):
        turn = site.waits().index(0.0)
        tried.append(turn)
        site.streams[turn].failed(Fault.REFUSED)
        assert site.streams[3].is_closed
        site.now_s += window_s - 1
        assert site.waits() == [NOT_SOON_S] * 4
        site.now_s += 1

    assert tried == [0, 1, 2, 3]
    assert site.waits() == [NOT_SOON_S] * 4
    site.now_s += LAST_S
    assert site.waits() == [0.0, SOON_S, SOON_S, SOON_S]


def test_a_host_that_refuses_slowly_is_tried_by_one_all_the_same(site: Site) -> None:
    """Once it has refused somebody: a recorder may keep whoever is wrong waiting for seconds."""
    site.streams[site.waits().index(0.0)].failed(Fault.REFUSED)
    site.now_s += 120
    tries = site.waits().index(0.0)
    for _ in range(4):
        site.now_s += ANSWER_S
        assert 0.0 not in site.waits()
    site.streams[tries].failed(Fault.REFUSED)
    assert site.waits() == [NOT_SOON_S] * 4

    site.now_s += 240
    site.waits()
    site.now_s += REFUSAL_S  # it says nothing at all
    assert 0.0 in site.waits()


def test_what_is_no_refusal_says_nothing_of_the_password(site: Site) -> None:
    """The next one tries at once."""
    assert site.streams[0].wait_s() == 0.0
    site.streams[0].failed(Fault.SILENT)

    assert site.streams[1].wait_s() == 0.0
    assert not site.streams[1].is_closed


def test_once_one_is_let_in_all_may_who_was_refused_among_them(site: Site) -> None:
    """The password was put right: nobody waits for a window of his own."""
    for _ in range(2):
        site.streams[site.waits().index(0.0)].failed(Fault.REFUSED)
        site.now_s += 600
    site.streams[site.waits().index(0.0)].let_in()

    assert site.waits() == [0.0] * 4
    assert [stream.pause_s(Fault.REFUSED) for stream in site.streams] == [0.0] * 4


def test_one_that_alone_is_refused_keeps_nobody_out(site: Site) -> None:
    """A user may see some of a recorder's channels and not others: that one has a window of its own."""
    first = site.streams[0]
    site.streams[1].let_in()
    first.failed(Fault.REFUSED)
    assert site.waits() == [0.0, 0.0, SOON_S, SOON_S]
    site.streams[1].let_in()
    first.failed(Fault.REFUSED)

    assert first.pause_s(Fault.REFUSED) >= 60
    assert site.streams[1].pause_s(Fault.REFUSED) == 0.0
    assert site.waits() == [0.0] * 4
    first.let_in()
    assert first.pause_s(Fault.REFUSED) == 0.0


def test_that_somebody_was_let_in_a_while_ago_says_little(site: Site) -> None:
    """A recorder that starts anew with another password refuses one, not thirty-two."""
    for stream in site.streams:
        stream.let_in()
    site.now_s += LET_IN_S

    assert site.waits() == [0.0, SOON_S, SOON_S, SOON_S]
    site.streams[0].failed(Fault.REFUSED)
    assert site.waits() == [NOT_SOON_S] * 4


@pytest.mark.parametrize(
    "other",
    [
        "rtsp://east:hunter2@192.0.2.2/main",
        "rtsp://west:hunter2@192.0.2.1/main",
        "rtsp://east:hunter3@192.0.2.1/main",
        "rtsp://192.0.2.1/main",
        "file:street.mp4",
    ],
    ids=["another host", "another user", "another password", "nobody", "no host"],
)
def test_another_account_is_another_matter(site: Site, other: str) -> None:
    """So is a stream without any."""
    turn = site.turns.of(other)
    assert site.streams[0].wait_s() == 0.0
    site.streams[0].failed(Fault.REFUSED)

    assert turn.wait_s() == 0.0
    assert not turn.is_closed
    assert turn.pause_s(Fault.SILENT) <= 1.0


def test_it_gives_no_password_away(site: Site) -> None:
    """Whatever prints what it remembers."""
    seen = [site.turns, *site.streams, vars(site.turns), *(vars(one) for one in site.streams)]
    seen += [vars(account) for account in vars(site.turns)["_accounts"].values()]

    assert "hunter2" not in repr(seen)
    assert b"hunter2" not in b"".join(vars(site.turns)["_accounts"])


class OftenTried(Backoff):
    """A window of a second, where the real one is of minutes."""

    def next_wait(self, fault: Fault) -> timedelta:
        return timedelta(seconds=WINDOW_S)


@contextmanager
def recorder(clip: Path, turns: Turns, *, refuses: str) -> Iterator[Sequence[Watched]]:
    """The channels of one recorder that refuses everybody for so long; each is watched."""
    wrong = Wrong.model_validate({"camera": "gate", "at": "0s", "for": refuses, "fault": "wrong_password"})
    mounts = [Mount(path=f"/{number}", clip=clip, faults=(wrong,)) for number in range(CHANNELS)]
    with ExitStack() as stack:
        server = stack.enter_context(serving(*mounts))
        url = f"rtsp://east:hunter2@{server.address}"
        channels = [Watched(camera(f"{url}{mount.path}"), turns=turns) for mount in mounts]
        for one in channels:
            one.supervisor.start()
        try:
            yield channels
        finally:
            for one in channels:
                one.supervisor.request_stop()
            for one in channels:
                assert one.supervisor.stop(20.0)


def tries(channels: Sequence[Watched]) -> int:
    """How often the recorder has refused them."""
    return sum(one.backoff.faults.count(Fault.REFUSED) for one in channels)


def test_a_recorders_channels_try_a_wrong_password_once(clip: Path) -> None:
    """All of them are offline, and say why; the log and their states do not say the password."""
    with capture_logs() as lines, recorder(clip, Turns(), refuses="1h") as channels:
        offline = [CameraState.CONNECTING, CameraState.OFFLINE]
        eventually(lambda: all(one.sinks.states == offline for one in channels), "all offline", timeout_s=60.0)

        assert tries(channels) == 1
        statuses = [one.supervisor.status() for one in channels]
    assert [status.reason for status in statuses].count(WAITS_ITS_TURN) == CHANNELS - 1
    assert "hunter2" not in repr([lines, statuses])


def test_all_of_them_are_back_when_one_is_let_in(clip: Path) -> None:
    """Until then one tries in each window."""
    began_s = time.monotonic()
    with recorder(clip, Turns(window=OftenTried), refuses="5s") as channels:
        live = CameraState.LIVE
        eventually(lambda: all(one.supervisor.status().state is live for one in channels), "all live", timeout_s=120.0)
        passed_s = time.monotonic() - began_s

    assert tries(channels) <= 1 + passed_s / WINDOW_S
