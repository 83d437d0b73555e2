from __future__ import annotations

import pytest

from config.model import Label
from detect.classes import COCO, class_map, covers, group_of
from detect.errors import ModelError


def test_the_classes_of_coco_are_brought_to_the_allow_list() -> None:
    """Eight kinds of thing that a checkpoint cares about; everything else is dropped."""
    mapped = class_map(COCO)

    assert len(mapped.by_index) == len(COCO) == 80
    assert mapped.labels == set(Label) - {Label.VEHICLE, Label.BIKE}
    assert mapped.by_index[COCO.index("suitcase")] == mapped.by_index[COCO.index("backpack")] == Label.BAG
    assert mapped.by_index[COCO.index("dog")] == Label.ANIMAL
    assert mapped.by_index[COCO.index("chair")] is None


@pytest.mark.parametrize(
    ("name", "label"),
    [("Pedestrian", Label.PERSON), ("非机动车", Label.BIKE), ("non-vehicle", Label.BIKE), ("traffic_light", None)],
)
def test_other_makers_words_are_understood(name: str, label: Label | None) -> None:
    """However they are written."""
    assert class_map([name, "person"]).by_index[0] is label


def test_a_model_without_one_allowed_class_is_no_use() -> None:
    """It says what it knows, and what would be wanted."""
    with pytest.raises(ModelError, match=r"none of its classes \(chair, -, table\) is on the allow-list: person, vehi"):
        class_map(["chair", "", "table"])


def test_a_group_is_covered_by_its_members_and_not_the_other_way() -> None:
    """A model that tells cars answers a rule about vehicles; one that tells vehicles cannot answer one about buses."""
    assert covers(frozenset({Label.CAR}), Label.VEHICLE)
    assert not covers(frozenset({Label.VEHICLE}), Label.BUS)
    assert group_of(Label.BUS) is Label.VEHICLE
    assert group_of(Label.PERSON) is Label.PERSON
