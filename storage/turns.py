"""Writers take turns: whoever takes the one row of `changes` keeps the others waiting until it commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from storage.tables import changes

if TYPE_CHECKING:
    from sqlalchemy import Connection


def take_turn(connection: Connection, count: int = 0) -> int:
    """The last change before this transaction's own `count`; other writers wait until it ends.

    Being the first statement, it makes all that is read later in the transaction stay true until the commit.
    """
    taken = update(changes).values(last=changes.c.last + count).returning(changes.c.last)
    return int(connection.execute(taken).scalar_one()) - count


def take_number(connection: Connection) -> int:
    """The next change."""
    return take_turn(connection, 1) + 1
