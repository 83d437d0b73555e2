"""`ringwatch bench`: what the pipeline costs on this machine."""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import UnusableInput
from config.model import DetectorChoice
from ringwatch.arguments import JSON

if TYPE_CHECKING:
    from ringwatch.bench import Cost

VIDEO = {".mp4", ".avi", ".mkv"}
STAGES = ("ingest", "motion", "inference", "rules", "total")


@click.group
def command() -> None:
    """Measure what the pipeline costs. CPU time, not time on the clock, so that a busy machine does not matter."""


@command.command
@click.option(
    "--clips",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="folder of clips  [default: clips in $RINGWATCH_SHARED, else in ../shared, else the sample clips]",
)
@click.option("--model", "models", multiple=True, default=("auto",), show_default=True, help="may be given again")
@JSON
def detect(clips: Path | None, models: tuple[str, ...], as_json: bool) -> None:
    """CPU milliseconds per camera-second of ingest, motion, inference and rules, clip by clip."""
    import cv2

    from detect.models import load_detector
    from ringwatch.bench import cost

    cv2.setNumThreads(1)
    files = _clips(clips)
    for model in models:
        with closing(load_detector(DetectorChoice(model=model), base=Path.cwd(), threads=1)) as detector:
            for file in files:
                done = cost(file, detector)
                click.echo(json.dumps(asdict(done)) if as_json else _line(done))


@command.command
@click.option("--cameras", default=8, show_default=True, type=click.IntRange(1, 200), help="of each scene, at once")
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(2, 3600), help="measured")
@JSON
def ingest(cameras: int, seconds: float, as_json: bool) -> None:
    """CPU milliseconds per camera-second of idle and busy RTSP cameras, without inference, and of the usual way."""
    from ringwatch.bench_ingest import ingest_costs

    for done in ingest_costs(_sample("quiet"), cameras=cameras, seconds=seconds):
        usual = done.usual_way_cpu_ms_per_camera_second
        text = (
            f"{done.scene:34} {done.cpu_ms_per_camera_second:7.2f}   the usual way {_or_none(usual)}   "
            f"{done.decoded_share:.0%} decoded   CPU ms per camera-second, {done.cameras} cameras"
        )
        click.echo(json.dumps(asdict(done)) if as_json else text)


@command.command
@click.option("--cameras", default=92, show_default=True, type=click.IntRange(1, 500), help="of the network")
@click.option("--minutes", default=2.0, show_default=True, type=click.FloatRange(0.2, 24 * 60), help="measured")
@click.option("--model", default="auto", show_default=True, help="the detector")
@click.option(
    "--faults",
    type=click.Choice(["none", "random"]),
    default="none",
    show_default=True,
    help="what goes wrong with the cameras meanwhile",
)
@click.option("--seed", default=1, show_default=True, help="of the random faults")
@click.option("--mains", is_flag=True, help="a 1080p25 main stream beside every camera's sub stream, recorded")
@JSON
def network(cameras: int, minutes: float, model: str, faults: str, seed: int, mains: bool, as_json: bool) -> None:
    """The whole network on this machine: frame age, alerts, memory, CPU; the simulator's own cost apart."""
    from ringwatch.bench_network import network_cost
    from ringwatch.bench_rehearsal import Plan

    seeded = seed if faults == "random" else None
    plan = Plan(cameras=cameras, minutes=minutes, model=model, faults_seed=seeded, mains=mains)
    _print_figures(asdict(network_cost(plan, {path.stem: path for path in _samples()})), as_json=as_json)


@command.command
@click.option("--count", default=2000, show_default=True, type=click.IntRange(1, 1_000_000), help="alerts to raise")
@click.option("--redis-kills", default=5, show_default=True, type=click.IntRange(0, 1000), help="one of them wipes it")
@click.option("--worker-kills", default=5, show_default=True, type=click.IntRange(0, 1000), help="with -9")
@click.option("--desk-kills", default=2, show_default=True, type=click.IntRange(0, 1000), help="with -9")
@click.option("--seed", default=1, show_default=True, help="of the moments at which something is killed")
@click.option("--rate", type=click.FloatRange(0.1, 10_000), help="measure delay at so many a second; kills nothing")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 3600), help="of --rate")
@JSON
def alerts(
    count: int,
    redis_kills: int,
    worker_kills: int,
    desk_kills: int,
    seed: int,
    rate: float | None,
    seconds: float,
    as_json: bool,
) -> int:
    """Alerts lost or doubled while Redis, workers and desk are killed; with --rate, the delay to the operator's page.

    Exit code 1 when any is lost or doubled, or not heard of.
    """
    from ringwatch.bench_alert_delay import raise_to_operator
    from ringwatch.bench_alerts import Ordeal, survived

    if rate is not None:
        delay = raise_to_operator(rate, seconds)
        _print_figures(asdict(delay), as_json=as_json)
        return 0 if delay.heard == delay.raised else 1
    kills = {"redis_kills": redis_kills, "worker_kills": worker_kills, "desk_kills": desk_kills}
    done = survived(Ordeal(count=count, seed=seed, **kills))
    _print_figures(asdict(done), as_json=as_json)
    return 0 if done.is_whole else 1


def _print_figures(figures: dict[str, object], *, as_json: bool) -> None:
    click.echo(json.dumps(figures) if as_json else "\n".join(f"{name:24} {value}" for name, value in figures.items()))


def _or_none(figure: float | None) -> str:
    return "      -" if figure is None else f"{figure:7.2f}"


def _clips(folder: Path | None) -> list[Path]:
    shared = Path(os.environ.get("RINGWATCH_SHARED", "../shared")) / "clips"
    files = _videos(folder) if folder else _videos(shared) or _samples()
    if not files:
        raise UnusableInput(f"no clip to measure with in {folder or shared}: name a folder with --clips")
    return files


def _videos(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.suffix in VIDEO)


def _sample(name: str) -> Path:
    return next(path for path in _samples() if path.stem == name)


def _samples() -> list[Path]:
    from sample_streams.catalogue import Catalogue, default_folder

    catalogue = Catalogue(default_folder())
    catalogue.ensure()
    return [clip.path for clip in catalogue.clips()]


def _line(done: Cost) -> str:
    stages = "  ".join(f"{stage} {done.cpu_ms_per_camera_second[stage]:7.2f}" for stage in STAGES)
    return f"{done.clip:26}  {done.model:32}  {stages}   CPU ms per camera-second"
