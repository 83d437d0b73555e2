"""Which classes a rule asks for, and whether a detector can tell them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from config.model import GROUPS, AnyRule, Camera, Label, Post
from detect.classes import covers, group_of

COUNTED = {"crowd": (Label.PERSON,), "fall": (Label.PERSON,), "queue": (Label.VEHICLE,)}  # rules without `classes`
COUNTS_EACH = "unusual"  # ... and the one with `classes` that looks at each for itself


def expanded(labels: Iterable[Label]) -> frozenset[Label]:
    """`labels` with the members of every group among them, and every group whose members are all among them.

    Who asks for vehicles wants cars too; and who asks for cars, buses and trucks wants whatever a detector that tells
    no finer calls a vehicle.
    """
    asked = frozenset(labels)
    wanted = asked.union(*(GROUPS.get(label, frozenset()) for label in asked))
    return wanted | {group for group, members in GROUPS.items() if members <= wanted}


@dataclass(frozen=True, slots=True, order=True)
class Unanswerable:
    """A rule that asks for a class which the detector cannot tell."""

    rule: str
    label: Label
    camera: str
    zone: str


def unanswerable(camera: Camera, known: frozenset[Label]) -> tuple[Unanswerable, ...]:
    """The rules of `camera` that ask for classes a detector of `known` classes cannot tell."""
    asked: list[tuple[str, str, tuple[Label, ...]]]
    asked = [(name, post.zone, (Label.PERSON,)) for post in camera.posts for name in _rules_of(post)]
    asked += [(rule.rule, getattr(rule, "zone", ""), _asked_by(rule)) for rule in camera.rules]
    return tuple(
        Unanswerable(rule, label, camera.id, zone)
        for rule, zone, labels in asked
        for label in labels
        if not covers(known, label) and not _is_one_of_all(rule, label, labels, known)
    )


def _is_one_of_all(rule: str, label: Label, labels: tuple[Label, ...], known: frozenset[Label]) -> bool:
    """Whether the rule takes all of the label's group, and the detector tells the group."""
    return rule != COUNTS_EACH and group_of(label) in expanded(labels) & known


def _rules_of(post: Post) -> list[str]:
    asked = {"post.absent": True, "post.asleep": post.asleep_after, "post.understaffed": post.min_guards > 1}
    return [name for name, wanted in asked.items() if wanted]


def _asked_by(rule: AnyRule) -> tuple[Label, ...]:
    classes: tuple[Label, ...] = getattr(rule, "classes", COUNTED.get(rule.rule, ()))
    return classes
