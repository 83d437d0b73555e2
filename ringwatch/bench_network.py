"""The whole network on this machine, one camera in five busy: what it costs, and how fresh it is."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from config.errors import BackendUnavailable
from detect.messages import Phase
from ringwatch.bench_streams import busy_clip, simulator
from ringwatch.board import Board
from ringwatch.demo_config import HOST, free_port
from ringwatch.layout import Layout
from storage.database import Database

if TYPE_CHECKING:
    from ringwatch.board import CameraRow

WARM_UP_S = 40.0
LOOK_EVERY_S = 1.0
START_S = 60.0
BUSY_ONE_IN = 5
EVENTS_ONE_IN = 10  # cameras with people and vehicles that come and go, besides
EVENTS = ("lane", "fence", "gate", "pair")  # their sample clips
INTRUSION = {"rule": "intrusion", "zone": "all", "classes": ["person", "vehicle"], "dwell": "1s"}
IDLE = "quiet"
WHOLE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
SLOT_S, FAULT_S, CALM_S = 180.0, 90.0, 45.0  # a camera has at most one fault a slot; the end of a run is calm
# What a camera is once a fault has lasted for a while.
STATES: Mapping[str, frozenset[str]] = {
    "drop": frozenset({"offline"}),
    "silent": frozenset({"offline"}),
    "stall": frozenset({"offline", "stalled"}),
    "half_packet": frozenset({"offline", "stalled"}),
    "freeze": frozenset({"frozen"}),
    "cover": frozenset({"covered"}),
    "darken": frozenset({"dark"}),
    "blur": frozenset({"defocused"}),
    "shift": frozenset({"moved"}),
    "reset": frozenset({"live"}),
    "resolution": frozenset({"live"}),
    "jump_pts": frozenset({"live"}),
    "backward_pts": frozenset({"live"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCost:
    """The line of a run."""

    cameras: int
    minutes: float
    frame_age_s_p99_idle: float
    frame_age_s_p99_busy: float
    alerts_expected: int  # events that the workers raised
    alerts_recorded: int  # of them, those on record at the end
    rss_mib_per_camera: float
    rss_growth: float | None  # from minute 5 to the end, as a share; None in shorter runs
    cpu_cores: float
    simulator_cpu_cores: float
    event_to_queue_s_p95: float | None  # beyond the rule's own time
    states_checked: int  # cameras looked at while a fault lasted, and all of them at the end
    states_wrong: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Figures:
    """What is gathered while the run lasts."""

    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    rss: list[tuple[float, float]] = field(default_factory=list)  # second, MiB
    checked: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run."""

    cameras: int
    minutes: float
    model: str
    faults_seed: int | None = None  # None: nothing goes wrong


def network_cost(plan: Plan, samples: Mapping[str, Path]) -> NetworkCost:
    """Run it with the sample clips `samples`; blocks for `plan.minutes` and about a minute more.

    Raises:
        BackendUnavailable: the simulator or the node does not start.
    """
    with TemporaryDirectory(prefix="ringwatch-") as name:
        folder, port = Path(name), free_port(0)
        config = folder / "network.yaml"
        config.write_text(json.dumps(_network(plan, port)), "utf-8")  # JSON is YAML
        clips = folder / "clips"
        clips.mkdir()
        _link_clips(clips, plan.cameras, samples)
        faults = _faults(plan)
        (folder / "faults.yaml").write_text(json.dumps({"faults": faults}), "utf-8")
        with (
            simulator(config, port, "--clips", clips, "--faults", folder / "faults.yaml") as streams,
            _node(config, folder / "data") as node,
        ):
            return _measured(plan, folder / "data", faults, (streams, node))


def _network(plan: Plan, port: int) -> dict[str, Any]:
    return {"detector": {"model": plan.model}, "cameras": [_camera(number, port) for number in range(plan.cameras)]}


def _camera(number: int, port: int) -> dict[str, Any]:
    name = f"bench-{number:02}"
    return {
        "id": name,
        "name": name,
        "ring": "middle",
        "stream": {"sub": f"rtsp://{HOST}:{port}/{name}"},
        "zones": {"all": {"polygon": WHOLE}},
        "posts": [{"zone": "all", "absent_after": "30m"}],
        "rules": [INTRUSION] if number % EVENTS_ONE_IN == 0 else [],
    }


def _is_busy(number: int) -> bool:
    return number % BUSY_ONE_IN == 1


def _link_clips(folder: Path, cameras: int, samples: Mapping[str, Path]) -> None:
    """A clip a camera, by its name: always moving, with somebody who comes and goes, or quiet."""
    busy = busy_clip(folder / "busy.mp4")
    for number in range(cameras):
        events = samples[EVENTS[number // EVENTS_ONE_IN % len(EVENTS)]]
        clip = busy if _is_busy(number) else events if number % EVENTS_ONE_IN == 0 else samples[IDLE]
        (folder / f"bench-{number:02}.mp4").symlink_to(clip)


def _faults(plan: Plan) -> list[dict[str, Any]]:
    """At random, the same for the same seed: half of the cameras in each slot."""
    if plan.faults_seed is None:
        return []
    chance = random.Random(plan.faults_seed)  # noqa: S311 - a rehearsal, not a secret
    rows: list[dict[str, Any]] = []
    slots = int((plan.minutes * 60 - CALM_S) // SLOT_S)
    for slot in range(slots):
        for number in range(plan.cameras):
            at_s = WARM_UP_S + slot * SLOT_S + chance.uniform(0, SLOT_S - FAULT_S - CALM_S)
            kind = chance.choice(sorted(STATES))
            if chance.random() < 0.5:
                name, lasts = f"bench-{number:02}", f"{FAULT_S:.0f}s"
                rows.append({"camera": name, "at": f"{round(at_s)}s", "for": lasts, "fault": kind})
    return rows


@contextmanager
def _node(config: Path, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "ringwatch", "--log-level", "error", "run", str(config), "--data", str(data)]
    process = subprocess.Popen([*command, "--port", str(free_port(0))], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _measured(
    plan: Plan,
    data: Path,
    faults: list[dict[str, Any]],
    processes: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]],
) -> NetworkCost:
    simulated_s = time.monotonic()  # the simulator counts from here, give or take what it takes to listen
    streams, node = (psutil.Process(process.pid) for process in processes)
    _await_cameras(data, plan.cameras, processes[1])
    time.sleep(max(0.0, simulated_s + WARM_UP_S - time.monotonic()))
    before = _cpu_s(streams), _cpu_s(node)
    began_s, figures = time.monotonic(), Figures()
    while (second := time.monotonic() - began_s) < plan.minutes * 60:
        rows = _rows(data)
        _note(rows, figures, _faulty(faults, time.monotonic() - simulated_s))
        _check(rows, figures, faults, time.monotonic() - simulated_s)
        figures.rss.append((second, _rss_mib(node)))
        time.sleep(LOOK_EVERY_S)
    lasted_s = time.monotonic() - began_s
    spent = _cpu_s(streams) - before[0], _cpu_s(node) - before[1]
    for row in _rows(data):
        figures.checked += 1
        if row.state != "live":
            figures.wrong.append(f"{row.id}: {row.state} at the end")
    raised, recorded, late = _alerts(data)
    return NetworkCost(
        cameras=plan.cameras,
        minutes=plan.minutes,
        frame_age_s_p99_idle=_quantile(figures.idle, 0.99),
        frame_age_s_p99_busy=_quantile(figures.busy, 0.99),
        alerts_expected=raised,
        alerts_recorded=recorded,
        rss_mib_per_camera=round(figures.rss[-1][1] / plan.cameras, 2),
        rss_growth=_growth(figures.rss),
        cpu_cores=round(spent[1] / lasted_s, 3),
        simulator_cpu_cores=round(spent[0] / lasted_s, 3),
        event_to_queue_s_p95=_quantile(late, 0.95) if late else None,
        states_checked=figures.checked,
        states_wrong=tuple(figures.wrong),
    )


def _await_cameras(data: Path, count: int, node: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and node.poll() is None:
        if sum(row.state == "live" for row in _rows(data)) == count:
            return
        time.sleep(0.5)
    raise BackendUnavailable("the node's cameras did not all go live within a minute")


def _rows(data: Path) -> list[CameraRow]:
    folder = Layout(data).board
    return [row for report in Board(folder).read() for row in report.cameras] if folder.exists() else []


def _note(rows: list[CameraRow], figures: Figures, faulty: set[str]) -> None:
    """The frame ages of cameras that nothing is wrong with."""
    for row in rows:
        if row.last_frame_age_s is not None and row.id not in faulty:
            number = int(row.id.removeprefix("bench-"))
            (figures.busy if _is_busy(number) else figures.idle).append(row.last_frame_age_s)


def _seconds(fault: dict[str, Any], key: str) -> float:
    return float(str(fault[key]).removesuffix("s"))


def _faulty(faults: list[dict[str, Any]], second: float) -> set[str]:
    """The cameras that something is wrong with, or was a moment ago."""
    return {
        str(fault["camera"])
        for fault in faults
        if -2 <= second - _seconds(fault, "at") < _seconds(fault, "for") + CALM_S
    }


def _check(rows: list[CameraRow], figures: Figures, faults: list[dict[str, Any]], second: float) -> None:
    """Whether each camera whose fault is near its end is in the state that belongs to it."""
    states = {row.id: row.state for row in rows}
    for fault in faults:
        ends_s = _seconds(fault, "at") + _seconds(fault, "for")
        if ends_s - 6 <= second < ends_s - 6 + LOOK_EVERY_S and "looked" not in fault:
            fault["looked"] = True
            figures.checked += 1
            state = states.get(str(fault["camera"]), "missing")
            if state not in STATES[str(fault["fault"])]:
                figures.wrong.append(f"{fault['camera']}: {state} during {fault['fault']} at {fault['at']}")


def _alerts(data: Path) -> tuple[int, int, list[float]]:
    """How many events the workers have put into their outboxes or sent, how many are on record, and how late."""
    database = Database(f"sqlite:///{(data / 'ringwatch.sqlite').resolve()}")
    try:
        time.sleep(3 * LOOK_EVERY_S)  # what is on its way
        alerts = database.changes_since(0, limit=1_000_000)
        late: list[float] = []
        for alert in alerts:
            for row in database.occurrences(alert.id):
                if row.occurrence.phase is Phase.RAISED and row.occurrence.rule == "intrusion":
                    queued_s = int(row.entry.partition("-")[0]) / 1000  # Redis names an entry by its own time
                    late.append(queued_s - row.occurrence.captured_at.timestamp())
        return _raised(data), len(alerts), late
    finally:
        database.close()


def _raised(data: Path) -> int:
    """Events that were raised, by the workers' own counters."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(Layout(data).metrics))  # type: ignore[no-untyped-call]
    return round(
        sum(
            sample.value
            for family in registry.collect()
            for sample in family.samples
            if sample.name == "ringwatch_detect_events_total" and sample.labels["phase"] == "raised"
        )
    )


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _cpu_s(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in _family(process)]
    return sum(one.user + one.system for one in times)


def _rss_mib(process: psutil.Process) -> float:
    """Proportional: pages that processes share count once."""
    return sum(one.memory_full_info().pss for one in _family(process)) / 2**20


def _growth(rss: list[tuple[float, float]]) -> float | None:
    later = [mib for second, mib in rss if second >= 300]
    return round(rss[-1][1] / later[0] - 1, 4) if len(later) > 60 else None


def _quantile(figures: list[float], share: float) -> float:
    ordered = sorted(figures) or [0.0]
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
