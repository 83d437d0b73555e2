"""Which classes a rule takes, and which rules a detector cannot answer."""

from __future__ import annotations

import pytest

from config.model import Label
from detect.rules import Rule
from detect.rules.classes import expanded, unanswerable
from tests.detect.given import camera
from tests.detect.rules.film import Mover, one_rule, told

BUILT_IN = frozenset({Label.PERSON, Label.VEHICLE, Label.BIKE})
COCO_LIKE = frozenset(Label) - {Label.VEHICLE, Label.BIKE}


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("person", "person"),
        ("vehicle", "vehicle car bus truck"),
        ("car", "car"),
        ("car truck", "car truck"),
        ("car truck bus", "car truck bus vehicle"),
        ("bicycle motorcycle person", "bicycle motorcycle bike person"),
    ],
)
def test_a_group_is_asked_for_by_its_name_or_by_all_of_its_members(asked: str, taken: str) -> None:
    """Some of them are some of them."""
    assert expanded(map(Label, asked.split())) == frozenset(map(Label, taken.split()))


@pytest.mark.parametrize(
    ("classes", "known", "missing"),
    [
        ("vehicle", BUILT_IN, ""),
        ("car", BUILT_IN, "car"),
        ("car truck", BUILT_IN, "car truck"),
        ("car truck bus", BUILT_IN, ""),
        ("car truck bus", COCO_LIKE, ""),
        ("car truck bus", frozenset({Label.CAR}), "truck bus"),
        ("vehicle car", BUILT_IN, ""),
        ("motorcycle bicycle bag", BUILT_IN, "bag"),
    ],
)
def test_a_rule_that_takes_a_whole_group_is_answered_by_who_knows_the_group(
    classes: str, known: frozenset[Label], missing: str
) -> None:
    """One that takes a part of it is not."""
    rule = {"rule": "intrusion", "zone": "lane", "classes": classes.split()}

    assert [one.label for one in unanswerable(camera(rules=[rule]), known)] == list(map(Label, missing.split()))


def test_unusual_counts_each_class_for_itself_and_needs_each() -> None:
    """All vehicles together are not so many cars, so many buses and so many trucks."""
    rule = {"rule": "unusual", "zone": "lane", "classes": ["car", "bus", "truck"]}

    assert [one.label for one in unanswerable(camera(rules=[rule]), BUILT_IN)] == [Label.CAR, Label.BUS, Label.TRUCK]


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "wrong_way", "line": [(0.1, 0.6), (0.9, 0.6)], "forbidden": "left_to_right"},
        {"rule": "line_cross", "line": [(0.1, 0.6), (0.9, 0.6)]},
    ],
)
def test_a_vehicle_of_no_finer_kind_is_told_where_every_kind_is_asked_for(rule: dict[str, object]) -> None:
    """The built-in detector says no more of it."""

    def asking(*classes: str) -> Rule:
        return one_rule(**rule, classes=classes)

    vehicle = Mover(path=((0, 0.5, 0.4), (4, 0.5, 0.8)), label=Label.VEHICLE)

    assert told(asking("car", "truck", "bus"), vehicle, until_s=8)
    assert told(asking("car", "truck"), vehicle, until_s=8) == []
