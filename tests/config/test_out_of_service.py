"""Out-of-service windows and the window of incidents, as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.house import House
from tests.config.written import Written, camera

ONE = "out_of_service:\n  - {"


def test_a_window_without_an_offset_is_meant_in_the_networks_time_zone(written: Written) -> None:
    """One with an offset is what it says."""
    network = written.load(
        ONE + "cameras: [gate], from: 2026-12-01 08:00, until: 2026-12-01T09:00:00+00:00, reason: the mast is painted,"
        " rules: [camera.*, post.absent]}\nincidents: {window: 1m, cameras: 5}\n" + camera(uplink="east-switch")
    )

    (window,) = network.out_of_service
    assert (window.begins, window.until) == (
        datetime(2026, 12, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
    )
    house = House.of(network)
    assert (house.incidents.window, house.incidents.cameras) == (timedelta(minutes=1), 5)
    assert house.uplinks == {"gate": "east-switch"}
    at = datetime(2026, 12, 1, 1, tzinfo=UTC)
    covered = [house.is_out_of_service("gate", rule, at) for rule in ("camera.dark", "post.absent", "intrusion")]
    assert covered == [True, True, False]


TIMES = "from: 2026-12-01 08:00, until: 2026-12-01 09:00, reason: mended"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"§cameras: [gate], uplink: east, {TIMES}", "say cameras: [...] or uplink: NAME, one of them"),
        (f"cameras: [§gaet], {TIMES}", "no camera 'gaet': did you mean gate?"),
        (f"uplink: §west, {TIMES}", "no camera has the uplink 'west': did you mean east?"),
        (f"cameras: [gate], rules: [§post.abset], {TIMES}", "no rule 'post.abset': did you mean post.absent?"),
        (
            "cameras: [gate], from: 2026-12-01 08:00, until: §2026-12-01 07:00, reason: x",
            "it must end after it begins",
        ),
        (
            "cameras: [gate], from: §tomorrow, until: 2026-12-01 07:00, reason: x",
            "'tomorrow' is not a date and a time: write for example 2026-12-01 08:00",
        ),
        (
            "cameras: [gate], from: §2026-12-01+08:00, until: 2026-12-02 07:00, reason: x",
            "'2026-12-01+08:00' is not a date and a time: write for example 2026-12-01 08:00",
        ),
        (
            "cameras: [gate], from: 2026-12-01 08:00, until: §2028-12-01 07:00, reason: x",
            "nothing is out of service for more than a year: remove the camera",
        ),
        ('cameras: [gate], from: 2026-12-01 08:00, until: 2026-12-01 09:00, reason: §""', "must not be empty"),
        (f"cameras: [gate], {TIMES}, §cameres: [gate]", "unknown key 'cameres': did you mean cameras?"),
    ],
)
def test_what_cannot_be_is_said_where_it_stands(written: Written, text: str, said: str) -> None:
    """By file, line and column."""
    found = written.mistakes(f"out_of_service:\n  - {{{text}}}\n" + camera(uplink="east"))

    if text.startswith("§"):
        assert [one.split(": ", 1)[1] for one in found] == [said]
    else:
        assert found == written.at_marks(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{window: §0s}", "0s is out of range: it must be at least 1 second"),
        ("{cameras: §1}", "1 is out of range: it must be at least 2"),
    ],
)
def test_an_incident_is_of_several_cameras_within_a_time(written: Written, text: str, said: str) -> None:
    """Else every alert would be one."""
    assert written.mistakes(f"incidents: {text}\n" + camera()) == written.at_marks(said)
