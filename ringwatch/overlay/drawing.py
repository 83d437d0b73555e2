"""One picture of an overlay: the camera's, with zones, lines, boxes and ways, and beside it where the rules stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.model import LineCross, LineRule, WrongWay
from detect.classes import group_of
from detect.messages import Phase
from ringwatch.rule_words import rule_word
from storage.lettering import Colour, width_of, write

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.model import Camera, Point
    from detect.messages import Event, Track
    from detect.rules.rule import Standing
    from ringwatch.overlay.looks import Look

    Picture = NDArray[np.uint8]

PANEL, LEAST_HEIGHT, MOST_HEIGHT = 400, 480, 720  # pixels
PAD, LINE = 16, 24
INK, PAPER, FAINT, RULE_LINE = (240, 240, 240), (38, 33, 30), (150, 145, 140), (70, 64, 60)
OPEN, PENDING, CALM = (70, 80, 245), (60, 190, 250), (120, 200, 110)
ZONE = (225, 200, 170)
OF_CLASS: dict[str, Colour] = {"person": (110, 230, 120), "vehicle": (250, 190, 90), "bike": (240, 140, 220)}
OTHER: Colour = (200, 200, 90)
SHOWN_EVENTS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Sizes that go with the picture's height."""

    height: int
    width: int  # of the camera's picture; the panel stands beside it

    @classmethod
    def of(cls, picture: Picture) -> Style:
        """Small pictures are enlarged, so that letters have room; large ones are reduced."""
        rows, columns = picture.shape[:2]
        height = min(max(rows, LEAST_HEIGHT), MOST_HEIGHT) // 2 * 2
        return cls(height=height, width=round(columns * height / rows) // 2 * 2)

    @property
    def letters(self) -> int:
        """The size of letters in the picture."""
        return max(14, round(self.height / 36))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything that one picture shows."""

    camera: Camera
    start: datetime  # of the clip
    zone_info: tzinfo
    look: Look
    trails: dict[int, list[Point]]
    events: Sequence[Event]  # until now


def draw(picture: Picture, at: datetime, shown: Shown) -> Picture:
    """The picture with everything drawn on it, and the panel: (h, w, 3), BGR, both sides even."""
    style = Style.of(picture)
    way = cv2.INTER_AREA if picture.shape[0] > style.height else cv2.INTER_LINEAR
    canvas = np.asarray(cv2.resize(picture, (style.width, style.height), interpolation=way), np.uint8)
    _draw_places(canvas, shown, style)
    for track in shown.look.tracks:
        _draw_track(canvas, track, shown.trails.get(track.id, []), shown.look.at, style)
    if shown.look.blind:
        _label(canvas, f"无法判断 unknown: {shown.look.blind}", (PAD, style.height - PAD), PENDING, style.letters)
    return np.hstack((canvas, _panel(at, shown, style.height)))


def _draw_places(canvas: Picture, shown: Shown, style: Style) -> None:
    """Zones and lines, in the colour of the rules that are about them."""
    for name, zone in shown.camera.zones.items():
        colour = _colour(one for one in shown.look.standings if one.zone == name)
        corners = _pixels(canvas, zone.polygon)
        if colour is OPEN:
            _tint(canvas, corners, colour)
        _outline(canvas, corners, colour or ZONE, closed=True)
        left, top = corners.min(axis=0)
        _label(canvas, name, (int(left), int(top) + style.letters + 8), colour or ZONE, style.letters)
    for rule in shown.camera.rules:
        if isinstance(rule, LineRule):
            colour = _colour(one for one in shown.look.standings if one.rule == rule.rule)
            _draw_line(canvas, rule, colour or ZONE)


def _colour(standings: Iterable[Standing]) -> Colour | None:
    """The colour of the worst of them; None where nothing is pending."""
    known = [OPEN if one.is_open else PENDING for one in standings if one.since is not None]
    return OPEN if OPEN in known else PENDING if known else None


def _draw_line(canvas: Picture, rule: LineRule, colour: Colour) -> None:
    """The line, and arrows across its middle in the directions that are told."""
    points = _pixels(canvas, rule.line)
    _outline(canvas, points, colour, closed=False)
    first, second = points[(len(points) - 1) // 2], points[(len(points) - 1) // 2 + 1]
    along = (second - first) / max(1.0, float(np.linalg.norm(second - first)))
    to_right = np.array([-along[1], along[0]]) * canvas.shape[0] * 0.05
    middle = (first + second) / 2
    asked = rule.direction if isinstance(rule, LineCross) else rule.forbidden if isinstance(rule, WrongWay) else "both"
    for name, way in (("left_to_right", to_right), ("right_to_left", -to_right)):
        if asked in {name, "both"}:
            begin, end = _point(middle), _point(middle + way)
            cv2.arrowedLine(canvas, begin, end, colour, 2, cv2.LINE_AA, tipLength=0.35)


def _draw_track(canvas: Picture, track: Track, trail: Sequence[Point], at: datetime, style: Style) -> None:
    """Its box, thin while it is not seen, its way so far, what it is and its number."""
    colour = OF_CLASS.get(group_of(track.label).value, OTHER)
    seen = track.last_seen_at >= at
    for first, second in pairwise(_pixels(canvas, trail) if trail else ()):
        cv2.line(canvas, _point(first), _point(second), colour, 2, cv2.LINE_AA)
    x0, y0, x1, y1 = track.box
    corners = _pixels(canvas, ((x0, y0), (x1, y1)))
    cv2.rectangle(canvas, _point(corners[0]), _point(corners[1]), PAPER, 4 if seen else 2, cv2.LINE_AA)
    cv2.rectangle(canvas, _point(corners[0]), _point(corners[1]), colour, 2 if seen else 1, cv2.LINE_AA)
    if seen:
        text = f"{track.label} {track.id}"
        _label(canvas, text, (int(corners[0][0]) - 1, int(corners[0][1])), colour, style.letters)


def _panel(at: datetime, shown: Shown, height: int) -> Picture:
    panel = np.empty((height, PANEL, 3), np.uint8)
    panel[:] = PAPER
    camera = shown.camera
    write(panel, _fitting(f"{camera.name}  {camera.id}", PANEL - 2 * PAD, 20), (PAD, 34), 20, INK)
    local = at.astimezone(shown.zone_info)
    write(panel, f"{local:%Y-%m-%d %H:%M:%S}   +{(at - shown.start).total_seconds():.1f} s", (PAD, 60), 15, FAINT)
    row = _heading(panel, "规则 Rules", 92)
    for standing in shown.look.standings:
        if standing.since is not None or not standing.rule.startswith("camera."):
            row = _draw_standing(panel, standing, at, row)
    row = _heading(panel, "事件 Events", row + 14)
    room = max(0, (height - row) // LINE)
    for event in tuple(shown.events)[::-1][: min(SHOWN_EVENTS, room)]:
        _draw_event(panel, event, shown.start, row)
        row += LINE
    return panel


def _heading(panel: Picture, text: str, row: int) -> int:
    write(panel, text, (PAD, row), 14, FAINT)
    cv2.line(panel, (PAD, row + 8), (PANEL - PAD, row + 8), RULE_LINE, 1)
    return row + LINE + 8


def _draw_standing(panel: Picture, standing: Standing, at: datetime, row: int) -> int:
    """A rule, and how far its time has run; the next free row."""
    colour, said = CALM, "–"
    if standing.since is not None and standing.due_at is not None:
        held_s = max(0.0, (at - standing.since).total_seconds())
        whole_s = (standing.due_at - standing.since).total_seconds()
        colour = OPEN if standing.is_open else PENDING
        said = f"{held_s:.1f} s" if standing.is_open else f"{min(held_s, whole_s):.1f} / {whole_s:g} s"
        share = 1.0 if standing.is_open or not whole_s else min(1.0, held_s / whole_s)
        cv2.rectangle(panel, (PAD, row + 6), (PANEL - PAD, row + 9), RULE_LINE, cv2.FILLED)
        cv2.rectangle(panel, (PAD, row + 6), (PAD + round(share * (PANEL - 2 * PAD)), row + 9), colour, cv2.FILLED)
    cv2.circle(panel, (PAD + 4, row - 5), 5, colour, cv2.FILLED, cv2.LINE_AA)
    left = PANEL - PAD - width_of(said, 15)
    write(panel, said, (left, row), 15, colour if standing.since else FAINT)
    place = f" · {standing.zone}" if standing.zone else ""
    name = f"{rule_word(standing.rule, 'zh')}{place}"
    write(panel, _fitting(name, left - PAD - 30, 15), (PAD + 18, row), 15, INK)
    return row + LINE + 12


def _draw_event(panel: Picture, event: Event, start: datetime, row: int) -> None:
    colour = {Phase.RAISED: OPEN, Phase.UPDATED: PENDING, Phase.CLEARED: CALM}[event.phase]
    at_s = f"{(event.captured_at - start).total_seconds():.1f} s"
    write(panel, at_s, (PAD + 56 - width_of(at_s, 14), row), 14, FAINT)
    write(panel, PHASES[event.phase], (PAD + 68, row), 14, colour)
    place = f" · {event.zone}" if event.zone else ""
    text = f"{event.rule}{place}"
    write(panel, _fitting(text, PANEL - PAD - (PAD + 110), 14), (PAD + 110, row), 14, INK)


PHASES = {Phase.RAISED: "告警", Phase.UPDATED: "更新", Phase.CLEARED: "解除"}


def _fitting(text: str, width: int, size: int) -> str:
    """`text`, cut so that it takes no more than `width` columns."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…"


def _label(canvas: Picture, text: str, at: tuple[int, int], colour: Colour, size: int) -> None:
    """A line of text on a patch of `colour` whose lower left corner is `at`, moved inside the picture."""
    wide, tall = width_of(text, size) + 10, size + 8
    left = min(max(0, at[0]), max(0, canvas.shape[1] - wide))
    bottom = min(max(tall, at[1]), canvas.shape[0])
    cv2.rectangle(canvas, (left, bottom - tall), (left + wide, bottom), colour, cv2.FILLED)
    write(canvas, text, (left + 5, bottom - 6), size, PAPER)


def _outline(canvas: Picture, points: NDArray[np.int32], colour: Colour, *, closed: bool) -> None:
    cv2.polylines(canvas, [points], closed, PAPER, 4, cv2.LINE_AA)
    cv2.polylines(canvas, [points], closed, colour, 2, cv2.LINE_AA)


def _tint(canvas: Picture, corners: NDArray[np.int32], colour: Colour) -> None:
    filled = canvas.copy()
    cv2.fillPoly(filled, [corners], colour)
    cv2.addWeighted(filled, 0.2, canvas, 0.8, 0, dst=canvas)


def _pixels(canvas: Picture, points: Iterable[Point]) -> NDArray[np.int32]:
    height, width = canvas.shape[:2]
    return np.array([(round(x * (width - 1)), round(y * (height - 1))) for x, y in points], np.int32)


def _point(spot: NDArray[np.int32] | NDArray[np.float64]) -> tuple[int, int]:
    return round(float(spot[0])), round(float(spot[1]))
