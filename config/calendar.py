"""What the network's calendar lends to its posts and rules: holidays to their hours, shift changes to their relief."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TypeVar

from config.holidays import Holidays
from config.hours import HOLIDAYS
from config.marked import Marked, Problems
from config.model import Camera, Post, Roster, RuleBase

Timed = TypeVar("Timed", bound=RuleBase)


def with_calendar(
    cameras: list[Camera], tree: Marked, roster: Roster, holidays: Holidays | None, problems: Problems
) -> list[Camera]:
    """`cameras`, their hours and reliefs knowing the network's days; what they ask for in vain is noted."""
    if holidays is None:
        for place, text in _texts(tree, "hours"):
            if HOLIDAYS in text:
                problems.add(place.place, "no holidays are listed: add holidays: [2026-10-01..2026-10-07] at the top")
    if all(not shift.hours.spans for shift in roster.shifts):
        for place, _ in _texts(tree, "relief"):
            problems.add(place.place, "relief needs shift changes: add roster: {shifts: [...]} with their hours")
    days = holidays.days if holidays else frozenset()
    return [_placed(camera, roster, days) for camera in cameras]


def _placed(camera: Camera, roster: Roster, days: frozenset[date]) -> Camera:
    posts = tuple(_relieved(_on(post, days), roster, days) for post in camera.posts)
    rules = tuple(_on(rule, days) for rule in camera.rules)
    return camera.model_copy(update={"posts": posts, "rules": rules})


def _on(rule: Timed, days: frozenset[date]) -> Timed:
    return rule.model_copy(update={"hours": rule.hours.on(days)})


def _relieved(post: Post, roster: Roster, days: frozenset[date]) -> Post:
    if post.relief is None:
        return post
    shifts = tuple(shift.hours.on(days) for shift in roster.shifts)
    return post.model_copy(update={"relief": replace(post.relief, shifts=shifts)})


def _texts(tree: Marked, key: str) -> Iterator[tuple[Marked, str]]:
    """Every text under `key` in a post, a rule or a shift, wherever it is written."""
    cameras, templates = tree.get("cameras"), tree.get("templates")
    holders = [
        *(cameras.items if cameras else ()),
        *(one.value for one in (templates.entries if templates else {}).values()),
    ]
    holders += [defaults] if (defaults := tree.get("defaults")) else []
    watchers = [item for holder in holders for name in ("posts", "rules") for item in _items(holder, name)]
    roster = tree.get("roster")
    for item in (*watchers, *(_items(roster, "shifts") if roster else ())):
        found = item.get(key)
        if found is not None and isinstance(found.value, str):
            yield found, found.value


def _items(holder: Marked, name: str) -> tuple[Marked, ...]:
    found = holder.get(name)
    return found.items if found else ()
