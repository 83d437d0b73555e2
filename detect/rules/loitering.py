"""`loitering`: somebody stays in a zone for longer than he may."""

from __future__ import annotations

from datetime import timedelta

from config.model import Loitering
from detect.rules.classes import expanded
from detect.rules.lasting import LastingSeen, Watch, lasting
from detect.rules.rule import Subject, TimedRule
from detect.rules.stays import Patience

# Who strolls up and down leaves the zone for a moment; who stands behind a passing lorry does not leave it at all.
PATIENCE = Patience(away=timedelta(seconds=5), hidden=timedelta(seconds=10))


def loitering(rule: Loitering, subject: Subject) -> TimedRule[LastingSeen]:
    """The rule for one zone."""
    watch = Watch(
        zone=rule.zone,
        labels=expanded(rule.classes),
        after=rule.after,
        patience=PATIENCE,
        since=lambda stay: stay.entered_at,
    )
    return lasting(watch, subject, "loiterers")
