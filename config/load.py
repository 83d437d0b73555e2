"""The configuration, read whole: every mistake at once, or a frozen network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from config.calendar import with_calendar
from config.camera import read_camera
from config.changes import Changes
from config.channels import read_notify, weak_channels
from config.duty import check_duty, check_roster, unmanned
from config.errors import ConfigError, Problem
from config.holidays import Holidays
from config.incidents import Incidents
from config.include import read_tree
from config.marked import Marked, Place, Problems
from config.model import (
    Camera,
    DetectorChoice,
    Duty,
    Grid,
    Network,
    NetworkInfo,
    Notify,
    Queue,
    Ring,
    Roster,
    Storage,
    Whip,
)
from config.out_of_service import OutOfServiceList, check_out_of_service
from config.queue import read_queue
from config.redact import quoted
from config.secrets import read_secrets
from config.sources import Sources
from config.storage import read_storage, undriven
from config.templates import read_surroundings
from config.validate import EVERY_RULE, validated
from config.watching import Watching, check_watching
from config.whip import check_whip, unprotected, with_whole_paths
from config.words import suggestion

KEYS = (
    "network",
    "include",
    "defaults",
    "templates",
    "secrets",
    "detector",
    "queue",
    "storage",
    "whip",
    "grid",
    "roster",
    "duty",
    "notify",
    "holidays",
    "incidents",
    "out_of_service",
    "watching",
    "cameras",
)
Section = TypeVar("Section", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A network that can be run, and what is worth saying about it."""

    network: Network
    warnings: tuple[Problem, ...]


def load(path: Path, environ: Mapping[str, str]) -> Network:
    """The network that the file `path` describes.

    Raises:
        ConfigError: with every mistake, each at its file, line and column.
    """
    return read(path, environ).network


def read(
    path: Path, environ: Mapping[str, str], changes: Changes | None = None, sources: Sources | None = None
) -> Loaded:
    """The network, with what `check` has to say besides; with `changes`, as it would be with them.

    `sources` is told from which files it was read, also where they hold mistakes.

    Raises:
        ConfigError: with every mistake, each at its file, line and column.
    """
    problems = Problems() if sources is None else Problems(sources=sources)
    tree = read_tree(path, environ, problems)
    network = _network(tree, problems, changes) if tree is not None else None
    if problems or network is None or tree is None:
        raise ConfigError(tuple(problems) or (Place(path).problem("cannot be used"),))
    return Loaded(network=network, warnings=tuple(sorted(set(_notes(tree, network)))))


def _notes(tree: Marked, network: Network) -> Iterator[Problem]:
    yield from unprotected(tree, network)
    yield from unmanned(tree, network.roster)
    yield from weak_channels(tree, network)
    yield from undriven(tree, network)


def _network(tree: Marked, problems: Problems, changes: Changes | None) -> Network | None:
    _check_keys(tree, problems)
    info = _section(NetworkInfo, tree, "network", problems)
    detector = _section(DetectorChoice, tree, "detector", problems)
    secrets = read_secrets(tree.get("secrets"), problems)
    queue = read_queue(tree, secrets, problems)
    storage = read_storage(tree, secrets, problems)
    grid, roster = _section(Grid, tree, "grid", problems), _section(Roster, tree, "roster", problems)
    holidays = _section(Holidays, tree, "holidays", problems)
    duty = _section(Duty, tree, "duty", problems)
    notify = read_notify(tree, secrets, problems)
    cameras = with_calendar(_cameras(tree, secrets, problems, changes), tree, roster or Roster(), holidays, problems)
    whip = _section(Whip, tree, "whip", problems)
    incidents = _section(Incidents, tree, "incidents", problems)
    out_of_service = _section(OutOfServiceList, tree, "out_of_service", problems)
    check_out_of_service(tree, out_of_service, cameras, EVERY_RULE, problems)
    watching = _section(Watching, tree, "watching", problems) or Watching()
    _check_places(tree, info, grid, problems)
    check_whip(tree, whip or Whip(), cameras, problems)
    check_roster(tree, roster, problems)
    check_duty(tree, duty, problems)
    check_watching(tree, watching, [camera.id for camera in cameras], problems)
    if problems:
        return None
    return Network(
        network=info or NetworkInfo(),
        detector=detector or DetectorChoice(),
        queue=queue or Queue(),
        storage=storage or Storage(),
        whip=with_whole_paths(whip or Whip(), tree),
        grid=grid or Grid(),
        roster=(roster or Roster()).on(holidays.days if holidays else frozenset()),
        duty=duty or Duty(),
        notify=notify or Notify(),
        incidents=incidents or Incidents(),
        out_of_service=tuple(one.in_zone(ZoneInfo((info or NetworkInfo()).timezone)) for one in out_of_service or ()),
        watching=watching,
        cameras=tuple(cameras),
    )


def _section(kind: type[Section], tree: Marked, key: str, problems: Problems) -> Section | None:
    found = tree.get(key)
    return validated(kind, found, problems) if found is not None and found.value is not None else None


def _cameras(
    tree: Marked, secrets: Mapping[str, str] | None, problems: Problems, changes: Changes | None
) -> list[Camera]:
    around = read_surroundings(tree, secrets, problems, changes)
    listed = tree.get("cameras")
    if listed is None or not isinstance(listed.value, tuple) or not listed.value:
        place = listed.place if listed else tree.place
        problems.add(place, "no cameras: give a list of them under cameras:")
        return []
    return [camera for item in listed.value if (camera := read_camera(item, around, problems))]


def _check_keys(tree: Marked, problems: Problems) -> None:
    for key, entry in tree.entries.items():
        if key not in KEYS:
            problems.add(entry.key_place, f"unknown key {quoted(key)}: {suggestion(key, KEYS)}")


def _check_places(tree: Marked, info: NetworkInfo | None, grid: Grid | None, problems: Problems) -> None:
    """Where and in which time zone the cameras stand, and that each has its own id."""
    _check_timezone(tree, info, problems)
    _check_grid(tree, grid, problems)
    _check_ids(tree, problems)
    _check_cells(tree, grid, problems)
    _check_rings(tree, info, problems)


def _check_timezone(tree: Marked, info: NetworkInfo | None, problems: Problems) -> None:
    if info is None:
        return
    try:
        ZoneInfo(info.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{quoted(info.timezone)} is not a time zone: write for example Asia/Shanghai"
        problems.add(tree.at(("network", "timezone")), message)


def _check_grid(tree: Marked, grid: Grid | None, problems: Problems) -> None:
    """Cells have ids of their own, and lie within one of the next larger size."""
    if grid is None:
        return
    larger: dict[str, str] = {}
    for size in ("large", "middle", "small"):
        ids: dict[str, str] = {}
        for index, cell in enumerate(getattr(grid, size)):
            place = tree.at(("grid", size, index))
            if cell.id in ids:
                problems.add(place, f"cell {cell.id!r} stands twice: give each its own id")
            if size != "large" and cell.within not in larger:
                problems.add(place, f"cell {cell.id!r} lies within {cell.within!r}: {suggestion(cell.within, larger)}")
            ids[cell.id] = cell.id
        larger = ids


def _check_ids(tree: Marked, problems: Problems) -> None:
    first: dict[str, Place] = {}
    for camera in _listed(tree):
        name, found = camera.text("id"), camera.get("id")
        if name is None or found is None:
            continue
        if name in first:
            place = first[name]
            problems.add(
                found.place, f"camera {quoted(name)} stands already in {place.file}:{place.line}: ids are unique"
            )
        first.setdefault(name, found.place)


def _check_cells(tree: Marked, grid: Grid | None, problems: Problems) -> None:
    if grid is None or not grid.small:
        return
    known = [cell.id for cell in grid.small]
    for camera in _listed(tree):
        cell = camera.get("cell")
        if cell is not None and isinstance(cell.value, str) and cell.value not in known:
            near = suggestion(cell.value, known) if len(known) < 20 else _near(cell.value, known)
            problems.add(cell.place, f"the grid has no small cell {quoted(cell.value)}: {near}")


def _near(word: str, known: list[str]) -> str:
    found = suggestion(word, known)
    return found if found.startswith("did you") else f"there are {len(known)}, from {known[0]} to {known[-1]}"


def _check_rings(tree: Marked, info: NetworkInfo | None, problems: Problems) -> None:
    if info is None or info.rings is None:
        return
    counts = Counter(camera.text("ring") for camera in _listed(tree))
    for ring in Ring:
        wanted = info.rings.get(ring, 0)
        if counts[ring.value] != wanted:
            place = tree.at(("network", "rings", ring.value))
            message = f"ring {ring.value} must have {wanted} cameras, the files list {counts[ring.value]}"
            problems.add(place, f"{message}: correct the count or the cameras")


def _listed(tree: Marked) -> tuple[Marked, ...]:
    cameras = tree.get("cameras")
    return cameras.items if cameras else ()
