"""What a camera with each fault must be, and which rules must tell of it."""

from __future__ import annotations

import re

from ingest.messages import CameraState as S
from sample_streams.faults import FaultKind
from tests.services import REPOSITORY

PAGE = REPOSITORY / "docs" / "SIMULATOR.md"
TOLD_S = 28.0  # into a fault, every state is told: covered after 2 s, another view after 20
DISCONNECTED = frozenset({S.OFFLINE, S.STALLED})
LIVE = frozenset({S.LIVE})
EXPECTED: dict[FaultKind, frozenset[S]] = {
    FaultKind.DROP: frozenset({S.OFFLINE}),
    FaultKind.REFUSE: LIVE,  # who is connected stays
    FaultKind.RESET: LIVE,  # reconnected by then
    FaultKind.SILENT: frozenset({S.OFFLINE}),
    FaultKind.WRONG_PASSWORD: LIVE,  # asked only of who connects
    FaultKind.STALL: DISCONNECTED,
    FaultKind.HALF_PACKET: DISCONNECTED,
    FaultKind.SLOW: frozenset({S.LATE}),
    FaultKind.CORRUPT: frozenset({S.UNDECODABLE}),
    FaultKind.LOSS: LIVE,
    FaultKind.DUPLICATE_PTS: LIVE,
    FaultKind.BACKWARD_PTS: LIVE,
    FaultKind.JUMP_PTS: LIVE,
    FaultKind.STANDING_PTS: LIVE,
    FaultKind.CLOCK_SKEW: LIVE,
    FaultKind.FREEZE: frozenset({S.FROZEN}),
    FaultKind.COVER: frozenset({S.COVERED}),
    FaultKind.DARKEN: frozenset({S.DARK}),
    FaultKind.BLUR: frozenset({S.DEFOCUSED}),
    FaultKind.SHIFT: frozenset({S.MOVED}),
    FaultKind.RESOLUTION: LIVE,
    FaultKind.LONG_GOP: LIVE,
}


def documented() -> dict[FaultKind, set[str]]:
    """The rules that the page names for each fault: the words `camera.*` in the last column of its table."""
    lines = PAGE.read_text("utf-8").splitlines()
    rows = [line.split("|")[1:-1] for line in lines if line.startswith("| `") and "`fault`" not in line]
    return {
        FaultKind(name): set(re.findall(r"`(camera\.\w+)`", said))
        for kinds, _, said in rows
        for name in re.findall(r"`(\w+)`", kinds)
    }
