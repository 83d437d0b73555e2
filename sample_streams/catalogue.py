"""The sample clips of this machine: made when they are missing, found by the camera that is to show them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sample_streams import cutouts as cuts
from sample_streams.encoding import encode, version_of
from sample_streams.photographs import SampleError, UnknownSampleError, street
from sample_streams.scenes import SCENES, Polygon, Scene
from sample_streams.stage import Stage
from sample_streams.truth import Span, truth_of

if TYPE_CHECKING:
    from config.model import Camera

Progress = Callable[[str], None]
SOURCES = ("actors", "checkpoint", "cutouts", "drawing", "encoding", "photographs", "scenes", "stage")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClip:
    """One clip, and what is known of it."""

    name: str
    path: Path
    zones: Mapping[str, Polygon]
    truth: tuple[Span, ...]


def default_folder() -> Path:
    """`$RINGWATCH_SAMPLES`, else `ringwatch/samples` among this user's caches."""
    if named := os.environ.get("RINGWATCH_SAMPLES"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ringwatch" / "samples"


class Catalogue:
    """The clips in one folder."""

    def __init__(self, folder: Path, scenes: tuple[Scene, ...] = SCENES) -> None:
        self._folder = folder
        self._scenes = scenes

    def ensure(self, progress: Progress | None = None) -> None:
        """Make what is missing or was made by another version; at once when nothing is. Processes take turns.

        Raises:
            SampleError: the clips cannot be made.
        """
        version = _version()
        if not self._missing(version):
            return
        with self._turn():
            self._make(self._missing(version), version, progress or _silent)

    def cutouts(self) -> Mapping[str, cuts.Cutout]:
        """The figures of the scenes, made where they are missing. Another process may be making them: it is waited for.

        Raises:
            SampleError: they cannot be made.
        """
        with self._turn():
            return self._cutouts(_version())

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            with _alone(self._folder):
                yield
        except OSError as error:
            raise SampleError(f"the sample clips cannot be kept in {self._folder}: {error.strerror}") from None

    def clips(self) -> tuple[SampleClip, ...]:
        """Every clip, whether it has been made or not."""
        return tuple(
            SampleClip(
                name=scene.name,
                path=self._path(scene),
                zones=MappingProxyType(dict(scene.zones)),
                truth=truth_of(scene),
            )
            for scene in self._scenes
        )

    def clip_for(self, camera: Camera) -> Path:
        """The clip that stands for `camera`: the one it names, the one it is named after, else one in turn.

        Raises:
            SampleError: it names a clip that does not exist.
        """
        names = [scene.name for scene in self._scenes]
        if camera.sample and camera.sample not in names:
            raise UnknownSampleError(
                f"camera {camera.id}: no sample clip is called {camera.sample!r}; {_listed(names)}"
            )
        for scene in self._scenes:
            if camera.sample == scene.name or (not camera.sample and _named_after(camera.id, scene.name)):
                return self._path(scene)
        return self._path(self._scenes[_turn(camera.id) % len(self._scenes)])

    def _path(self, scene: Scene) -> Path:
        return self._folder / f"{scene.name}.mp4"

    def _missing(self, version: str) -> list[Scene]:
        return [scene for scene in self._scenes if version_of(self._path(scene)) != version]

    def _make(self, scenes: list[Scene], version: str, progress: Progress) -> None:
        if not scenes:
            return  # another process has made them meanwhile
        progress(f"making {len(scenes)} sample clips in {self._folder}")
        found = self._cutouts(version)
        with ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="samples") as pool:
            jobs = {pool.submit(self._make_one, scene, found, version): scene.name for scene in scenes}
            try:
                for done, job in enumerate(as_completed(jobs), 1):
                    job.result()
                    progress(f"made {jobs[job]} ({done} of {len(scenes)})")
            finally:
                pool.shutdown(cancel_futures=True)

    def _make_one(self, scene: Scene, found: Mapping[str, cuts.Cutout], version: str) -> None:
        encode(Stage(scene, found).pictures(), self._path(scene), version)

    def _cutouts(self, version: str) -> Mapping[str, cuts.Cutout]:
        kept = self._folder / f"cutouts-{version}.npz"
        if not kept.exists():
            for old in self._folder.glob("cutouts-*.npz"):
                old.unlink()
            cuts.save(cuts.cut_all(street()), kept)
        return cuts.load(kept)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else makes clips in `folder` meanwhile, in this process or another."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _version() -> str:
    """Of the code that makes the clips: a changed scene is made anew without anybody having to count."""
    texts = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in SOURCES]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]


def _named_after(camera_id: str, clip: str) -> bool:
    return camera_id == clip or camera_id.startswith(f"{clip}-")


def _turn(camera_id: str) -> int:
    """A number of the id alone, so that a camera keeps its clip whatever the others are: its own where it has one."""
    number = re.search(r"\d+$", camera_id)
    return int(number[0]) - 1 if number else zlib.crc32(camera_id.encode())


def _listed(names: list[str]) -> str:
    return f"there are {', '.join(names)}"


def _silent(_line: str) -> None:
    pass
