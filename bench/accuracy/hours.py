"""False alerts over composed camera-hours in which nothing should be told. See docs/ACCURACY.md.

    .venv/bin/python -m bench.accuracy.hours [--hours 100] [--first 0] [--model MODEL] [--jobs 1] [--out FILE]

Day, night, rain, traffic, headlights and shaking poles, in stretches of twenty minutes, one, two or three pictures a
second, from the encoder to the event. About two minutes of one core's time an hour. Stretches are numbered from
--first; the same number is the same footage. --out gets one JSON object a stretch, and goes on from what is in it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from bench.accuracy.sets import cutouts, write_video
from bench.accuracy.uneventful import STRETCH_S, stretch
from config.model import Camera, DetectorChoice
from detect.messages import Phase
from detect.models import load_detector
from detect.rules import evaluated
from ringwatch.logs import configure_logs
from ringwatch.replay import Replay

RATES_HZ = (3, 1, 2)  # by turns; neither their number nor that of places and weathers divides another's
QUICK = "ultrafast"  # an encoder as simple as those of cameras, and a third of the time
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def watched(number: int, model: str) -> Mapping[str, Any]:
    """What the stretch `number` gives: its rules, what they told and when, and what that cost."""
    clip, began_s = stretch(number), time.process_time()
    camera = Camera.model_validate(
        {"id": "quiet", "name": "quiet", "ring": "inner", "stream": {"sub": "rtsp://192.0.2.1/sub"}, **clip.camera}
    )
    with TemporaryDirectory(prefix="ringwatch-hours-") as folder:
        path = Path(folder) / "stretch.mp4"
        rate_hz = RATES_HZ[number % len(RATES_HZ)]
        write_video(clip.pictures(cutouts(), rate_hz), path, "hours", rate_hz, preset=QUICK)
        choice = DetectorChoice(model=model)
        with closing(load_detector(choice, base=Path.cwd(), threads=1)) as detector:
            events = list(Replay(path, camera, detector, ZoneInfo("UTC"), START).events())
    raised = [(one.rule, (one.captured_at - START).total_seconds()) for one in events if one.phase is Phase.RAISED]
    rules = sorted(rule for rule in evaluated(camera))
    spent_s = round(time.process_time() - began_s, 1)
    return {"number": number, "name": clip.name, "model": model, "rules": rules, "told": raised, "cpu_s": spent_s}


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """False alerts by rule, in Markdown."""
    hours = Counter(rule for row in rows for rule in row["rules"])
    told = Counter(rule for row in rows for rule, _ in row["told"])
    yield "| rule | camera-hours | false alerts | an hour |"
    yield "|---|---|---|---|"
    for rule in sorted(hours):
        own_h = hours[rule] * STRETCH_S / 3600
        yield f"| `{rule}` | {own_h:.1f} | {told[rule]} | {told[rule] / own_h:.3f} |"
    in_all_h = len(rows) * STRETCH_S / 3600
    yield f"| all | {in_all_h:.1f} | {told.total()} | {told.total() / in_all_h:.3f} |"


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=100.0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--model", default="built-in")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    os.nice(10)
    configure_logs(level="warning", form="text")
    kept = options.out.read_text().splitlines() if options.out and options.out.exists() else []
    rows: list[Mapping[str, Any]] = [row for row in map(json.loads, kept) if row["model"] == options.model]
    done = {row["number"] for row in rows}
    numbers = range(options.first, options.first + round(options.hours * 3600 / STRETCH_S))
    with ProcessPoolExecutor(options.jobs) as pool:
        for row in pool.map(partial(watched, model=options.model), [one for one in numbers if one not in done]):
            rows.append(row)
            print(f"{row['name']}: {row['told'] or 'nothing told'}, {row['cpu_s']} s", file=sys.stderr, flush=True)
            if options.out:
                with options.out.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
