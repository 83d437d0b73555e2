"""Health says which process is missing, silent or in trouble, by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.model import Ring
from ringwatch.board import Board, CameraRow, Report
from ringwatch.health import BoardHealth
from tests.full_disk import no_more_room

NOW = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
GATE = CameraRow(id="inner-01", name="东门卡口", ring=Ring.INNER, state="live", last_frame_age_s=0.2, went_live=True)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "board")


@pytest.fixture
def health(board: Board) -> BoardHealth:
    return BoardHealth(board, clock=lambda: NOW)


def report(process: str, *problems: str, age_s: float = 0.5, cameras: tuple[CameraRow, ...] = ()) -> Report:
    return Report(process=process, pid=7, at=NOW - timedelta(seconds=age_s), problems=tuple(problems), cameras=cameras)


def node(**children: str) -> Report:
    return Report(
        process="node", pid=1, at=NOW, children={name.replace("_", "-"): state for name, state in children.items()}
    )


def test_a_report_is_read_back_as_it_was_posted(board: Board) -> None:
    """What a process writes is what the console reads, Chinese names and rings included."""
    posted = report("worker-0", "outbox: disk full", cameras=(GATE,))

    board.post(posted)

    assert board.read() == (posted,)


def test_a_later_report_replaces_the_earlier_one(board: Board) -> None:
    """The board holds the newest word of each process, no history."""
    board.post(report("desk", "queue: away"))
    board.post(report("desk"))

    assert [found.problems for found in board.read()] == [()]


def test_reports_of_an_earlier_run_are_forgotten(board: Board) -> None:
    """A node that starts does not take yesterday's workers for today's."""
    board.post(report("worker-7"))

    board.clear()

    assert board.read() == ()


def test_a_report_that_is_removed_meanwhile_is_passed_over(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose disk is full removes its own."""
    board.post(report("desk"))
    gone = board.folder / "worker-0.json"
    monkeypatch.setattr(Path, "glob", lambda *_: iter([gone, board.folder / "desk.json"]))

    assert [found.process for found in board.read()] == ["desk"]


def test_a_node_that_never_reported_is_not_alive(health: BoardHealth) -> None:
    """With no supervisor there is no node."""
    assert health.live() == (False, {"node": "silent"})
    assert health.ready() == (False, {"problems": ["the node's supervisor is silent"]})


def test_a_node_whose_processes_all_report_is_ready(board: Board, health: BoardHealth) -> None:
    """Everybody runs, everybody reported lately, nobody has a problem."""
    board.post(node(worker_0="running", desk="running", redis="running"))
    board.post(report("worker-0", cameras=(GATE,)))
    board.post(report("desk"))

    assert health.live()[0]
    assert health.ready() == (True, {"problems": []})


@pytest.mark.parametrize(
    ("children", "reports", "problem"),
    [
        pytest.param({"desk": "ended with -9"}, [], "desk: ended with -9", id="a child that died"),
        pytest.param({"desk": "running"}, [], "desk: has not reported", id="a child that is still starting"),
        pytest.param(
            {"desk": "running"},
            [report("desk", age_s=60)],
            "desk: silent since 03:59:00 UTC",
            id="a child that hangs",
        ),
        pytest.param(
            {"desk": "running"},
            [report("desk", age_s=-3600)],
            "desk: silent since 05:00:00 UTC",
            id="a child that hangs since before the clock was set back",
        ),
        pytest.param(
            {"desk": "running"},
            [report("desk", "the queue is away")],
            "desk: the queue is away",
            id="a child in trouble",
        ),
        pytest.param({"redis": "ended with 1"}, [], "redis: ended with 1", id="redis, which reports to nobody"),
    ],
)
def test_readiness_names_what_is_wrong(
    board: Board, health: BoardHealth, children: dict[str, str], reports: list[Report], problem: str
) -> None:
    """Whoever is on call reads the reason, not just a red light."""
    board.post(node(**children))
    for one in reports:
        board.post(one)

    ready, said = health.ready()

    assert not ready
    assert said == {"problems": [problem]}


def test_a_full_disk_leaves_no_report_to_be_believed(board: Board, health: BoardHealth) -> None:
    """Readiness turns red at once, not when the last report has grown old."""
    board.post(node(worker_0="running"))
    board.post(report("worker-0"))
    with no_more_room(), pytest.raises(OSError, match="File too large"):
        board.post(report("worker-0"))

    assert health.ready() == (False, {"problems": ["worker-0: has not reported"]})
    assert [path.name for path in sorted(board.folder.iterdir())] == ["node.json"]


@pytest.mark.parametrize("age_s", [30.0, -30.0], ids=["silent", "silent, the clock set back since"])
def test_cameras_of_a_silent_worker_are_unknown_not_live(board: Board, health: BoardHealth, age_s: float) -> None:
    """A worker that hangs must not leave its cameras looking alive."""
    board.post(report("worker-0", age_s=age_s, cameras=(GATE,)))

    (row,) = health.cameras()

    assert (row.id, row.state, row.reason) == ("inner-01", "unknown", "its worker is silent")
