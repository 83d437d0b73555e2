"""What decoding on demand costs in accuracy: every labelled real clip, with it and with every picture decoded.

    .venv/bin/python -m bench.accuracy.decoding [--model MODEL] [--gop SECONDS] [--only WORD] [--jobs N]

The same rules, zones and phases are wanted, begun within half a second. --gop encodes the clips again with a keyframe
every so many seconds, as cameras send them: some of the clips have so few that they are decoded all the time.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import av

from bench.accuracy.sets import REAL
from config.model import Camera
from detect.messages import Event
from ringwatch.arguments import Models, read_network
from ringwatch.labelled import LabelledClip, read_set
from ringwatch.logs import configure_logs
from ringwatch.replay import Replay

NEAR = timedelta(seconds=0.5)
Decode = Literal["on_demand", "always"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What one clip gave both ways."""

    clip: str
    on_demand: tuple[Event, ...]
    always: tuple[Event, ...]
    looked_at: tuple[int, int]  # frames that were analysed, on demand and always

    @property
    def is_same(self) -> bool:
        """Whether the same was told of the same zones, about as early."""
        return _told(self.on_demand) == _told(self.always) and max(self.apart, default=timedelta()) <= NEAR

    @property
    def apart(self) -> tuple[timedelta, ...]:
        """How far the beginnings of what was told lie apart; nothing where it is not the same."""
        pairs = zip(sorted(self.on_demand, key=_order), sorted(self.always, key=_order), strict=False)
        return tuple(abs(one.started_at - other.started_at) for one, other in pairs if _order(one) == _order(other))


def seen_both_ways(clip: LabelledClip, model: str, gop_s: float) -> Both:
    """`clip` replayed on demand and always."""
    with TemporaryDirectory(prefix="ringwatch-decoding-") as folder:
        video = encoded_again(clip.file, Path(folder) / "clip.mp4", gop_s) if gop_s else clip.file
        on_demand, few = _replayed(replace(clip, file=video), "on_demand", model)
        always, all_of_them = _replayed(replace(clip, file=video), "always", model)
    return Both(
        clip=f"{clip.file.name} {clip.camera.id}", on_demand=on_demand, always=always, looked_at=(few, all_of_them)
    )


def encoded_again(source: Path, target: Path, gop_s: float) -> Path:
    """`source` as cameras send: a keyframe every `gop_s`, no B-frames, evenly; its size and rate as they are."""
    with av.open(str(source)) as given, av.open(str(target), "w") as out:
        video = given.streams.video[0]
        rate = video.average_rate or 25
        stream = out.add_stream("libx264", rate=rate, options={"preset": "veryfast", "bf": "0", "scenecut": "0"})
        stream.width, stream.height, stream.pix_fmt = video.width // 2 * 2, video.height // 2 * 2, "yuv420p"
        stream.codec_context.gop_size = max(1, round(gop_s * rate))
        for number, frame in enumerate(given.decode(video)):
            picture = frame.reformat(stream.width, stream.height, "yuv420p")
            picture.pts, picture.time_base = number, 1 / Fraction(rate)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target


def _replayed(clip: LabelledClip, decode: Decode, model: str) -> tuple[tuple[Event, ...], int]:
    stream = clip.camera.stream.model_copy(update={"decode": decode})
    camera: Camera = clip.camera.model_copy(update={"stream": stream})
    with closing(Models(override=model).load(clip.network, clip.config)) as detector:
        seen = list(Replay(clip.file, camera, detector, clip.network.zone_info, clip.start).analyses())
    return tuple(event for analysis in seen for event in analysis.events), len(seen)


def _told(events: Sequence[Event]) -> list[tuple[str, str, str]]:
    """Rules, zones and phases; those of one rule in their order."""
    return [_order(event) for event in sorted(events, key=_order)]


def _order(event: Event) -> tuple[str, str, str]:
    return event.rule, event.zone, event.phase.value


def lines(rows: Sequence[Both]) -> Iterator[str]:
    """One for each clip, and one for all."""
    for row in rows:
        apart_s = max(row.apart, default=timedelta()).total_seconds()
        verdict = "the same" if row.is_same else f"NOT THE SAME: {_told(row.on_demand)} and {_told(row.always)}"
        frames = f"{row.looked_at[0]} of {row.looked_at[1]} frames looked at"
        yield f"{row.clip}: {len(row.always)} events, {frames}, begun up to {apart_s:.2f} s apart: {verdict}"
    yield f"{sum(row.is_same for row in rows)} of {len(rows)} the same"


def main(arguments: list[str]) -> int:
    """Print the lines; 1 where something is not the same."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="built-in")
    parser.add_argument("--gop", type=float, default=0.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args(arguments)
    configure_logs(level="warning", form="text")
    os.environ.setdefault("RINGWATCH_SHARED", str(Path("../shared").resolve()))
    clips = [clip for clip in read_set(REAL, read_network) if options.only in clip.camera.id]
    with ProcessPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(partial(seen_both_ways, model=options.model, gop_s=options.gop), clips))
    print(*lines(rows), sep="\n")
    return int(not all(row.is_same for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
