"""The whole network on this machine, one camera in five busy: what it costs, and how fresh it is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil

from config.errors import BackendUnavailable
from detect.messages import Phase
from ingest.clock import utc_now
from ringwatch.bench_log import told_in
from ringwatch.bench_rehearsal import (
    WARM_UP_S,
    Plan,
    PlannedFault,
    faults_of,
    is_busy,
    link_clips,
    name_of,
    network_of,
)
from ringwatch.bench_streams import simulator
from ringwatch.board import FRESH, Board
from ringwatch.demo_config import free_port
from ringwatch.layout import Layout
from ringwatch.processes import leashed
from storage.database import Database

if TYPE_CHECKING:
    from ringwatch.bench_log import Told
    from ringwatch.board import CameraRow

LOOK_EVERY_S = 1.0
GROWS_FROM_S = 300.0  # what a node needs at first is no growth
DATA, LOG = "data", "node.log"
MISSING = "missing", ""  # state and reason of a camera that no worker tells of
START_S = 180.0  # generous: a loaded machine is no reason to give up


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCost:
    """The line of a run."""

    cameras: int
    minutes: float
    frame_age_s_p99_idle: float
    frame_age_s_p99_busy: float
    alerts_expected: int  # events that the workers say they raised, each once
    alerts_recorded: int  # of them, those on record at the end
    alerts_missing: tuple[str, ...]  # the others, by their ids
    processes_ended: int  # of the node, and started again
    rss_mib_per_camera: float
    rss_growth: float | None  # from the sixth minute to the last, as a share; None in shorter runs
    threads_left: int  # more at the end than at the beginning; every camera is well at both
    descriptors_left: int
    cpu_cores: float
    simulator_cpu_cores: float
    event_to_queue_s_p95: float | None  # beyond the rule's own time
    event_to_queue_s_p95_busy: float | None  # ... of cameras that are decoded always,
    event_to_queue_s_p95_idle: float | None  # ... and of those that sleep until something happens
    states_checked: int  # cameras looked at while a fault lasted, and all of them at the end
    states_wrong: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Figures:
    """What is gathered of `cameras` while the run lasts."""

    cameras: tuple[str, ...] = ()
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    rss: list[tuple[float, float]] = field(default_factory=list)  # second, MiB
    checked: int = 0
    wrong: list[str] = field(default_factory=list)
    _looked: set[PlannedFault] = field(default_factory=set)
    _newest_s: dict[str, float] = field(default_factory=dict)  # when each one's newest analysed frame was captured

    def look(self, rows: Sequence[CameraRow], faults: Sequence[PlannedFault], second: float) -> None:
        """The frame ages of cameras that nothing is wrong with; the states of those whose fault is near its end.

        One that no worker tells of is as old as its last frame, and older with every look.
        """
        self._newest_s |= {row.id: second - row.last_frame_age_s for row in rows if row.last_frame_age_s is not None}
        faulty = {fault.camera for fault in faults if fault.concerns(second)}
        for camera in self.cameras:
            newest_s = self._newest_s.setdefault(camera, second)
            if camera not in faulty:
                (self.busy if is_busy(camera) else self.idle).append(second - newest_s)
        told = {row.id: (row.state, row.reason) for row in rows}
        for fault in faults:
            if fault.should_be_told(second) and fault not in self._looked:
                self._looked.add(fault)
                self._check(fault, *told.get(fault.camera, MISSING), late=fault.is_over(second))

    def _check(self, fault: PlannedFault, state: str, reason: str, *, late: bool) -> None:
        self.checked += 1
        if late:
            self.wrong.append(f"{fault.camera}: {fault.kind} at {fault.at_s} s was over before it was looked at")
        elif not fault.explains(state, reason):
            self.wrong.append(f"{fault.camera}: {_in_words(state, reason)} during {fault.kind} at {fault.at_s} s")

    @property
    def growth(self) -> float | None:
        """Of the medians of two whole minutes: a camera that breaks or bursts in one second is no growth."""
        ends_s = self.rss[-1][0]
        if ends_s < GROWS_FROM_S + 120:
            return None
        early = [mib for second, mib in self.rss if GROWS_FROM_S <= second < GROWS_FROM_S + 60]
        late = [mib for second, mib in self.rss if second >= ends_s - 60]
        return round(median(late) / median(early) - 1, 4)

    def look_at_the_end(self, rows: Sequence[CameraRow]) -> None:
        """All is well again with every camera, or it is not."""
        told = {row.id: (row.state, row.reason) for row in rows}
        self.checked += len(self.cameras)
        found = {camera: told.get(camera, MISSING) for camera in self.cameras}
        self.wrong += [f"{name}: {_in_words(*found[name])} at the end" for name in found if found[name][0] != "live"]


def _in_words(state: str, reason: str) -> str:
    return f"{state} ({reason})" if reason else state


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What the simulator and the node have used of the machine so far, and what the node holds of it."""

    at_s: float  # monotonic
    streams_s: float  # of CPU time
    node_s: float
    threads: int
    descriptors: int

    def cores(self, before: Use) -> tuple[float, float]:
        """The node's and the simulator's mean use since `before`."""
        lasted_s = self.at_s - before.at_s
        spent = self.node_s - before.node_s, self.streams_s - before.streams_s
        return round(spent[0] / lasted_s, 3), round(spent[1] / lasted_s, 3)


def network_cost(plan: Plan, samples: Mapping[str, Path]) -> NetworkCost:
    """Run it with the sample clips `samples`; blocks for `plan.minutes` and about a minute more.

    Raises:
        BackendUnavailable: the simulator or the node does not start.
    """
    # Half an hour's figures are worth more than a folder that cannot be removed.
    with TemporaryDirectory(prefix="ringwatch-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port(0)
        config = folder / "network.yaml"
        config.write_text(json.dumps(network_of(plan, port)), "utf-8")  # JSON is YAML
        clips = folder / "clips"
        clips.mkdir()
        link_clips(clips, plan, samples)
        faults = faults_of(plan)
        (folder / "faults.yaml").write_text(json.dumps({"faults": [fault.row() for fault in faults]}), "utf-8")
        with (
            simulator(config, port, "--clips", clips, "--faults", folder / "faults.yaml") as streams,
            _node(config, folder / DATA, folder / LOG) as node,
        ):
            return _measured(plan, folder, faults, (streams, node))


@contextmanager
def _node(config: Path, data: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    logged = ("--log-level", "info", "--log-format", "json")
    command = [sys.executable, "-m", "ringwatch", *logged, "run", str(config), "--data", str(data)]
    with log.open("wb") as lines:
        process = subprocess.Popen(leashed([*command, "--port", str(free_port(0))]), stderr=lines)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _measured(
    plan: Plan,
    folder: Path,
    faults: Sequence[PlannedFault],
    processes: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]],
) -> NetworkCost:
    data = folder / DATA
    simulated_s = time.monotonic()  # the simulator counts from here, give or take what it takes to listen
    streams, node = (psutil.Process(process.pid) for process in processes)
    _await_cameras(data, plan.cameras, processes[1])
    time.sleep(max(0.0, simulated_s + WARM_UP_S - time.monotonic()))
    before = _use(streams, node)
    figures = _looked_at(plan, data, node, faults, simulated_s)
    after = _use(streams, node)
    figures.look_at_the_end(_rows(data))
    return _cost(plan, figures, (before, after), told_in(_lines(folder / LOG)), _alerts(data))


def _cost(
    plan: Plan, figures: Figures, used: tuple[Use, Use], told: Told, alerts: tuple[set[str], Late]
) -> NetworkCost:
    (before, after), (recorded, late) = used, alerts
    missing = told.raised.keys() - recorded
    node_cores, streams_cores = after.cores(before)
    return NetworkCost(
        cameras=plan.cameras,
        minutes=plan.minutes,
        frame_age_s_p99_idle=_quantile(figures.idle, 0.99),
        frame_age_s_p99_busy=_quantile(figures.busy, 0.99),
        alerts_expected=len(told.raised),
        alerts_recorded=len(told.raised) - len(missing),
        alerts_missing=tuple(sorted(missing)),
        processes_ended=told.ended,
        rss_mib_per_camera=round(figures.rss[-1][1] / plan.cameras, 2),
        rss_growth=figures.growth,
        threads_left=after.threads - before.threads,
        descriptors_left=after.descriptors - before.descriptors,
        cpu_cores=node_cores,
        simulator_cpu_cores=streams_cores,
        event_to_queue_s_p95=_p95([*late.busy, *late.idle]),
        event_to_queue_s_p95_busy=_p95(late.busy),
        event_to_queue_s_p95_idle=_p95(late.idle),
        states_checked=figures.checked,
        states_wrong=tuple(figures.wrong),
    )


def _looked_at(
    plan: Plan, data: Path, node: psutil.Process, faults: Sequence[PlannedFault], simulated_s: float
) -> Figures:
    """Look once a second for as long as is planned; the simulator's time began at `simulated_s`, monotonic."""
    began_s, figures = time.monotonic(), Figures(cameras=tuple(name_of(number) for number in range(plan.cameras)))
    while (second := time.monotonic() - began_s) < plan.minutes * 60:
        figures.look(_rows(data), faults, time.monotonic() - simulated_s)
        with suppress(psutil.NoSuchProcess):  # one of the node's has just ended: the next look tells
            figures.rss.append((second, _rss_mib(node)))
        time.sleep(LOOK_EVERY_S)
    return figures


def _await_cameras(data: Path, count: int, node: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and node.poll() is None:
        if sum(row.state == "live" for row in _rows(data)) == count:
            return
        time.sleep(0.5)
    raise BackendUnavailable("the node's cameras did not all go live within three minutes")


def _rows(data: Path) -> list[CameraRow]:
    """What the workers say of their cameras; not what one said that has ended since, or hangs."""
    folder = Layout(data).board
    reports = Board(folder).read() if folder.exists() else []
    return [row for report in reports if utc_now() - report.at < FRESH for row in report.cameras]


@dataclass(frozen=True, slots=True)
class Late:
    """How long events took to the queue beyond their rules' own times, in seconds."""

    busy: list[float] = field(default_factory=list)  # of cameras that are decoded always
    idle: list[float] = field(default_factory=list)


def _alerts(data: Path) -> tuple[set[str], Late]:
    """The events on record, by their ids, and how late they came into the queue."""
    database = Database(f"sqlite:///{(data / 'ringwatch.sqlite').resolve()}")
    try:
        time.sleep(3 * LOOK_EVERY_S)  # what is on its way
        recorded, late = set[str](), Late()
        for alert in database.changes_since(0, limit=1_000_000):
            for row in database.occurrences(alert.id):  # however many events were folded into one alert
                recorded.add(row.occurrence.id)
                if row.occurrence.phase is Phase.RAISED and row.occurrence.rule == "intrusion":
                    queued_s = int(row.entry.partition("-")[0]) / 1000  # Redis names an entry by its own time
                    of = late.busy if is_busy(row.occurrence.camera) else late.idle
                    of.append(queued_s - row.occurrence.captured_at.timestamp())
        return recorded, late
    finally:
        database.close()


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _use(streams: psutil.Process, node: psutil.Process) -> Use:
    held = [(one.num_threads(), one.num_fds()) for one in _family(node) if one.status() != psutil.STATUS_ZOMBIE]
    return Use(
        at_s=time.monotonic(),
        streams_s=_cpu_s(streams),
        node_s=_cpu_s(node),
        threads=sum(threads for threads, _ in held),
        descriptors=sum(descriptors for _, descriptors in held),
    )


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", errors="replace").splitlines()


def _cpu_s(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in _family(process)]
    return sum(one.user + one.system for one in times)


def _rss_mib(process: psutil.Process) -> float:
    """Proportional: pages that processes share count once."""
    return sum(one.memory_full_info().pss for one in _family(process)) / 2**20


def _p95(figures: list[float]) -> float | None:
    return _quantile(figures, 0.95) if figures else None


def _quantile(figures: list[float], share: float) -> float:
    ordered = sorted(figures) or [0.0]
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
