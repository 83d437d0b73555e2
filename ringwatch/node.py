"""A node: a supervisor process whose children are workers, the desk, the console and, if need be, redis."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from alerts.local_redis import RedisServer
from config.difference import camera_changes, service_settings, settled
from ringwatch import job as jobs
from ringwatch.board import Board, Report
from ringwatch.health import NODE
from ringwatch.job import Job, Role
from ringwatch.layout import Layout
from ringwatch.processes import ChildSpec, ChildSupervisor, leashed, set_from_handler
from ringwatch.reload_metrics import node_metrics
from ringwatch.shards import Shares, dealt
from ringwatch.silence import SILENT_S, Silence
from ringwatch.sole import require_free, sole_owner
from ringwatch.trial import unanswered

if TYPE_CHECKING:
    from types import FrameType

    from config.model import Network
    from ringwatch.config_watch import ConfigWatch

log = structlog.get_logger()
# glibc gives threads arenas and caches of their own, and what fifty camera threads leave in each is never used by
# another. And once a picture was freed it takes pictures from among the small things, whose holes stay when a larger
# camera goes. Source: mallopt(3), M_ARENA_MAX and M_MMAP_THRESHOLD, whose default is fixed here; glibc's tunables.
MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}
TICK_S = 0.25
STOP_S = 20.0
REDIS_READY_S = 10.0
REDIS, SERVICES, WORKERS = 0, 1, 2  # stages: the highest stops first


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOptions:
    """What the command line says about a node."""

    data: Path
    base: Path  # the configuration's folder
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 0  # 0: one per core
    log_level: str = "info"
    log_format: str = "auto"


class Node:
    """Starts the children, keeps them running, and stops them in order. Used by one thread.

    With a `watch` it takes in a configuration that changes while it runs.
    """

    def __init__(
        self,
        network: Network,
        options: NodeOptions,
        watch: ConfigWatch | None = None,
        *,
        silent_s: float = SILENT_S,
    ) -> None:
        self._network = network
        self._options = options
        self._watch = watch
        self._silent_s = silent_s
        self._shares: Shares = ()
        self._queue_url = ""
        self._run = uuid.uuid4().hex
        self._layout = Layout(options.data.resolve())
        self._board: Board | None = None
        self._reports = True
        self._redis: RedisServer | None = None
        self._children = ChildSupervisor(on_exit=self._forget_metrics)

    @property
    def layout(self) -> Layout:
        """Where this node keeps its things."""
        return self._layout

    def run(self, stop: threading.Event, started: Callable[[], None] = lambda: None) -> None:
        """Run until `stop` is set; `started` is called once every child was started.

        Raises:
            ModelError: the detector cannot be used.
            BackendUnavailable: the console's port is taken, or the node's own redis-server does not start.
            RingwatchError: the data folder cannot be used, or another node uses it.
        """
        for text in unanswered(self._network, self._options.base):
            log.warning("rule cannot be answered", rule=text)
        with ExitStack() as stack:
            self._prepare(stack)
            if self._watch is not None:
                stack.callback(self._watch.stop)
            stack.callback(self._stop)
            self._start()
            started()
            silence = Silence(Board(self._layout.board), self._silent_s)
            while not stop.wait(TICK_S):
                self._children.tend()
                self._look_for_changes()
                self._report()
                self._kill_frozen(silence)

    def _kill_frozen(self, silence: Silence) -> None:
        """A worker that is frozen as a whole cannot end itself. It is killed, and tended as any that has ended."""
        workers = {child.spec.name: child for child in self._children.children if child.spec.stage == WORKERS}
        for name in silence.look({name: child.pid for name, child in workers.items()}):
            log.error("a worker has fallen silent: it is killed and replaced", worker=name, pid=workers[name].pid)
            workers[name].kill()

    def _stop(self) -> None:
        late = self._children.stop(STOP_S)
        log.info("node stopped", killed=list(late))

    def kill(self) -> None:
        """End every child at once."""
        self._children.kill()

    def _prepare(self, stack: ExitStack) -> None:
        require_free(self._options.host, self._options.port)
        self._layout.make()
        stack.enter_context(sole_owner(self._layout.data))
        self._board = Board(self._layout.board)
        self._board.clear()
        shutil.rmtree(self._layout.metrics)
        self._layout.metrics.mkdir()

    def _start(self) -> None:
        self._queue_url = self._network.queue.url or self._start_redis()
        self._shares = dealt(self._network.cameras, ((),) * self._worker_count())
        if self._watch is not None:
            self._watch.start(node_metrics(self._layout.metrics))
        for role in (Role.DESK, Role.CONSOLE):
            self._start_child(self._job(role, role.value), SERVICES)
        for shard in range(len(self._shares)):
            self._start_child(self._job(Role.WORKER, f"worker-{shard}", shard), WORKERS)
        log.info("node started", cameras=len(self._network.cameras), workers=len(self._shares))

    def _look_for_changes(self) -> None:
        wanted = self._watch.take() if self._watch is not None else None
        if wanted is None or self._watch is None:
            return
        try:
            self._take_in(wanted)
        except Exception:  # a mistake of ours: who tends the children must go on
            log.exception("the changed configuration is not taken in")
            self._watch.refused()
        else:
            self._watch.taken_in()

    def _take_in(self, wanted: Network) -> None:
        """Run `wanted` from now on: workers change their cameras one by one, desk and console begin anew if need be."""
        before, now = self._network, settled(self._network, wanted)
        changes = camera_changes(before, now.network)
        self._network, self._shares = now.network, dealt(now.network.cameras, self._shares)
        for child in self._children.children:
            if child.spec.stage == WORKERS:
                shard = int(child.spec.name.removeprefix("worker-"))
                child.tell(jobs.encode(self._job(Role.WORKER, child.spec.name, shard)))
        renewed = service_settings(before) != service_settings(now.network)
        for child in self._children.children:
            if child.spec.stage == SERVICES:
                encoded = jobs.encode(self._job(Role(child.spec.name), child.spec.name))
                child.renew(encoded) if renewed else child.begin_with(encoded)
        log.info(
            "configuration taken in",
            added=list(changes.added),
            removed=list(changes.removed),
            changed=list(changes.changed),
            desk_and_console="begin anew" if renewed else "as they were",
        )
        more = ("workers",) if self._worker_count() > len(self._shares) else ()  # than there were cameras at the start
        for setting in (*now.waiting, *more):
            log.warning("a changed setting waits for a restart of the node", setting=setting)

    def _start_redis(self) -> str:
        self._redis = RedisServer(self._layout.redis)
        spec = ChildSpec(name="redis", command=leashed(self._redis.command()), stage=REDIS)
        self._children.start(spec)
        self._redis.wait_ready(REDIS_READY_S)
        return self._redis.url

    def _job(self, role: Role, name: str, shard: int = 0) -> Job:
        options = self._options
        return Job(
            role=role,
            name=name,
            network=self._network,
            data=self._layout.data,
            base=options.base,
            queue_url=self._queue_url,
            run=self._run,
            log_level=options.log_level,
            log_format=options.log_format,
            shard=shard,
            shares=self._shares,
            host=options.host,
            port=options.port,
        )

    def _start_child(self, job: Job, stage: int) -> None:
        environ = MALLOC | os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(self._layout.metrics)}
        self._children.start(
            ChildSpec(
                name=job.name,
                command=jobs.command(),
                job=jobs.encode(job),
                environ=environ,
                stage=stage,
                stop_timeout_s=12.0,
            )
        )

    def _worker_count(self) -> int:
        return min(self._options.workers or os.cpu_count() or 1, len(self._network.cameras))

    def _report(self) -> None:
        assert self._board is not None  # noqa: S101 - set before the first child starts
        report = Report(process=NODE, pid=os.getpid(), at=datetime.now(UTC), children=self._children.states())
        try:
            self._board.post(report)
        except OSError as error:  # a full disk: the children go on, and so must who tends them
            if self._reports:
                log.error("the node cannot report", error=str(error))
            self._reports = False
        else:
            self._reports = True

    def _forget_metrics(self, name: str) -> None:
        """Gauges of a process that has ended say nothing any more; its successor goes on with its counters."""
        for path in self._layout.metrics.glob(f"gauge_live*_{name}.db"):
            with suppress(OSError):  # on a disk that takes nothing: it is not worth the node
                path.unlink(missing_ok=True)


@contextmanager
def stopped_by_signals(node: Node) -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; a second signal kills the children and this process."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            node.kill()
            os._exit(1)
        set_from_handler(stop)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
