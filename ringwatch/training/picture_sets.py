"""Reading sets of labelled pictures from folders and tars, with every mistake at its file and line."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from config.model import Label
from detect.boundary import refuse_words
from detect.classes import class_map
from detect.errors import ModelError
from ringwatch.training.errors import SetError, complain
from ringwatch.training.pictures import Corners, Picture, Target, Wanted

IMAGES = frozenset({".jpg", ".jpeg", ".png"})
MAX_FILE_BYTES = 32 << 20
SLACK = 0.002  # how far a box may stick out through rounding
Files = Mapping[str, bytes]  # by path inside the set


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a set says of one of its sources."""

    names: tuple[str, ...]
    annotated: frozenset[int]
    licence: str


def read_set(path: Path, wanted: Wanted) -> tuple[list[Picture], dict[str, str]]:
    """The pictures of the set at `path`, and each source's note on origin and licence.

    Raises:
        ForbiddenModelError: it labels faces, plates or the like.
        SetError: with every mistake in it, up to a dozen.
    """
    files = _files(path)
    sources = _sources(files, path)
    problems: list[str] = []
    pictures = [
        picture
        for name in sorted(files)
        if PurePosixPath(name).suffix.lower() in IMAGES
        and (picture := _picture(name, files, sources, wanted, f"{path}", problems))
    ]
    complain(problems)
    if not pictures:
        raise SetError(f"{path}: no picture in it; it must hold images/*.jpg and labels/*.txt")
    return pictures, {name: source.licence for name, source in sources.items()}


def _files(path: Path) -> Files:
    try:
        if path.is_dir():
            return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}
        return dict(_members(path))
    except (OSError, tarfile.TarError, EOFError) as error:
        raise SetError(f"{path}: cannot be read as a folder or a tar of pictures: {error}") from None


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() and member.size <= MAX_FILE_BYTES else None
            if content is not None:
                yield member.name.removeprefix("./"), content.read()


def _sources(files: Files, path: Path) -> dict[str, Source]:
    """From sources.json, else data.yaml: a set that does not say what its numbers mean teaches anything at all."""
    try:
        if "data.yaml" in files:
            return {"": _one_source(YAML(typ="safe", pure=True).load(files["data.yaml"].decode()))}
        if "sources.json" in files:
            rows = json.loads(files["sources.json"])
            return {name: _source(row) for name, row in rows.items()}
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetError(f"{path}: its data.yaml or sources.json cannot be understood: {error}") from None
    raise SetError(f"{path}: neither data.yaml nor sources.json in it says what its class numbers mean")


def _one_source(said: Mapping[str, Any]) -> Source:
    names = said["names"]
    listed = [names[index] for index in sorted(names)] if isinstance(names, dict) else list(names)
    refuse_words(map(str, listed), "its class")
    annotated = said.get("annotated", range(len(listed)))
    return Source(
        names=tuple(map(str, listed)), annotated=frozenset(annotated), licence=str(said.get("license", "not stated"))
    )


COMMON = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "bag")  # the classes of a set with sources.json


def _source(row: Mapping[str, Any]) -> Source:
    names = tuple(map(str, row.get("names", COMMON)))
    refuse_words(names, "its class")
    repos = ", ".join(f"{name} @ {commit[:12]}" for name, commit in row.get("repos", {}).items())
    return Source(
        names=names, annotated=frozenset(row["annotated"]), licence=f"{repos}; tier {row['tier']}: {row['note']}"
    )


def _picture(
    name: str, files: Files, sources: Mapping[str, Source], wanted: Wanted, where: str, problems: list[str]
) -> Picture | None:
    stem = PurePosixPath(name).stem
    prefix = stem.rpartition("_")[0]
    source = sources.get(prefix) or sources.get("")
    if source is None:
        problems.append(f"{where}: {name}: its source {prefix!r} is not in sources.json")
        return None
    if cv2.imdecode(np.frombuffer(files[name], np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8) is None:
        problems.append(f"{where}: {name}: the picture cannot be decoded; remove it, or write it again")
        return None
    label_file = str(PurePosixPath("labels") / f"{stem}.txt")
    labels = _labels(source)
    targets = []
    for number, line in enumerate(files.get(label_file, b"").decode(errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            label, box = _row(line, labels)
        except ValueError as error:
            problems.append(f"{where}: {label_file}:{number}: {error}")
            continue
        if (index := wanted.index(label)) is not None:
            targets.append(Target(wanted=index, box=box))
    annotated = frozenset(label for index in source.annotated if index < len(labels) and (label := labels[index]))
    return Picture(
        name=stem,
        source=prefix or where,
        scene=stem,
        encoded=files[name],
        targets=tuple(targets),
        complete=wanted.complete(annotated, frozenset(label for label in labels if label)),
    )


def _labels(source: Source) -> tuple[Label | None, ...]:
    try:
        return class_map(source.names).by_index
    except ModelError as error:
        raise SetError(str(error)) from None


def _row(line: str, labels: tuple[Label | None, ...]) -> tuple[Label | None, Corners]:
    words = line.split()
    try:
        number, (x, y, width, height) = int(words[0]), map(float, words[1:])
    except (ValueError, IndexError):
        raise ValueError(f"{line[:40]!r} is no label: write `class cx cy w h`") from None
    if not 0 <= number < len(labels):
        raise ValueError(f"class {number} is out of range: the set has {len(labels)} classes")
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    if not (width > 0 and height > 0 and min(box) >= -SLACK and max(box) <= 1 + SLACK):
        raise ValueError(f"the box {' '.join(words[1:])} is out of the picture: write fractions from 0 to 1")
    return labels[number], (max(0.0, box[0]), max(0.0, box[1]), min(1.0, box[2]), min(1.0, box[3]))
