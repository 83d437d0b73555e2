"""The processes of `ringwatch bench alerts`: redis-server, desk, console and workers, each to be killed and started."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from alerts.local_redis import RedisServer
from config.errors import BackendUnavailable
from ringwatch import job as jobs
from ringwatch.bench_alert_worker import Orders, command, network, progress_file
from ringwatch.job import Job, Role
from ringwatch.layout import Layout
from ringwatch.processes import Child, ChildSpec, leashed

WORKERS = ("worker-0", "worker-1")
LOOK_S = 0.02
REDIS_READY_S = 30.0
WORKER_READY_S = 3.0  # what a worker takes to start, generously
ENDS_S = 10.0
AWAY_S = 0.3  # how long a killed redis-server stays away
OWN_FILES = ("redis.conf", "redis.log", "redis.sock")  # not the queue's memory


class RedisFault(StrEnum):
    """What becomes of the queue while its server is dead."""

    KILLED = "killed"  # nothing: every write it answered is in its append-only file
    WIPED = "wiped"  # the file is deleted
    OLDER = "older"  # the file is that of the kill before


class BenchNode:
    """A node without cameras in the folder `data`. Used by one thread."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self.data = data
        self.port = port  # of the console
        self._redis = RedisServer(Layout(data).redis)
        self._children: dict[str, Child] = {}

    def start(self) -> None:
        """Start the queue and the desk.

        Raises:
            BackendUnavailable: there is no redis-server on this machine, or it does not start.
        """
        Layout(self.data).make()
        self._start(ChildSpec(name="redis", command=leashed(self._redis.command())))
        self._redis.wait_ready(REDIS_READY_S)
        self._start(self._role(Role.DESK))

    def start_console(self) -> None:
        """Start the console."""
        self._start(self._role(Role.CONSOLE))

    def start_workers(self, count: int, rate: float) -> None:
        """Start all of `WORKERS`: they raise `count` alerts together, `rate` a second, from a moment from now on."""
        begin_at, share = time.time() + WORKER_READY_S, count // len(WORKERS)
        for number, name in enumerate(WORKERS):
            orders = Orders(
                data=self.data,
                name=name,
                url=self._redis.url,
                count=share if number else count - share * (len(WORKERS) - 1),
                rate=rate / len(WORKERS),
                begin_at=begin_at,
            )
            self._start(ChildSpec(name=name, command=leashed(command(orders))))

    def raised(self) -> int:
        """How many alerts the workers have said to have raised so far."""
        return sum(_number_in(progress_file(self.data, name)) for name in WORKERS)

    def kill(self, name: str) -> None:
        """Kill -9 the desk or a worker, and start it again."""
        _kill(self._children[name])
        self._children[name].start()

    def kill_redis(self, fault: RedisFault) -> None:
        """Kill -9, do to its files what `fault` says, and start it again a moment later."""
        _kill(self._children["redis"])
        folder, older, now = Layout(self.data).redis, self.data / "redis-older", self.data / "redis-now"
        shutil.copytree(folder, now, ignore=shutil.ignore_patterns(*OWN_FILES))
        if fault is not RedisFault.KILLED:
            _empty(folder)
        if fault is RedisFault.OLDER and older.exists():
            shutil.copytree(older, folder, dirs_exist_ok=True)
        shutil.rmtree(older, ignore_errors=True)
        now.rename(older)
        time.sleep(AWAY_S)
        self._children["redis"].start()
        self._redis.wait_ready(REDIS_READY_S)

    def working(self) -> bool:
        """Whether any worker has something left to do; one that ended otherwise is started again."""
        workers = [self._children[name] for name in WORKERS]
        for worker in workers:
            if worker.state not in {"running", "ended with 0"}:
                _kill(worker)
                worker.start()
        return any(worker.state == "running" for worker in workers)

    def pids(self) -> tuple[int, ...]:
        """The processes that run."""
        return tuple(child.pid for child in self._children.values() if child.pid)

    def stop(self) -> None:
        """Kill all of them, the newest first."""
        for child in reversed(self._children.values()):
            _kill(child)

    def _role(self, role: Role) -> ChildSpec:
        job = Job(
            role=role,
            name=role.value,
            network=network(),
            data=self.data,
            base=self.data,
            queue_url=self._redis.url,
            log_level="error",
            port=self.port,
        )
        environ = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(Layout(self.data).metrics)}
        return ChildSpec(name=role.value, command=jobs.command(), job=jobs.encode(job), environ=environ)

    def _start(self, spec: ChildSpec) -> None:
        self._children[spec.name] = Child(spec)
        self._children[spec.name].start()


@contextmanager
def bench_node(data: Path, port: int = 0) -> Iterator[BenchNode]:
    """A node whose queue answers; all its processes are gone afterwards.

    Raises:
        BackendUnavailable: there is no redis-server on this machine, or it does not start.
    """
    node = BenchNode(data, port)
    try:
        node.start()
        yield node
    finally:
        node.stop()


def _kill(child: Child) -> None:
    child.kill()
    if not child.finish(ENDS_S):
        raise BackendUnavailable(f"{child.spec.name} cannot be killed")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in OWN_FILES:
            path.unlink()


def _number_in(file: Path) -> int:
    """The number a worker wrote; 0 before its first, or while it is being written."""
    try:
        return int(file.read_text() or 0)
    except FileNotFoundError:
        return 0
