"""`ringwatch train`: a small detector, taught on a network's own pictures."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.model import Label
from ringwatch.arguments import Parsed
from ringwatch.training.networks import Network
from ringwatch.training.rounds import ROUND

if TYPE_CHECKING:
    from ringwatch.training.job import Job
    from ringwatch.training.make import Made

STRIDE = 32  # pixels: what the network divides its input by


def parse_size(text: str) -> tuple[int, int]:
    """`320x192` as (320, 192)."""
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not found or any(side % STRIDE or not side for side in size):
        raise ValueError(f"{text!r} is not a size: write WIDTHxHEIGHT, both divisible by 32, for example 320x192")
    return size


def parse_classes(text: str) -> tuple[str, ...]:
    """`person,vehicle` as ("person", "vehicle"), all of the allow-list and none twice."""
    names = tuple(name.strip() for name in text.split(","))
    allowed = [label.value for label in Label]
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: not on the allow-list, which is {', '.join(allowed)}")
    if len(set(names)) != len(names):
        raise ValueError(f"{text}: a class stands twice")
    return names


@click.command
@click.option(
    "--images",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="a set of labelled pictures: a folder or a tar of the YOLO layout; may be given again",
)
@click.option(
    "--footage",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a recording whose frames the teacher labels; may be given again",
)
@click.option("--teacher", "teachers", multiple=True, help="an installed model, or its path; may be given again")
@click.option(
    "--classes",
    type=Parsed("classes", parse_classes),
    default="person,vehicle,bike",
    show_default=True,
    help="what the model is to tell, in the order of its output",
)
@click.option(
    "--size", type=Parsed("size", parse_size), default="320x192", show_default=True, help="of the model's input, pixels"
)
@click.option(
    "--start-from",
    metavar="MODEL",
    help="go on from what a model knows that this command made: built-in, an installed one's name, or its path",
)
@click.option("--hold-out", multiple=True, metavar="SOURCE", help="a source to test with and not to learn from")
@click.option(
    "--rounds",
    default=90,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="the rate of learning falls to nothing over them",
)
@click.option(
    "--round-size",
    default=ROUND,
    show_default=True,
    type=click.IntRange(64),
    help="pictures of a round: what an interruption loses at most; a GPU wants 16384",
)
@click.option(
    "--batch",
    default=32,
    show_default=True,
    type=click.IntRange(1, 4096),
    help="pictures learnt from at a time; a GPU wants 128",
)
@click.option(
    "--network",
    default=Network.SMALL.value,
    show_default=True,
    type=click.Choice([network.value for network in Network]),
    help="small finds more, tiny costs half as much; yolo11 is the older kind",
)
@click.option("--seed", default=1, show_default=True, type=int, help="the same seed gives the same model within noise")
@click.option("--device", default="", help="cpu, or the number of a GPU  [default: a GPU if there is one]")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), help="folder for what is done so far")
@click.option(
    "--out", "name", required=True, metavar="NAME", help="what the model is called, or a folder to write it to"
)
def command(
    images: tuple[Path, ...],
    footage: tuple[Path, ...],
    teachers: tuple[str, ...],
    start_from: str | None,
    hold_out: tuple[str, ...],
    network: str,
    work: Path | None,
    name: str,
    **said: Any,
) -> None:
    """Train a small detector and install it as NAME, with a card that says how well it does and where it fails.

    The teacher completes what a set's labels leave out and labels the footage. Interrupt it at any point: the same
    command goes on from the last round. Needs the extra `yolo`.
    """
    from ringwatch.training.job import Job
    from ringwatch.training.make import default_work, make
    from ringwatch.training.trainer import Plan

    if not images and not footage:
        raise click.UsageError("nothing to learn from: give --images SET, or --footage CLIP with a --teacher")
    if footage and not teachers:
        raise click.UsageError("footage has no labels: give a --teacher MODEL that knows the classes")
    known = _known(start_from) if start_from else None
    plan = Plan(network=Network(network), start_from=known, **said)
    job = Job(images=images, footage=footage, teachers=teachers, held_out=frozenset(hold_out), plan=plan)
    target = _target(name)
    done = make(
        job, target, work or default_work(target.name, job.key), _said(), lambda line: click.echo(line, err=True)
    )
    _tell(done, job)


def _target(name: str) -> Path:
    """A folder where `name` is a path, else one in the store of installed models."""
    from detect.models import default_store

    if "/" in name:
        return Path(name)
    store = default_store()
    store.check_name(name, taken=True)
    return store.folder / name


def _known(name: str) -> Path:
    from detect.models import default_store, resolve

    return resolve(name, Path.cwd(), default_store())[1]


def _said() -> str:
    return shlex.join(["ringwatch", *sys.argv[1:]])


def _tell(done: Made, job: Job) -> None:
    for row in done.figures:
        click.echo(f"{row.label:10}  AP50 {row.ap50:.2f}  recall {row.recall:.2f}  of {row.things}")
    click.echo(f"{done.cpu_ms:.1f} ms of CPU per inference at {job.plan.size[0]}x{job.plan.size[1]}")
    click.echo(f"written to {done.folder}; its card is {done.folder / 'CARD.md'}")
