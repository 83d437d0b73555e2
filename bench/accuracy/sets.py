"""Composed clips as a labelled set in a folder of this machine, for `ringwatch evaluate`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from bench.accuracy.clips import RATE_HZ, TOLERANCE_S, Composed, path_of
from bench.accuracy.posts import SHIFTS, posts
from bench.accuracy.weather import steady
from bench.accuracy.zones import zones
from config.durations import parse_duration
from config.model import Label
from detect.messages import Place, WindowCount
from ringwatch.past import append
from sample_streams import cutouts as cuts
from sample_streams.catalogue import Catalogue, default_folder
from sample_streams.drawing import SIZE
from sample_streams.encoding import OPTIONS, VERSION_TAG, version_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ringwatch.labelled import LabelledClip

HERE = Path(__file__).parent
REAL = HERE / "real.yaml"
SOURCES = ("cast", "painting", "places", "weather")
SEEN = ("gain", "lamps", "noise", "rain", "shake", "headlights", "faults")  # of the weather
GOP_S = 2
PAST = "past.jsonl"
WEEKS, WINDOWS = 4, 5  # of a past: more than three weeks and twelve windows, before which `unusual` says nothing


def composed() -> tuple[Composed, ...]:
    """Every composed clip."""
    return (*posts(), *zones())


def default_set_folder() -> Path:
    """Beside the sample clips."""
    return default_folder() / "accuracy"


def cutouts() -> Mapping[str, cuts.Cutout]:
    """The figures of the sample scenes.

    Raises:
        SampleError: they cannot be made.
    """
    return Catalogue(default_folder()).cutouts()


def write_set(clips: Sequence[Composed], folder: Path, progress: Callable[[str], None] = lambda _: None) -> Path:
    """Make the clips that are not there yet, a network whose cameras see them, their past, and the set; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn, figures = _drawn_by(), None
    for clip in clips:
        path, version = path_of(folder, clip), _version(clip, drawn)
        if version_of(path) != version:
            figures = figures or cutouts()
            progress(f"composing {clip.name}")
            write_video(clip.pictures(figures), path, version)
    network = {
        "network": {"timezone": "UTC"},
        "roster": {"shifts": SHIFTS},
        "cameras": [_camera(clip) for clip in clips],
    }
    _keep(folder / "network.yaml", network)
    _keep_past(clips, folder / PAST)
    return _keep(folder / "composed.yaml", {"clips": [_entry(clip) for clip in clips]})


def write_video(
    pictures: Iterable[NDArray[np.uint8]],
    path: Path,
    version: str,
    rate_hz: int = RATE_HZ,
    *,
    preset: str = OPTIONS["preset"],
) -> None:
    """H.264 as a camera sends it: no B-frames, a keyframe every two seconds. Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    every = rate_hz * GOP_S
    options = {
        **OPTIONS,
        "preset": preset,
        "x264-params": f"keyint={every}:min-keyint={every}:scenecut=0:bframes=0:threads=1",
    }
    with av.open(str(part), "w", format="mp4") as container:
        container.metadata[VERSION_TAG] = version
        stream = container.add_stream("libx264", rate=rate_hz, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p", threads=1)
            frame.pts, frame.time_base = number, Fraction(1, rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.replace(path)


def past_of(clip: LabelledClip) -> Path | None:
    """The past of the set of `clip`, for `unusual`; None where it has none, as the real clips."""
    past = clip.config.with_name(PAST)
    return past if past.exists() else None


def _keep_past(clips: Sequence[Composed], path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(b"")
    append(part, (counted for clip in clips if clip.past is not None for counted in _windows(clip, clip.past)))
    part.replace(path)


def _windows(clip: Composed, count: int) -> Iterator[WindowCount]:
    """`count` in every window from the clip's moment on, in each of the weeks before."""
    (rule,) = (one for one in clip.camera["rules"] if one["rule"] == "unusual")
    (label,), window = rule["classes"], parse_duration(rule["window"])
    place = Place(camera=clip.name, zone=rule["zone"], label=Label(label), window=window)
    for week in range(1, WEEKS + 1):
        for number in range(WINDOWS):
            begins_at = datetime.fromisoformat(clip.start) - timedelta(weeks=week) + number * window
            yield WindowCount(place=place, begins_at=begins_at, count=count)


def _camera(clip: Composed) -> Mapping[str, Any]:
    stream = {"sub": "rtsp://192.0.2.1/sub"}
    return {"id": clip.name, "name": clip.name, "ring": "inner", "stream": stream, **clip.camera}


def _entry(clip: Composed) -> Mapping[str, Any]:
    events = [
        {"rule": due.rule, "zone": due.zone, "from": due.at_s, "tolerance": f"{TOLERANCE_S:g}s"} for due in clip.due
    ]
    return {
        "file": f"{clip.name}.mp4",
        "config": "network.yaml",
        "camera": clip.name,
        "start": clip.start,
        "events": events,
    }


def _keep(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(content, indent=1), "utf-8")  # JSON is YAML too
    return path


def _version(clip: Composed, drawn_by: str) -> str:
    """Of what the clip shows: one whose story changes is made anew, the others are not."""
    weather = clip.weather
    levels = [round(weather.level(float(second)), 4) for second in range(round(clip.length_s))]
    plain = replace(weather, level=steady)
    story = (clip.place.name, clip.length_s, clip.cast, levels, *(getattr(plain, one) for one in SEEN))
    return hashlib.sha256(f"{drawn_by} {story!r}".encode()).hexdigest()[:12]


def _drawn_by() -> str:
    """Of the code that draws."""
    texts = [HERE.joinpath(f"{name}.py").read_bytes() for name in SOURCES]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]
