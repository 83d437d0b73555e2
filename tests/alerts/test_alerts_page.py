"""docs/ALERTS.md prints the lifecycle as it is."""

from __future__ import annotations

import re

from alerts.lifecycle import TABLE, Act
from alerts.messages import Handling
from tests.services import REPOSITORY


def test_the_documented_table_is_the_lifecycle() -> None:
    """Every act in every state: what comes of it, or that it is refused."""
    page = (REPOSITORY / "docs" / "ALERTS.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|((?: [\w–]+ \|){4})$", page, re.MULTILINE)
    documented = {
        (handling, Act(act)): None if cell.strip() == "–" else Handling(cell.strip())
        for act, cells in rows
        for handling, cell in zip(Handling, cells.split("|"), strict=False)
    }

    assert documented == {(handling, act): TABLE.get((handling, act)) for act in Act for handling in Handling}
