"""What a score means: shifted so that the score every model is asked for by default is the one this model does best at.

A small model that was taught with crops, noise and darkness is unsure of all it says; where it is right, it says 0.2.
Nobody who installs it should have to know that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ringwatch.training.figures import DEFAULT, Finding, judge

if TYPE_CHECKING:
    from ringwatch.training.pictures import Picture, Target

Looked = Sequence[tuple["Picture", Sequence[tuple[float, "Target"]]]]  # pictures, and what a model finds in each
FEWEST = 20  # things of a class that must be there for it to say anything
RANGE = (0.02, 0.9)  # of scores that may be best


def shifts(looked: Looked, classes: int) -> tuple[float, ...]:
    """By how much each class's logit must rise for its best score to become `DEFAULT`; 0 where too few are known."""
    return tuple(_shift(looked, index) for index in range(classes))


def shift_scores(model: Any, by: Sequence[float]) -> None:
    """Raise the logits of a torch detector of ultralytics' YOLO kind, class by class, in place."""
    for branch in model.model[-1].cv3:
        bias = branch[-1].bias.data
        bias += bias.new_tensor(by)


def _shift(looked: Looked, index: int) -> float:
    findings: list[Finding] = []
    things = 0
    for picture, found in looked:
        if index in picture.complete:
            there = [target for target in picture.targets if target.wanted == index]
            things += len(there)
            findings += judge(there, [one for one in found if one[1].wanted == index], picture.ignored)
    best = best_score(findings, things) if things >= FEWEST else None
    return 0.0 if best is None else round(_logit(DEFAULT) - _logit(best), 3)


def best_score(findings: Sequence[Finding], things: int) -> float | None:
    """The score at which precision and recall together are highest; None where nothing is found.

    Precision counts twice as much (F0.5): what is claimed falsely wakes somebody, what is missed is looked for again.
    """
    known = sorted((one for one in findings if one.right is not None), key=lambda one: -one.score)
    if not known:
        return None
    hits = np.cumsum([bool(one.right) for one in known])
    weighed = 1.25 * hits / (np.arange(1, len(known) + 1) + 0.25 * things)
    return float(np.clip(known[int(weighed.argmax())].score, *RANGE))


def _logit(score: float) -> float:
    return float(np.log(score / (1 - score)))
