"""A worker whose analysis hangs says so, and does not last."""

from __future__ import annotations

from ringwatch.rounds import HOPELESS_S, LATE_S, Rounds


def test_an_analysis_that_comes_round_is_well_and_one_that_does_not_is_told() -> None:
    """Then it is hopeless; and a turn makes all well."""
    now_s = 100.0
    rounds = Rounds(lambda: now_s)

    said = []
    for now_s in (100 + LATE_S, 101 + LATE_S, 101 + HOPELESS_S):  # noqa: B007 - the clock reads it
        said.append((rounds.problem, rounds.is_hopeless))
    rounds.turn()

    assert said == [
        ("", False),
        ("the analysis has not come back for 11 s", False),
        ("the analysis has not come back for 121 s", True),
    ]
    assert (rounds.problem, rounds.is_hopeless) == ("", False)
