"""From a model's own class names to the allow-list; what is not on it is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.model import GROUPS, Label
from detect.boundary import refuse_words
from detect.errors import ModelError

# Source: the 80 classes of COCO 2017 detection, in the order every model trained on it uses.
COCO = tuple(
    """person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,
    bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,suitcase,tie,frisbee,skis,
    snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,
    fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,
    potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,
    refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush""".replace("\n    ", "").split(",")
)

# Source: each model's page in the Open Model Zoo, "Outputs".
KNOWN_MODELS: dict[str, tuple[str, ...]] = {
    "person-vehicle-bike-detection-2000": ("vehicle", "person", "bike"),
    "person-vehicle-bike-detection-2001": ("vehicle", "person", "bike"),
    "person-vehicle-bike-detection-2002": ("vehicle", "person", "bike"),
    "person-vehicle-bike-detection-crossroad-1016": ("non-vehicle", "vehicle", "person"),
}

_ANIMALS = ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe")
_SYNONYMS: dict[str, Label] = {
    **{label.value: label for label in Label},
    **dict.fromkeys(("pedestrian", "people", "人", "行人"), Label.PERSON),
    **dict.fromkeys(("van", "轿车"), Label.CAR),
    **dict.fromkeys(("motorbike", "motor", "摩托车"), Label.MOTORCYCLE),
    **dict.fromkeys(("cycle", "自行车"), Label.BICYCLE),
    **dict.fromkeys(("non vehicle", "非机动车"), Label.BIKE),
    **dict.fromkeys(("车", "车辆", "机动车"), Label.VEHICLE),
    **dict.fromkeys(("backpack", "handbag", "suitcase", "包", "行李"), Label.BAG),
    **dict.fromkeys(_ANIMALS, Label.ANIMAL),
}
_KINDS = {member: group for group, members in GROUPS.items() for member in members}


@dataclass(frozen=True, slots=True)
class ClassMap:
    """What each class index of a model means here; None is dropped."""

    by_index: tuple[Label | None, ...]

    @property
    def labels(self) -> frozenset[Label]:
        """All that the model can tell."""
        return frozenset(label for label in self.by_index if label is not None)


def class_map(names: Sequence[str]) -> ClassMap:
    """The map for class names in the model's order; an empty name is dropped without a word.

    Raises:
        ForbiddenModelError: a name is of what ringwatch never looks at.
        ModelError: not one name is on the allow-list.
    """
    refuse_words(names, "its class")
    mapped = ClassMap(tuple(_SYNONYMS.get(_plain(name)) for name in names))
    if not mapped.labels:
        known = ", ".join(label.value for label in Label)
        raise ModelError(f"none of its classes ({_few(names)}) is on the allow-list: {known}")
    return mapped


def group_of(label: Label) -> Label:
    """The group a class belongs to, or the class itself: car, bus and truck compete for one object."""
    return _KINDS.get(label, label)


def covers(labels: frozenset[Label], wanted: Label) -> bool:
    """Whether a model that tells `labels` can tell `wanted`, by the class itself or by members of the group."""
    return wanted in labels or bool(labels & GROUPS.get(wanted, frozenset()))


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")


def _few(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(name or "-" for name in names[:most])
    return f"{shown}, … {len(names)} in all" if len(names) > most else shown
