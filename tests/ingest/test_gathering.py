"""When a connection is left alone for a moment, and for how long."""

from __future__ import annotations

import math

import pytest

from ingest.gathering import EARLY_S, GATHER_S, Gathering
from ingest.governor import Governor
from tests.ingest.given import SECOND, START, packet
from tests.ingest.test_governor import GOP_S, HEARTBEAT, quiet


@pytest.mark.parametrize(
    ("late_s", "awaited_s", "pause_s"),
    [
        pytest.param(0.02, math.inf, GATHER_S, id="nobody waits"),
        pytest.param(0.02, 1.9, GATHER_S, id="somebody will"),
        pytest.param(0.02, 0.2, 0.18 - EARLY_S, id="soon"),
        pytest.param(0.02, 0.06, 0.0, id="at once"),
        pytest.param(0.02, 0.0, 0.0, id="awake"),
        pytest.param(0.02, -3.0, 0.0, id="what was awaited does not come"),
        pytest.param(0.1, math.inf, 0.0, id="the next is here"),
        pytest.param(2.5, math.inf, 0.0, id="many are: the network held them up"),
        pytest.param(-0.5, 0.2, 0.2 - EARLY_S, id="the node's clock was set back"),
    ],
)
def test_packets_gather_while_nobody_waits_for_one(late_s: float, awaited_s: float, pause_s: float) -> None:
    """Ten a second; `late_s` after the newest was captured, the next that matters is due `awaited_s` after it."""
    gathering = Gathering()
    first, newest = packet(1.0), packet(1.1)

    begins = gathering.pause_s(first, first.captured_at, math.inf)
    pause = gathering.pause_s(newest, newest.captured_at + late_s * SECOND, awaited_s)

    assert begins == 0.0
    assert pause == pytest.approx(pause_s)


def test_pictures_out_of_order_are_read_on() -> None:
    """A B-frame lies before the one that came before it: how far apart pictures are is not known."""
    gathering = Gathering()
    for at_s in (1.0, 1.3, 1.1):
        pause = gathering.pause_s(packet(at_s), START + 1.3 * SECOND, math.inf)

    assert pause == 0.0


def test_what_is_awaited_of_a_sleeping_camera_is_its_next_keyframe() -> None:
    """And of one that is awake, or that has shown one keyframe alone, the next packet."""
    governor = Governor(HEARTBEAT)
    assert governor.awaited_at is None
    quiet(governor, 1)
    assert governor.awaited_at is None

    quiet(governor, 3, first=1)

    assert not governor.awake
    assert governor.awaited_at == START + 4 * GOP_S * SECOND
