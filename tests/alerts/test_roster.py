"""Who is on duty, and when that changes: over midnight, over changes of the clocks, and where dates are overridden."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.roster import DutyRoster
from config.duty import Operator, Override, Roster, Shift

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
SEATS = (
    Operator(id="desk-1", name="一号席"),
    Operator(id="desk-2", name="二号席"),
    Operator(id="lead", name="值班长", role="lead"),
)
THREE = {"早班": "08:00-16:00", "中班": "16:00-24:00", "夜班": "00:00-08:00"}
TWO = {"白班": "08:00-20:00", "夜班": "20:00-08:00"}


def roster(shifts: dict[str, str], *overrides: dict[str, object], zone: ZoneInfo = SHANGHAI) -> DutyRoster:
    """Shifts by name, with their hours."""
    listed = tuple(Shift(name=name, hours=hours) for name, hours in shifts.items())
    return DutyRoster(
        Roster(operators=SEATS, shifts=listed, overrides=tuple(Override.model_validate(one) for one in overrides)), zone
    )


def at(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> datetime:
    """A local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def shifts_on(duty: DutyRoster, moment: datetime) -> list[str]:
    """The names of the shifts that are on."""
    return [turn.shift for turn in duty.on(moment)]


@pytest.mark.parametrize(
    ("shifts", "local", "on", "changes"),
    [
        (THREE, "2026-03-02 08:00", ["早班"], "2026-03-02 16:00"),  # at its begin
        (THREE, "2026-03-02 15:59:59", ["早班"], "2026-03-02 16:00"),
        (THREE, "2026-03-02 16:00", ["中班"], "2026-03-03 00:00"),  # at the end of the one before
        (THREE, "2026-03-02 23:59:59", ["中班"], "2026-03-03 00:00"),
        (THREE, "2026-03-03 00:00", ["夜班"], "2026-03-03 08:00"),  # midnight itself
        (TWO, "2026-03-02 23:00", ["夜班"], "2026-03-03 08:00"),  # over midnight
        (TWO, "2026-03-03 03:00", ["夜班"], "2026-03-03 08:00"),
        ({"周班": "fri 22:00-06:00"}, "2026-03-07 05:00", ["周班"], "2026-03-07 06:00"),  # begun on Friday
        ({"周班": "fri 22:00-06:00"}, "2026-03-08 05:00", [], "2026-03-13 22:00"),  # not on Sunday
        ({"白": "08:00-16:30", "晚": "16:00-08:00"}, "2026-03-02 16:10", ["白", "晚"], "2026-03-02 16:30"),  # both
        ({"常": "always"}, "2026-03-02 12:00", ["常"], None),  # never changes
        ({}, "2026-03-02 12:00", [], None),  # no roster at all
    ],
)
def test_a_shift_is_on_from_its_begin_until_its_end(
    shifts: dict[str, str], local: str, on: list[str], changes: str | None
) -> None:
    """The begin belongs to it, the end to the next; a change is when others are on."""
    duty = roster(shifts)

    assert shifts_on(duty, at(local)) == on
    assert duty.next_change(at(local)) == (at(changes) if changes else None)


OFF = {"date": "2026-10-01..2026-10-03", "shift": "早班", "off": True}
SHORT = {"date": "2026-10-01", "shift": "早班", "hours": "09:00-12:00"}
ALONE = {"date": "2026-10-01", "shift": "早班", "seats": ["lead"]}
LONG_NIGHT = {"date": "2026-10-01", "shift": "中班", "hours": "16:00-02:00"}


@pytest.mark.parametrize(
    ("override", "local", "on", "seats"),
    [
        (OFF, "2026-09-30 09:00", ["早班"], ("desk-1", "desk-2", "lead")),
        (OFF, "2026-10-01 09:00", [], ()),
        (OFF, "2026-10-03 15:59", [], ()),
        (OFF, "2026-10-04 09:00", ["早班"], ("desk-1", "desk-2", "lead")),
        (SHORT, "2026-10-01 08:30", [], ()),
        (SHORT, "2026-10-01 09:00", ["早班"], ("desk-1", "desk-2", "lead")),
        (SHORT, "2026-10-01 12:00", [], ()),
        (ALONE, "2026-10-01 12:00", ["早班"], ("lead",)),
        (ALONE, "2026-10-02 12:00", ["早班"], ("desk-1", "desk-2", "lead")),
        (LONG_NIGHT, "2026-10-02 01:00", ["中班", "夜班"], ("desk-1", "desk-2", "lead")),  # over midnight by override
        (LONG_NIGHT, "2026-10-03 01:00", ["夜班"], ("desk-1", "desk-2", "lead")),
    ],
)
def test_an_override_holds_on_its_dates_alone(
    override: dict[str, object], local: str, on: list[str], seats: tuple[str, ...]
) -> None:
    """Its dates are those on which the shift begins."""
    duty = roster(THREE, override)

    assert shifts_on(duty, at(local)) == on
    assert duty.seats_on(at(local)) == seats


@pytest.mark.parametrize(
    ("local", "fold", "on"),
    [
        ("2026-03-29 01:59:59", 0, ["a"]),  # clocks go from 02:00 to 03:00; b would begin at 02:30, which there is not
        ("2026-03-29 03:29:59", 0, ["a"]),
        ("2026-03-29 03:30", 0, ["b"]),
        ("2026-10-25 02:29:59", 0, ["a"]),  # clocks go from 03:00 to 02:00: 02:30 comes twice, and is meant once
        ("2026-10-25 02:30", 0, ["b"]),
        ("2026-10-25 02:15", 1, ["b"]),  # after the clocks were set back it is still b's
        ("2026-10-25 02:45", 1, ["b"]),
    ],
)
def test_no_gap_opens_where_the_clocks_change(local: str, fold: int, on: list[str]) -> None:
    """Two shifts that meet at half past two of the night."""
    duty = roster({"a": "14:30-02:30", "b": "02:30-14:30"}, zone=BERLIN)

    assert shifts_on(duty, at(local, BERLIN, fold)) == on


def test_a_night_is_an_hour_longer_when_clocks_are_set_back() -> None:
    """Nine hours from ten to six."""
    (turn,) = roster({"n": "22:00-06:00"}, zone=BERLIN).on(at("2026-10-25 04:00", BERLIN))

    assert (turn.ends - turn.begins).total_seconds() == 9 * 3600


@pytest.mark.parametrize(
    ("shifts", "local", "change"),
    [
        (THREE, "2026-03-02 09:00", ("2026-03-02 08:00", ("夜班",), ("早班",))),
        (THREE, "2026-03-02 08:00", ("2026-03-02 08:00", ("夜班",), ("早班",))),
        (THREE, "2026-03-02 07:59:59", ("2026-03-02 00:00", ("中班",), ("夜班",))),
        ({"周班": "mon 08:00-16:00"}, "2026-03-08 12:00", ("2026-03-02 08:00", (), ("周班",))),  # nobody since
        ({"常": "always"}, "2026-03-02 12:00", None),
        ({}, "2026-03-02 12:00", None),
    ],
)
def test_the_last_change_says_who_came_and_who_went(
    shifts: dict[str, str], local: str, change: tuple[str, tuple[str, ...], tuple[str, ...]] | None
) -> None:
    """What a handover is about."""
    found = roster(shifts).last_change(at(local))

    assert (found and (found.at, found.going, found.coming)) == (change and (at(change[0]), *change[1:]))


def test_a_seat_that_is_no_more_still_has_a_name() -> None:
    """An operator of an old record: the id itself."""
    duty = roster(THREE)

    assert duty.name_of("desk-1") == "一号席"
    assert duty.name_of("desk-9") == "desk-9"
    assert duty.leads(duty.seats) == ("lead",)
