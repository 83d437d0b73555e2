"""What a child is told over its pipe: one job at first, and newer ones later."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from config.model import Camera, Network, Ring, Stream
from ringwatch.job import Job, Newer, Role, encode, framed, next_job, read_job


def job(name: str = "worker-0", cameras: int = 2) -> Job:
    network = Network(
        cameras=tuple(
            Camera(id=f"c{number}", name="东门", ring=Ring.INNER, stream=Stream(sub="rtsp://user:word@192.0.2.1/s"))
            for number in range(cameras)
        )
    )
    return Job(
        role=Role.WORKER, name=name, network=network, data=Path(), base=Path(), queue_url="", shares=(("c1",), ("c0",))
    )


class Slowly(io.BytesIO):
    """A pipe: gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


def test_jobs_follow_one_another_until_the_parent_is_gone() -> None:
    """However the bytes come."""
    pipe = Slowly(framed(encode(job())) + framed(encode(job("worker-1"))))

    assert read_job(pipe) == job()
    assert next_job(pipe) == job("worker-1")
    assert next_job(pipe) is None


@pytest.mark.parametrize("missing", [1, 8, 300])
def test_a_parent_that_dies_while_it_writes_has_told_nothing(missing: int) -> None:
    """Half a job is none."""
    whole = framed(encode(job()))

    assert next_job(io.BytesIO(whole[:-missing])) is None
    assert next_job(io.BytesIO(whole[:5])) is None


def test_the_newest_job_wins_and_is_taken_once() -> None:
    """A child that is busy does not go through all that is past."""
    newer = Newer()
    assert newer.take() is None

    newer.tell(job("first"))
    newer.tell(job("second"))

    assert newer.take() == job("second")
    assert newer.take() is None


def test_a_worker_has_the_cameras_of_its_share() -> None:
    """And sees a network of these alone."""
    assert [camera.id for camera in job().own_cameras] == ["c1"]
    assert job().own_network.cameras == job().own_cameras
