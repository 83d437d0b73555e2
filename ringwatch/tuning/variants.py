"""The settings that are compared: the present ones, and every combination of those that are to be tried."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.changes import OPTION, Change, Changes
from config.errors import ConfigError, Problem
from config.load import read
from config.marked import Place

if TYPE_CHECKING:
    from config.model import Camera

MOST = 24  # more cannot be read side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One camera with some settings."""

    number: int  # 0 is the present
    changes: tuple[str, ...]  # as they were written; none for the present settings
    camera: Camera


def variants(
    config: Path, environ: Mapping[str, str], camera_id: str, sets: Sequence[tuple[Change, ...]]
) -> tuple[Variant, ...]:
    """The present settings of the camera in `config`, then every combination of a value of each of `sets`.

    Raises:
        ConfigError: the configuration is wrong, or would be with one of the values; or there are too many of them.
    """
    count = 1
    for values in sets:
        count *= len(values)
    if count > MOST:
        place = Place(OPTION, len(sets))
        raise ConfigError((place.problem(f"that makes {count} combinations: try {MOST} at most at a time"),))
    combinations = [(), *itertools.product(*sets)] if sets else [()]
    problems: list[Problem] = []
    made: list[Variant] = []
    for number, changes in enumerate(combinations):
        try:
            network = read(config, environ, Changes(camera=camera_id, changes=tuple(changes))).network
        except ConfigError as error:
            problems += error.problems
            continue
        texts = tuple(change.text for change in changes)
        made.append(Variant(number=number, changes=texts, camera=network.camera(camera_id)))
    if problems:
        raise ConfigError(tuple(sorted(set(problems))))
    return tuple(made)
