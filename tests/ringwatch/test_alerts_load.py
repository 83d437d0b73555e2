"""`ringwatch alerts load`."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.lifecycle import Act
from ringwatch.cli import run
from ringwatch.commands.alerts_load import parse_moment
from storage.database import Database
from tests.alerts.making import occurrence
from tests.storage.deliveries import record
from watchroom.load_views import LoadView

pytestmark = pytest.mark.usefixtures("logs_left_alone")

NETWORK = """
grid:
  large: [{id: l-1, responsible: 网格长}]
  middle: [{id: m-1, responsible: 网格长, within: l-1}]
  small: [{id: s-017, responsible: 网格员, within: m-1}]
cameras: [{id: inner-01, name: 东门, ring: inner, cell: s-017, stream: {sub: "rtsp://192.0.2.1/sub"}}]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with eleven alerts of a minute ago, one of them claimed."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    with closing(Database(f"sqlite:///{tmp_path / 'ringwatch.sqlite'}")) as database:
        database.create()
        made = (occurrence(number, started_at=at, captured_at=at, raised_at=datetime.now(UTC)) for number in range(11))
        record(database, *made)
        database.act("ev-3", Act.CLAIM, "desk-1")
    return tmp_path


def test_the_load_of_the_last_day_is_a_page_of_text(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For whoever sits at a terminal."""
    assert run(["alerts", "load", "--data", str(data)]) == 0

    out = capsys.readouterr().out
    assert "11 shown; 11 open" in out
    assert "1 flood · 60s" in out or "1 flood · 1m" in out
    assert "there is one now" in out
    assert "inner-03 post.absent post" in out
    assert "ring inner" in out


def test_json_is_the_published_shape_on_one_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as `GET /api/load`."""
    assert run(["alerts", "load", "--data", str(data), "--json"]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    load = LoadView.model_validate_json(line)
    assert (load.alerts, load.flood.on, load.response.claim.count) == (11, True, 1)
    assert {"from", "to"} <= set(json.loads(line))


def test_a_period_may_be_given(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With an offset, or on this machine's clock."""
    assert (
        run(["alerts", "load", "--data", str(data), "--from", "2026-01-01", "--to", "2026-01-02T08:00Z", "--json"]) == 0
    )

    assert json.loads(capsys.readouterr().out)["alerts"] == 0


def test_the_configuration_adds_its_grid(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Middle and large cells have shares of their own."""
    (data / "network.yaml").write_text(NETWORK, "utf-8")

    assert run(["alerts", "load", "--data", str(data), "--config", str(data), "--json"]) == 0

    assert set(json.loads(capsys.readouterr().out)["within_5_min"]["by_cell"]) == {"s-017", "m-1", "l-1"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--from", "2026-01-02", "--to", "2026-01-01"], "the period is empty"),
        (["--from", "2020-01-01"], "longer than 92 days"),
        (["--from", "yesterday"], "'yesterday' is not a time: write for example 2026-03-01"),
        (["--from", "2026-03-01+08:00"], "'2026-03-01+08:00' is not a time: write for example 2026-03-01"),
    ],
)
def test_a_period_that_is_none_is_exit_2(
    data: Path, capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    """With what to write."""
    assert run(["alerts", "load", "--data", str(data), *given]) == 2

    assert said in capsys.readouterr().err


def test_a_folder_without_a_record_is_exit_3_and_stays_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Looking makes no database."""
    assert run(["alerts", "load", "--data", str(tmp_path)]) == 3

    assert "name the node's data folder with --data" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_moment_is_an_instant() -> None:
    """Whatever offset it was written with."""
    zone = ZoneInfo("Asia/Shanghai")
    assert parse_moment("2026-03-01T08:00+08:00", zone, "--from") == datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_moment("2026-03-01 08:00", zone, "--from") == datetime(2026, 3, 1, tzinfo=UTC)


def test_times_are_the_networks_wherever_the_machine_is(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `open` and `export` have them; the offset is said."""
    config = data / "network.yaml"
    config.write_text("network: {timezone: Pacific/Auckland}\n" + NETWORK, "utf-8")
    now = datetime.now(ZoneInfo("Pacific/Auckland"))

    assert run(["alerts", "load", "--data", str(data), "--config", str(config)]) == 0
    head = capsys.readouterr().out.splitlines()[0]
    assert f"UTC{now.isoformat()[-6:]}" in head
    assert head.startswith(f"{now - timedelta(days=1):%Y-%m-%d}")
