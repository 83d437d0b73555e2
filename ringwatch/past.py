"""A camera's past for recordings: what `unusual` is measured against in a replay, from a file or a node's database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from config.durations import Duration, format_duration
from config.errors import ConfigError, Problem
from config.model import Label
from config.words import in_words
from detect.baseline import Remembered
from detect.messages import Place, WindowCount

if TYPE_CHECKING:
    from detect.messages import Spans, Weeks

SQLITE = b"SQLite format 3\0"


class _Line(BaseModel):
    """One window, as a line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: str
    zone: str = ""
    label: Label = Field(alias="class")
    window: Duration
    begins_at: AwareDatetime
    count: int = Field(ge=0)


class FromDatabase:
    """A node's database, read and never written; what is learnt is remembered here. Used by one thread."""

    def __init__(self, file: Path) -> None:
        from storage.counts import CountStore

        self._store = CountStore(f"sqlite:///file:{file.resolve()}?mode=ro&uri=true")
        self.learnt: list[WindowCount] = []

    def weeks(self, place: Place, spans: Spans) -> Weeks:
        """The counts of the windows that began in each of `spans`."""
        return self._store.weeks(place, spans)

    def learn(self, counted: WindowCount) -> None:
        """Remember the window."""
        self.learnt.append(counted)


def past_of(file: Path | None) -> Remembered | FromDatabase:
    """The past in `file`: JSON lines, or a node's `ringwatch.sqlite`; none without a file.

    Raises:
        ConfigError: the file holds something else, at its line.
    """
    if file is None:
        return Remembered()
    with file.open("rb") as opened:
        if opened.read(len(SQLITE)) == SQLITE:
            return FromDatabase(file)
    return Remembered(_read(file))


def append(file: Path, windows: Iterable[WindowCount]) -> None:
    """Add `windows` to `file` as JSON lines; a window that stands there already is read as the newer one."""
    with file.open("a", encoding="utf-8") as opened:
        opened.writelines(json.dumps(_as_line(counted), ensure_ascii=False) + "\n" for counted in windows)


def _as_line(counted: WindowCount) -> dict[str, object]:
    place = counted.place
    return {
        "camera": place.camera,
        "zone": place.zone,
        "class": place.label.value,
        "window": format_duration(place.window),
        "begins_at": counted.begins_at.isoformat(),
        "count": counted.count,
    }


def _read(file: Path) -> Iterator[WindowCount]:
    problems: list[Problem] = []
    try:
        lines = file.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise ConfigError((_problem(file, 1, "neither JSON lines nor a node's ringwatch.sqlite"),)) from None
    for number, text in enumerate(lines, 1):
        try:
            yield _window(_Line.model_validate_json(text))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, first["loc"]))
            said = in_words(first, [field.alias or name for name, field in _Line.model_fields.items()])
            problems.append(_problem(file, number, f"{key}: {said}" if key else said))
    if problems:
        raise ConfigError(tuple(problems))


def _window(line: _Line) -> WindowCount:
    place = Place(camera=line.camera, zone=line.zone, label=line.label, window=line.window)
    return WindowCount(place=place, begins_at=line.begins_at, count=line.count)


def _problem(file: Path, line: int, message: str) -> Problem:
    return Problem(file=file, line=line, column=1, message=message)
