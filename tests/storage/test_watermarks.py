"""How far each outbox is on record: the watermark of what has arrived."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import Origin
from storage.database import Database
from storage.records import advanced
from tests.alerts.making import occurrence
from tests.storage.deliveries import arrive, delivery


def test_the_watermark_moves_through_gapless_numbers_alone(database: Database) -> None:
    """What lies beyond a gap is remembered, over restarts too, until the gap is filled."""
    assert arrive(database, 1, 2) == 2
    assert arrive(database, 5, 4) == 2
    assert arrive(database, 7) == 2
    assert arrive(database, 3) == 5
    assert arrive(database, 1, 3) == 5
    assert arrive(database, 6) == 7


def test_a_new_record_does_not_wait_for_what_an_old_one_held(database: Database) -> None:
    """After the database was replaced, outboxes go on at their own numbers; what they have settled never comes."""
    origin = Origin(outbox="a", seq=1002, settled=1000)

    assert database.record([delivery(occurrence(2), origin)]).watermarks == {"a": 1000}
    assert arrive(database, 1001) == 1002


def test_each_outbox_has_its_own_watermark(database: Database) -> None:
    """One worker's gap does not hold another's rows."""
    arrive(database, 2, outbox="a")
    arrive(database, 1, outbox="b")

    assert database.watermarks() == {"a": 0, "b": 1}


def test_a_copy_under_another_origin_counts_for_that_outbox_too(database: Database) -> None:
    """The same revision from a renamed outbox is no new record, but nobody needs to send it again."""
    database.record([delivery(occurrence(1), Origin(outbox="a", seq=1))])

    receipt = database.record([delivery(occurrence(1), Origin(outbox="b", seq=1))])

    assert (receipt.recorded, receipt.watermarks) == (0, {"b": 1})


def test_what_was_set_aside_elsewhere_counts_as_arrived(database: Database) -> None:
    """A dead letter must not hold its outbox for ever."""
    arrive(database, 1, 3)

    assert database.record((), [Origin(outbox="a", seq=2)]).watermarks == {"a": 3}
    assert database.count() == 2


@given(st.lists(st.lists(st.integers(1, 12), max_size=5), max_size=12))
def test_the_watermark_is_the_longest_gapless_run(batches: list[list[int]]) -> None:
    """Whatever the batches, as if all had come at once."""
    watermark, beyond, seen = 0, frozenset[int](), set[int]()
    for batch in batches:
        seen |= set(batch)
        watermark, beyond = advanced(watermark, beyond | set(batch))

    assert set(range(1, watermark + 1)) <= seen
    assert watermark + 1 not in seen
    assert beyond == {seq for seq in seen if seq > watermark}
