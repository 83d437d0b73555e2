"""Cut-outs for the sample scenes: two people and a bus, faces and lettering gone before anything is kept.

Everything is cut along outlines fixed here, in pixels of the photograph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Corners = tuple[tuple[int, int], ...]
Box = tuple[int, int, int, int]  # x0, y0, x1, y1
FACE_CELLS = 3  # a face is averaged to this many cells across: no feature is left
SOFT = 1.2  # pixels over which an outline fades


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Where a person stands in the photograph."""

    outline: Corners
    head: Box


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cutout:
    """A thing without its surroundings."""

    bgra: NDArray[np.uint8]  # (h, w, 4), colours multiplied by alpha; read-only
    head: Box | None = None  # the part without a face, in its pixels


# fmt: off
PEOPLE: Mapping[str, Person] = {
    "light-coat": Person(
        outline=(
            (104, 410), (110, 404), (124, 401), (140, 402), (152, 406), (158, 414), (157, 424), (157, 436), (153, 446),
            (150, 462), (154, 469), (162, 478), (172, 488), (176, 498), (182, 508), (184, 530), (192, 542), (199, 555),
            (200, 575), (198, 588), (188, 596), (180, 600), (184, 620), (186, 640), (191, 678), (192, 689), (184, 691),
            (180, 690), (179, 705), (183, 730), (186, 750), (188, 775), (192, 800), (198, 830), (202, 850), (206, 856),
            (220, 864), (236, 874), (244, 880), (240, 886), (222, 894), (200, 898), (178, 899), (176, 880), (178, 865),
            (176, 855), (168, 820), (160, 800), (152, 770), (146, 740), (136, 712), (124, 703), (119, 705), (112, 735),
            (108, 760), (98, 780), (92, 810), (88, 840), (86, 855), (96, 866), (104, 880), (107, 892), (100, 898),
            (84, 899), (66, 895), (54, 885), (54, 872), (58, 860), (59, 845), (61, 820), (70, 806), (79, 790),
            (78, 770), (76, 750), (74, 730), (74, 700), (60, 698), (58, 680), (60, 650), (62, 600), (64, 580),
            (58, 562), (60, 545), (62, 520), (62, 505), (66, 492), (80, 480), (92, 470), (98, 460), (98, 452),
            (102, 446), (102, 438), (104, 430), (103, 420),
        ),
        head=(94, 394, 164, 478),
    ),
    "dark-coat": Person(
        outline=(
            (263, 416), (270, 409), (284, 406), (296, 408), (302, 416), (304, 430), (306, 440), (304, 450), (302, 462),
            (299, 470), (304, 478), (318, 484), (328, 490), (334, 502), (336, 520), (340, 535), (342, 550), (340, 562),
            (332, 568), (323, 568), (325, 585), (328, 610), (330, 640), (334, 662), (338, 690), (339, 706), (338, 718),
            (330, 732), (318, 745), (304, 760), (292, 772), (284, 780), (288, 795), (296, 805), (300, 815), (296, 820),
            (284, 818), (279, 812), (278, 822), (288, 838), (292, 850), (290, 857), (272, 858), (258, 852), (255, 842),
            (257, 832), (258, 822), (252, 800), (246, 770), (242, 740), (243, 703), (227, 700), (224, 695), (228, 670),
            (232, 640), (237, 612), (240, 600), (237, 585), (237, 560), (237, 530), (239, 515), (244, 503), (250, 488),
            (258, 480), (266, 470), (270, 464), (267, 455), (262, 448), (262, 438), (264, 428),
        ),
        head=(250, 398, 316, 480),
    ),
}
# fmt: on

BUS_SIDE = ((378, 283), (786, 306), (762, 678), (405, 706))  # roof front, roof rear, ground rear, ground front
BUS_HALF = (330, 230)  # pixels that side becomes
BUS_REPAIRS = (  # x0, y0, x1, y1 of lettering, and of what stands before the bus; the column painted over it
    (0, 127, 88, 230, 104),
    (132, 141, 244, 183, 128),
    (222, 184, 258, 230, 216),
    (156, 46, 316, 112, 152),
    (132, 15, 316, 31, 126),
    (22, 16, 90, 34, 96),
    (16, 74, 90, 110, 94),
)
BUS_WHEEL = (288, 138, 250)  # its middle, the top and the front of its arch: somebody hides the rear of it
BUS_SHAPE = ((0, 0), (316, 4), (325, 12), (329, 30), (329, 196), (319, 204), (312, 215), (300, 222), (288, 224),
             (276, 222), (264, 215), (259, 211), (130, 214), (0, 219))  # fmt: skip


def cut_all(street: NDArray[np.uint8]) -> dict[str, Cutout]:
    """Every cut-out, by name, from the photograph (1080, 810, 3) BGR."""
    found = {name: _cut_person(street, person) for name, person in PEOPLE.items()}
    return {**found, "bus": _cut_bus(street)}


def save(cutouts: Mapping[str, Cutout], path: Path) -> None:
    """Keep `cutouts` in one file, whole or not at all."""
    arrays = {name: cutout.bgra for name, cutout in cutouts.items()}
    heads = {f"{name}.head": np.array(cutout.head) for name, cutout in cutouts.items() if cutout.head}
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays, **heads)
    part.replace(path)


def load(path: Path) -> dict[str, Cutout]:
    """What `save` has kept."""
    with np.load(path, allow_pickle=False) as kept:
        names = [name for name in kept.files if not name.endswith(".head")]
        return {name: _cutout(kept[name], _head(kept, name)) for name in names}


def _head(kept: Mapping[str, NDArray[np.int64]], name: str) -> Box | None:
    key = f"{name}.head"
    if key not in kept:
        return None
    x0, y0, x1, y1 = (int(value) for value in kept[key])
    return x0, y0, x1, y1


def _cutout(bgra: NDArray[np.uint8], head: Box | None = None) -> Cutout:
    bgra.flags.writeable = False
    return Cutout(bgra=bgra, head=head)


def _cut_person(street: NDArray[np.uint8], person: Person) -> Cutout:
    picture = without_face(street, person.head)
    alpha = _outlined(street.shape, person.outline)
    x, y, w, h = cv2.boundingRect(np.array(person.outline, np.int32))
    x0, y0, x1, y1 = person.head
    return _cutout(_premultiplied(picture, alpha)[y : y + h, x : x + w].copy(), (x0 - x, y0 - y, x1 - x, y1 - y))


def without_face(picture: NDArray[np.uint8], head: Box) -> NDArray[np.uint8]:
    """`picture` with the `head` region averaged to a few cells, and those blurred into each other."""
    x0, y0, x1, y1 = head
    region = picture[y0:y1, x0:x1]
    cells = cv2.resize(region, (FACE_CELLS, FACE_CELLS), interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(cells, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
    blurred = picture.copy()
    blurred[y0:y1, x0:x1] = smooth
    return blurred


def _outlined(size: tuple[int, ...], outline: Corners) -> NDArray[np.float32]:
    """Alpha, 0 to 1, of what lies within `outline`."""
    inside = np.zeros(size[:2], np.float32)
    cv2.fillPoly(inside, [np.array(outline, np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), SOFT), np.float32)


def _premultiplied(picture: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    colours = picture * alpha[..., None]
    return np.dstack([colours, alpha * 255]).round().astype(np.uint8)


def _cut_bus(street: NDArray[np.uint8]) -> Cutout:
    """The rear half of the bus, seen from straight beside, and its mirror image for the half that people hide."""
    width, height = BUS_HALF
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    flatten = cv2.getPerspectiveTransform(np.array(BUS_SIDE, np.float32), corners)
    half = np.asarray(cv2.warpPerspective(street, flatten, BUS_HALF), np.uint8)
    _repair(half)
    whole = _premultiplied(half, _outlined(half.shape, BUS_SHAPE))
    whole[:, 0] = whole[:, 2]  # the outline fades at the seam too, where it must not
    whole[:, 1] = whole[:, 2]
    return _cutout(np.hstack([whole[:, ::-1], whole]))


def _repair(half: NDArray[np.uint8]) -> None:
    for x0, y0, x1, y1, column in BUS_REPAIRS:
        half[y0:y1, x0:x1] = half[y0:y1, column : column + 1]
    middle, top, front = BUS_WHEEL
    rear = 2 * middle - front
    half[top:, middle:rear] = half[top:, front:middle][:, ::-1]
    half[top:, rear:] = half[top:, front - 20 : front - 19]
