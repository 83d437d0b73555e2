"""What the rules of this version are worth on labelled footage, as a Markdown table. See docs/ACCURACY.md.

    .venv/bin/python -m bench.accuracy [--model MODEL ...] [--only WORD] [--real | --composed | --ci] [--json FILE]
                                     [--jobs N]

The real clips are those of `$RINGWATCH_SHARED/clips` (default ../shared), labelled in `real.yaml`; the composed ones
are made by this package, once, in the folder of the sample clips. --only picks those whose name has WORD in it.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench.accuracy.sets import REAL, composed, default_set_folder, past_of, write_set
from ringwatch.arguments import Models, read_network
from ringwatch.evaluation import Figures, Watched, figures, tally
from ringwatch.labelled import LabelledClip, read_set
from ringwatch.logs import configure_logs
from ringwatch.watching import watch


def labelled(options: Namespace) -> Iterator[LabelledClip]:
    """The clips that are asked for."""
    os.environ.setdefault("RINGWATCH_SHARED", str(Path("../shared").resolve()))
    sets = []
    if not (options.composed or options.ci):
        sets.append(REAL)
    if not options.real:
        chosen = [clip for clip in composed() if options.only in clip.name and (clip.in_ci or not options.ci)]
        sets += [write_set(chosen, default_set_folder(), _say)] if chosen else []
    for path in sets:
        yield from (clip for clip in read_set(path, read_network) if options.only in clip.camera.id)


def report(clip: LabelledClip, watched: Watched) -> None:
    """Say what was wrong on one clip."""
    for rule in sorted(watched.rules | {one.rule for one in watched.expected}):
        one = tally(watched, rule)
        if one.false or one.missed:
            found = [f"{alert.at_s:.1f}" for alert in watched.found if alert.rule == rule]
            due = [f"{label.due_s:g}" for label in watched.expected if label.rule == rule]
            _say(f"{clip.camera.id}: {rule} due at {', '.join(due) or 'no time'}, told at {', '.join(found) or 'none'}")


def table(rows: Sequence[Figures]) -> Iterator[str]:
    """The figures in Markdown."""
    yield "| rule | true | false | missed | precision | recall | F1 | delay p50 | p95 |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        shares = (row.precision, row.recall, row.f1, row.delay_s_p50, row.delay_s_p95)
        cells = ["–" if share is None else f"{share:.2f}" for share in shares]
        yield f"| `{row.rule}` | {row.true} | {row.false} | {row.missed} | " + " | ".join(cells) + " |"


def main(arguments: list[str]) -> None:
    """Print the tables."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append")
    parser.add_argument("--only", default="")
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--composed", action="store_true")
    parser.add_argument("--ci", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args(arguments)
    configure_logs(level="warning", form="text")  # the table alone goes to stdout
    clips = list(labelled(options))
    for model in options.model or ["built-in"]:
        seen = []
        with ProcessPoolExecutor(options.jobs) as pool:
            for clip, watched in zip(clips, pool.map(partial(_watched, model=model), clips), strict=True):
                report(clip, watched)
                seen.append(watched)
        rows = figures(seen)
        hours = sum(one.duration.total_seconds() for one in seen) / 3600
        print(f"\n{Path(model).name}, {len(clips)} clips, {hours:.2f} h\n", *table(rows), sep="\n", flush=True)
        if options.json:
            with options.json.open("a") as file:
                file.writelines(json.dumps({"model": Path(model).name, **asdict(row)}) + "\n" for row in rows)


def _watched(clip: LabelledClip, model: str) -> Watched:
    return watch(clip, Models(override=model), past_of(clip))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
