"""How a worker's cameras change: one by one, and nobody waits for a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.model import Camera, Network, NetworkInfo, Ring, Stream
from ringwatch.job import Job, Newer, Role
from ringwatch.shards import Shares
from ringwatch.turnover import Turnover

AT_FIRST = {"a": "甲", "b": "乙", "c": "丙"}
PATIENCE_S = 2 * 10 + 10 + 20


@dataclass(slots=True)
class Thread:
    """Reads a stream until the test says that it has come back."""

    stream: str
    asked: bool = False
    back: bool = False

    def request_stop(self) -> None:
        self.asked = True

    def stop(self, deadline_s: float) -> bool:
        assert deadline_s == 0.0, "the analysis never waits"
        return self.back


@dataclass(slots=True)
class Worker:
    """Notes what it is told."""

    threads: dict[str, list[Thread]] = field(default_factory=dict)
    put_in: list[tuple[str, str | None]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def take_in(self, job: Job) -> None:
        self.jobs.append(job)

    def streams_of(self, camera: str) -> Sequence[Thread]:
        return self.threads.setdefault(camera, [Thread(f"{camera}/analysis"), Thread(f"{camera}/recording")])

    def put(self, camera: str, settings: Camera | None) -> None:
        self.put_in.append((camera, settings.name if settings else None))


class Site:
    """A worker that has the cameras a and b, while another one has c."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.newer, self.worker = Newer(), Worker()
        self.turnover = Turnover(job(AT_FIRST), self.newer, self.worker, clock=lambda: self.now_s)

    def told(self, **cameras: str) -> list[tuple[str, str | None]]:
        """What is put in place of what, at the next look after the job came."""
        self.newer.tell(job(cameras))
        return self.looked()

    def looked(self) -> list[tuple[str, str | None]]:
        self.worker.put_in.clear()
        self.turnover.look()
        return list(self.worker.put_in)

    def asked(self) -> list[str]:
        """The cameras whose threads were asked to end."""
        return [name for name, threads in self.worker.threads.items() if any(one.asked for one in threads)]

    def come_back(self, camera: str) -> None:
        for thread in self.worker.threads[camera]:
            thread.back = True


def job(cameras: Mapping[str, str], shares: Shares = (("a", "b", "d"), ("c",)), timezone: str = "Asia/Shanghai") -> Job:
    """Of the first of two workers, in a network of cameras with these names."""
    all_of_them = tuple(
        Camera(id=name, name=words, ring=Ring.INNER, stream=Stream(sub="rtsp://192.0.2.1/sub"))
        for name, words in cameras.items()
    )
    network = Network(network=NetworkInfo(timezone=timezone), cameras=all_of_them)
    return Job(
        role=Role.WORKER, name="worker-0", network=network, data=Path(), base=Path(), queue_url="", shares=shares
    )


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_changed_camera_is_replaced_when_its_threads_have_come_back(site: Site) -> None:
    """Until then it goes on in the old way; no other camera notices."""
    assert site.told(a="东门", b="乙", c="丙") == []
    assert site.asked() == ["a"]
    assert site.looked() == []

    site.come_back("a")

    assert site.looked() == [("a", "东门")]
    assert site.looked() == []


def test_a_removed_camera_goes_likewise(site: Site) -> None:
    """Nothing comes in its place."""
    site.told(a="甲", c="丙")
    site.come_back("b")

    assert site.looked() == [("b", None)]


def test_a_new_camera_begins_at_once(site: Site) -> None:
    """It waits for nobody."""
    assert site.told(a="东门", b="乙", c="丙", d="丁") == [("d", "丁")]


def test_other_workers_cameras_are_not_its_business(site: Site) -> None:
    """Though it goes by the new job from then on."""
    assert site.told(a="甲", b="乙", c="南门") == []
    assert site.asked() == []
    assert [one.network.camera("c").name for one in site.worker.jobs] == ["南门"]


def test_a_camera_that_another_worker_is_given_goes(site: Site) -> None:
    """And is there, not here."""
    site.newer.tell(job(AT_FIRST, shares=(("a",), ("b", "c"))))
    site.looked()

    assert site.asked() == ["b"]


def test_another_time_zone_changes_all(site: Site) -> None:
    """Hours mean other times."""
    site.newer.tell(job(AT_FIRST, timezone="Asia/Urumqi"))
    site.looked()

    assert site.asked() == ["a", "b"]


def test_the_next_configuration_waits_until_this_one_is_done(site: Site) -> None:
    """Of several the newest is taken."""
    site.told(a="东门", b="乙", c="丙")
    for words in ("西门", "南门"):
        site.told(a=words, b="乙", c="丙")
    assert len(site.worker.jobs) == 1
    site.come_back("a")
    assert site.looked() == [("a", "东门")]
    site.worker.threads.clear()

    site.looked()
    site.come_back("a")

    assert site.looked() == [("a", "南门")]
    assert len(site.worker.jobs) == 2


def test_a_thread_that_does_not_come_back_is_told(site: Site) -> None:
    """After all of the camera's timeouts, and some more: its worker must be replaced, and begins with what is new.

    Of the other stream of the camera nothing is told: it came back.
    """
    site.told(a="东门", b="乙", c="丙")
    site.worker.threads["a"][0].back = True
    site.now_s = PATIENCE_S - 1
    assert site.turnover.give_up_waiting() == frozenset()

    site.now_s = PATIENCE_S + 1

    assert site.turnover.give_up_waiting() == {"a/recording"}
    assert site.worker.put_in == [("a", "东门")]
    assert site.turnover.give_up_waiting() == frozenset()


def test_a_thread_of_a_camera_that_is_gone_is_left_behind(site: Site) -> None:
    """It costs nobody anything; what its camera had open is settled."""
    site.told(a="甲", c="丙")
    site.now_s = PATIENCE_S + 1

    assert site.turnover.give_up_waiting() == frozenset()
    assert site.worker.put_in == [("b", None)]
    assert site.told(a="甲", c="丙", d="丁") == [("d", "丁")]
