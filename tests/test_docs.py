"""The documentation names what there is: a key, a rule, a metric or a command that is not written down fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from click import Context, Option
from prometheus_client import CollectorRegistry

from alerts.duty_metrics import DutyMetrics
from alerts.load_metrics import LoadMetrics
from alerts.metrics import AlertMetrics
from alerts.notify.metrics import NotifyMetrics
from alerts.watchman import WatchMetrics
from config.duty import Duty, Limits, Operator, Override
from config.incidents import Incidents
from config.load import KEYS
from config.model import (
    Camera,
    Cell,
    DetectorChoice,
    Grid,
    NetworkInfo,
    PositionSource,
    Post,
    Queue,
    Roster,
    Shift,
    Storage,
    Stream,
    Whip,
    Zone,
)
from config.notify import Channel, Notify, Rate
from config.out_of_service import OutOfService
from config.validate import RULES
from config.watching import ScheduledTest, Watching
from detect.metrics import DetectMetrics
from ingest.metrics import IngestMetrics
from ingest.vehicle_metrics import VehicleMetrics
from ringwatch.cli import COMMANDS, cli
from ringwatch.reload_metrics import ReloadMetrics
from ringwatch.state_metrics import StateMetrics
from storage.metrics import BaselineMetrics, EvidenceMetrics
from tests.services import REPOSITORY
from watchroom.metrics import ConsoleMetrics

MODELS = (
    Camera, Cell, DetectorChoice, Grid, NetworkInfo, PositionSource, Post, Queue, Roster, Shift, Storage, Stream, Whip,
    Zone, Duty, Limits, Operator, Override, Channel, Notify, Rate, Incidents, OutOfService, ScheduledTest, Watching,
)  # fmt: skip
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def page(name: str) -> str:
    """A page of the documentation."""
    return (REPOSITORY / name).read_text("utf-8")


def keys() -> Iterator[tuple[str, str]]:
    """Every key of the configuration, with what it belongs to."""
    yield from (("the file", key) for key in KEYS)
    for model in MODELS:
        yield from ((model.__name__, field.alias or key) for key, field in model.model_fields.items())
    for rule in RULES.values():
        yield from ((rule.__name__, key) for key in rule.model_fields)


def metrics() -> set[str]:
    """The names of all metrics, as Prometheus sees them."""
    registry = CollectorRegistry()
    for room in (
        IngestMetrics,
        VehicleMetrics,
        DetectMetrics,
        AlertMetrics,
        LoadMetrics,
        WatchMetrics,
        EvidenceMetrics,
        DutyMetrics,
        NotifyMetrics,
        BaselineMetrics,
        ReloadMetrics,
        StateMetrics,
        ConsoleMetrics,
    ):
        room(registry)
    return {f"{one.name}_total" if one.type == "counter" else one.name for one in registry.collect()}


@pytest.mark.parametrize(("owner", "key"), sorted(set(keys())))
def test_every_key_is_documented(owner: str, key: str) -> None:
    """In CONFIGURATION.md or in RULES.md."""
    assert f"`{key}`" in page("docs/CONFIGURATION.md") + page("docs/RULES.md")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_documented(rule: str) -> None:
    """In RULES.md."""
    assert f"`{rule}`" in page("docs/RULES.md")


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    """In METRICS.md, one row each."""
    documented = set(re.findall(r"^\| `(ringwatch_\w+)`", page("docs/METRICS.md"), re.MULTILINE))

    assert documented == metrics()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    """In the README's table."""
    assert f"`ringwatch {name}" in page("README.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    """In the command's own help."""
    command = cli.get_command(Context(cli), name)
    assert command is not None
    assert command.help
    for one in [command, *getattr(command, "commands", {}).values()]:
        assert [option.name for option in one.params if isinstance(option, Option) and not option.help] == []


@pytest.mark.parametrize(
    "name", ["README.md", *sorted(f"docs/{file.name}" for file in (REPOSITORY / "docs").glob("*.md"))]
)
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file that is in the repository."""
    here = (REPOSITORY / name).parent

    dead = [target for target in LINK.findall(page(name)) if not (here / target).exists()]

    assert dead == []


def test_no_page_has_a_gap_to_fill_in() -> None:
    """What was to be measured has been."""
    pages = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *(REPOSITORY / "docs").glob("*.md")]

    assert [file.name for file in pages if "@@" in file.read_text("utf-8") or "TODO" in file.read_text("utf-8")] == []
