"""A guarded post: who must be there, and for how long it may be otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from config.durations import SHAPE, WRITTEN
from config.relief import ReliefTime
from config.rules import RuleBase

PostTime = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=30)), WRITTEN, SHAPE]
GUARDS = {"single": 1, "double": 2}


class Post(RuleBase):
    """A guarded place: a zone, who must be there, and for how long it may be otherwise."""

    zone: str = Field(min_length=1)
    guards: Literal["single", "double"] | None = None  # another way to say min_guards: 1 or 2
    min_guards: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    absent_after: PostTime | None = timedelta(seconds=60)
    asleep_after: PostTime | None = None
    understaffed_after: PostTime | None = timedelta(minutes=3)  # where more than one must be there
    relief: ReliefTime | None = (
        None  # no time counts from so long before each change of the roster's shifts until after
    )

    @model_validator(mode="before")
    @classmethod
    def _say_guards_as_a_number(cls, given: Any) -> Any:
        guards = given.get("guards") if isinstance(given, dict) else None
        number = GUARDS.get(guards) if isinstance(guards, str) else None
        if number is None:
            return given
        if given.get("min_guards", number) != number:
            raise ValueError(
                f"guards: {guards} means min_guards: {number}, not {given['min_guards']}: remove one of them"
            )
        return {**given, "min_guards": number}
