"""Mistakes in the roster, in the duty room's times and in the channels, each at its place."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from config.load import read
from config.model import Severity
from tests.config.written import Written, camera

OPERATORS = "  operators: [{id: desk-1, name: 一号席}, {id: lead, name: 值班长, role: lead}]\n"
SHIFTS = '  shifts: [{name: day, hours: "08:00-20:00"}, {name: night, hours: "20:00-08:00"}]\n'
ROSTER = f"roster:\n{OPERATORS}{SHIFTS}"
KEY = "0123456789abcdef01234567"
UNKNOWN = (
    "unknown key 'header': known are name, url, secret, form, language, severities, rings, events, rate, timeout, "
    "give_up_after"
)


def channel(**parts: str) -> str:
    """A channel, some of its keys replaced."""
    keys = {"name": "hook", "url": '"https://hook.example/alerts"', "secret": f'"{KEY}"', **parts}
    return "notify: {channels: [{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}]}\n"


MISTAKES = {
    "a seat that is ringwatch's own": (
        "roster: {operators: [{id: §system, name: x}]}\n",
        "'system' is ringwatch's own: call the seat for example desk-1",
    ),
    "a seat that stands twice": (
        "roster: {operators: [{id: desk-1, name: x}, {id: §desk-1, name: y}]}\n",
        "seat 'desk-1' stands twice: give each its own id",
    ),
    "a seat with a person's name for an id": (
        "roster: {operators: [{id: §王某, name: x}]}\n",
        "'王某' cannot be an id: use small letters, digits and dashes, for example inner-01",
    ),
    "a role that is none": (
        "roster: {operators: [{id: a, name: x, role: §boss}]}\n",
        "'boss' is not known: known are operator, lead",
    ),
    "a shift that stands twice": (
        'roster: {shifts: [{name: a, hours: "08:00-20:00"}, {name: §a, hours: "20:00-08:00"}]}\n',
        "shift 'a' stands twice: rename one",
    ),
    "a seat that nobody lists": (
        f"roster:\n{OPERATORS}" + '  shifts: [{name: a, hours: "00:00-24:00", seats: [lead, §deks-1]}]\n',
        "no operator is called 'deks-1': did you mean desk-1?",
    ),
    "an override of no shift": (
        ROSTER + "  overrides: [{date: 2026-10-01, shift: §dya, off: true}]\n",
        "no shift is called 'dya': did you mean day?",
    ),
    "an override that says nothing": (
        ROSTER + "  overrides: [§{date: 2026-10-01, shift: day}]\n",
        "an override says what is otherwise: hours, seats, or off: true alone",
    ),
    "an override that says both": (
        ROSTER + "  overrides: [§{date: 2026-10-01, shift: day, off: true, seats: [lead]}]\n",
        "an override says what is otherwise: hours, seats, or off: true alone",
    ),
    "two overrides of one shift": (
        ROSTER + "  overrides: [{date: 2026-10-01..2026-10-03, shift: day, off: true},\n"
        "              {date: §2026-10-02, shift: day, seats: [lead]}]\n",
        "day of 2026-10-02 is overridden already: keep one of the two",
    ),
    "weekly hours on one date": (
        ROSTER + '  overrides: [{date: 2026-10-01, shift: day, hours: §"mon 08:00-12:00"}]\n',
        "'mon 08:00-12:00' is not the hours of one day: write for example \"07:00-19:00\"",
    ),
    "a severity that is none": (
        "duty: {limits: {§hih: {claim: 1m}}}\n",
        "'hih' is not known: did you mean high?",
    ),
    "a limit without a unit": (
        "duty: {acknowledge_posts: §5}\n",
        "a duration needs its unit: write 5s, or 5m for minutes",
    ),
    "a limit nobody can keep": (
        "duty: {limits: {high: {claim: §1s}}}\n",
        "1s is out of range: it must be at least 10 seconds",
    ),
    "resolved before it is claimed": (
        "duty: {limits: {high: §{claim: 2m, resolve: 1m}}}\n",
        "claim (2m) must be less than resolve (1m): an alert is claimed first",
    ),
    "a channel that stands twice": (
        'notify: {channels: [{name: a, url: "https://a.example/"}, {name: §a, url: "https://b.example/"}]}\n',
        "channel 'a' stands twice: give each a name of its own",
    ),
    "a channel that is not told over HTTP": (
        channel(url='§"ftp://hook.example/"'),
        "a channel is told over HTTP: write https://HOST/PATH",
    ),
    "a channel at no address": (
        channel(url='§"https://hook.example:port/"'),
        "not a URL: the host or the port cannot be read",
    ),
    "a secret of a channel that is not there": (
        channel(secret='§"{hook-key}"'),
        "no secret is called {hook-key}: add it to the secrets file",
    ),
    "a secret that can be guessed": (
        channel(secret="§short"),
        "a signing secret has 24 bytes or more, not 5: make one with openssl rand -hex 24",
    ),
    "a secret that is not base64": (
        channel(secret="§whsec_?"),
        "behind whsec_ stands base64: copy it whole, or make one with openssl rand -hex 24",
    ),
    "a signature for a robot that knows none": (
        channel(form="wecom", secret=f'§"{KEY}"'),
        "a WeCom robot knows no signature, its address is the secret: remove this",
    ),
    "a channel that is told of nothing": (
        channel(events="§[]"),
        "the channel would be told of nothing: name at least one, or leave the key out",
    ),
    "an event that is none": (channel(events="[raised, §clear]"), "'clear' is not known: did you mean cleared?"),
    "a rate of nothing": (channel(rate="{messages: §0}"), "0 is out of range: it must be at least 1"),
    "an unknown key of a channel": (channel(**{"§header": "x"}), UNKNOWN),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_where_it_stands(name: str, written: Written) -> None:
    """One line, at the mark, in these words."""
    text, message = MISTAKES[name]

    said = written.mistakes(text + camera())

    assert said == written.at_marks(message)


def test_a_roster_is_read_with_its_overrides(written: Written) -> None:
    """Dates as days, hours as hours, and holidays lent to the shifts."""
    text = (
        "holidays: [2026-10-01]\n"
        f"roster:\n{OPERATORS}"
        '  shifts: [{name: day, hours: "08:00-20:00, holidays 09:00-12:00", seats: [desk-1]}]\n'
        '  overrides: [{date: 2026-10-05..2026-10-06, shift: day, hours: "07:00-19:00"}]\n'
    )

    roster = written.load(text + camera()).roster

    assert roster.overrides[0].date == (date(2026, 10, 5), date(2026, 10, 6))
    assert roster.shifts[0].hours.holidays == {date(2026, 10, 1)}
    assert [operator.role for operator in roster.operators] == ["operator", "lead"]


def test_a_limit_that_is_not_given_is_the_usual_one(written: Written) -> None:
    """Each of the two by itself."""
    duty = written.load("duty: {limits: {critical: {claim: 30s}}}\n" + camera()).duty

    assert duty.claim_within(Severity.CRITICAL) == timedelta(seconds=30)
    assert duty.resolve_within(Severity.CRITICAL) == timedelta(minutes=30)
    assert duty.acknowledge_posts == timedelta(minutes=5)


def test_secrets_are_filled_in_and_shown_nowhere(written: Written, tmp_path: Path) -> None:
    """Before an @ as user and password, in a query as one word, as a signing secret as it is."""
    secrets = written.write("own.yaml", f'door: "duty:p@ss/word"\nkey: "a/b c"\nsign: "{KEY}"\n')
    secrets.chmod(0o600)
    text = (
        "secrets: own.yaml\n"
        'notify: {channels: [{name: a, url: "https://{door}@hook.example/x?key={key}", secret: "{sign}"}]}\n'
    )

    channel = written.load(text + camera()).notify.channels[0]

    assert channel.url == "https://duty:p%40ss%2Fword@hook.example/x?key=a%2Fb%20c"
    assert channel.secret == KEY
    assert channel.where == "hook.example"
    assert "p%40ss" not in repr(channel)
    assert KEY not in repr(channel)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (channel(), []),
        (channel(secret="null"), ["channel hook has no secret: who reads its messages cannot know that they are ours"]),
        (channel(url='"http://hook.example/"'), ["channel hook is told in the clear: write https://"]),
        (channel(url='"http://127.0.0.1:9/"'), []),
        (channel(form="wecom", secret="null"), []),
        (ROSTER, []),
        (
            'roster: {shifts: [{name: a, hours: "mon-fri 08:00-20:00"}, {name: b, hours: "20:00-08:00"}]}\n',
            ["nobody is on duty from sat 08:00 to sat 20:00: close the gap, or nobody will claim what comes then"],
        ),
    ],
)
def test_what_is_unwise_is_noted(written: Written, text: str, notes: list[str]) -> None:
    """It can be run; `check` says so all the same."""
    file = written.write("network.yaml", text + camera())

    assert [note.message for note in read(file, {}).warnings] == notes
