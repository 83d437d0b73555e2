"""When an alert's times begin anew, as its steps say: it was opened again, or its silence has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_

from alerts.lifecycle import SYSTEM, Act
from alerts.service import NO_LONGER
from storage.tables import steps

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement


def begins_anew() -> ColumnElement[bool]:
    """Of a step: whether all times of its alert count from then on."""
    silence_ended = and_(steps.c.act == Act.NOTE, steps.c.by == SYSTEM, steps.c.why.startswith(NO_LONGER))
    return or_(steps.c.act.in_((Act.REOPEN, Act.UNSHELVE)), silence_ended)
