"""`stopped_vehicle`: a vehicle stands in a zone for longer than it may."""

from __future__ import annotations

from datetime import timedelta

from config.model import StoppedVehicle
from detect.rules.classes import expanded
from detect.rules.lasting import LastingSeen, Watch, lasting
from detect.rules.rule import Subject, TimedRule
from detect.rules.stays import Patience

PATIENCE = Patience(away=timedelta(seconds=1), hidden=timedelta(seconds=15))  # hidden by those that pass it


def stopped_vehicle(rule: StoppedVehicle, subject: Subject) -> TimedRule[LastingSeen]:
    """The rule for one zone."""
    watch = Watch(
        zone=rule.zone,
        labels=expanded(rule.classes),
        after=rule.after,
        patience=PATIENCE,
        since=lambda stay: stay.rests_since,
    )
    return lasting(watch, subject, "stopped")
