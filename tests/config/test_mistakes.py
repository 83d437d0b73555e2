"""One mistake, one line: where it is, what is wrong, what to write instead."""

from __future__ import annotations

import os

import pytest

from tests.config.written import Written, camera

POST_NO_ZONE = "no zone is called 'pst': did you mean post?"
IDS = "cannot be an id: use small letters, digits and dashes, for example inner-01"

TOKEN = "made-up-and-22-long-at-least"

MISTAKES = {
    "an unknown key": (camera() + "    §polst: []\n", "unknown key 'polst': did you mean posts?"),
    "an unknown key at the top": (
        "§netwrok: {}\n" + camera(),
        "unknown key 'netwrok': did you mean network?",
    ),
    "a missing name": (camera(name="-").replace("- id", "- §id"), "'name' is missing: add it"),
    "a queue that is none": (
        'queue: {url: §"http://10.0.0.5/"}\n' + camera(),
        "not the URL of a queue: write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH",
    ),
    "a queue whose port is none": (
        'queue: {url: §"redis://10.0.0.5:99999/0"}\n' + camera(),
        "not a URL: the host or the port cannot be read",
    ),
    "a queue whose password has a slash": (
        'queue: {url: §"redis://:12/34@10.0.0.5/0"}\n' + camera(),
        "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F",
    ),
    "a queue whose password has a hash, whose beginning is no port": (
        'queue: {url: §"redis://:p#w@10.0.0.5/0"}\n' + camera(),
        "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F",
    ),
    "a queue whose database is no number": (
        'queue: {url: §"redis://10.0.0.5/alerts"}\n' + camera(),
        "'alerts' is not the number of a database: write redis://HOST:6379/0",
    ),
    "a record that is none": (
        "storage: {database: §records.db}\n" + camera(),
        "not the URL of a database: write postgresql://USER@HOST/DATABASE, or sqlite:////PATH",
    ),
    "a record of a kind that is not written": (
        'storage: {database: §"mysql://ops:hunter2@h/db"}\n' + camera(),
        "not the URL of a database: write postgresql://USER@HOST/DATABASE, or sqlite:////PATH",
    ),
    "a record whose port is no number": (
        'storage: {database: §"postgresql://admin:pw@h:port/r"}\n' + camera(),
        "not a URL: the host or the port cannot be read",
    ),
    "a record whose port is none": (
        'storage: {database: §"postgresql://admin:pw@h:99999/r"}\n' + camera(),
        "not a URL: the host or the port cannot be read",
    ),
    "footage that nobody would see": (
        "storage: {keep_evidence: §0s}\n" + camera(),
        "0s is out of range: it must be at least 1 hour",
    ),
    "a span that no calendar holds": (
        "storage: {keep_evidence: §9999999999d}\n" + camera(),
        "9999999999d is longer than a hundred years: check the number and its unit",
    ),
    "a full-width colon in a key": (
        "network: {§timezone：Asia/Shanghai}\n" + camera(),
        "unknown key 'timezone：Asia/Shanghai': it holds a full-width ：: write : and a space",
    ),
    "a full-width colon where YAML wants its own": (
        "network:\n  name：三线\n  timezone§: Asia/Shanghai\n" + camera(),
        "not YAML: mapping values are not allowed here; a full-width ： stands there: "
        "if it was meant as :, write that and a space",
    ),
    "certificates for a queue without TLS": (
        'queue: {url: "redis://10.0.0.5/0", ca: §ca.pem}\n' + camera(),
        "ca needs a url that begins with rediss://, which is Redis over TLS",
    ),
    "certificates that are not there": (
        'queue: {url: "rediss://10.0.0.5/0", ca: §ca.pem}\n' + camera(),
        "there is no file ca.pem: check the name",
    ),
    "a database that is none": (
        'storage: {database: §"mysql://10.0.0.5/ringwatch"}\n' + camera(),
        "not the URL of a database: write postgresql://USER@HOST/DATABASE, or sqlite:////PATH",
    ),
    "a secret of the database that is none": (
        'storage: {database: §"postgresql://{recrd}@10.0.0.5/ringwatch"}\n' + camera(),
        "no secret is called {recrd}: add it to the secrets file",
    ),
    "a secret of the queue that is none": (
        'queue: {url: §"redis://{queu}@10.0.0.5/0"}\n' + camera(),
        "no secret is called {queu}: add it to the secrets file",
    ),
    "an id in capitals": (camera(id="§Gate_1"), f"'Gate_1' {IDS}"),
    "a ring that is none": (camera(ring="§iner"), "'iner' is not known: did you mean inner?"),
    "no stream": (camera(stream="-").replace("- id", "- §id"), "'stream' is missing: add it"),
    "a stream without a URL": (
        camera(stream="§{transport: tcp}"),
        "no stream to read: give main or sub, for example main: rtsp://192.0.2.1/main",
    ),
    "a stream whose only URL is nothing": (
        camera(stream="§{sub: null}"),
        "no stream to read: give main or sub, for example main: rtsp://192.0.2.1/main",
    ),
    "a line of one spot": (
        camera(rules="[{rule: line_cross, line: §[[0.5, 0.5], [0.5, 0.5]]}]"),
        "the line has hardly any length: its points lie on one spot",
    ),
    "a heartbeat that is too long for a post's usual time": (
        camera(heartbeat="40s", posts="[§{zone: post}]"),
        "the usual absent_after 1m is under two heartbeats: write absent_after: 1m20s or more",
    ),
    "defaults in a list": ("defaults: §[{heartbeat: 2s}]\n" + camera(), "expected a mapping of keys, found a list"),
    "defaults that are a word": ("defaults: §hello\n" + camera(), "expected a mapping of keys, found 'hello'"),
    "templates in a list": ("templates: §[x]\n" + camera(), "expected a mapping of names, found a list"),
    "a template that is a word": (
        "templates: {a: §hello}\n" + camera(like="a"),
        "expected a mapping of keys, found 'hello'",
    ),
    "an unknown key of a template that nobody uses": (
        "templates: {a: {stream: {§transprot: tcp}}}\n" + camera(),
        "unknown key 'transprot': did you mean transport?",
    ),
    "an unknown key of a template that several use": (
        "templates: {a: {§polst: []}, b: {like: a}}\n" + camera(like="b"),
        "unknown key 'polst': did you mean posts?",
    ),
    "a template that is like none": (
        "templates: {a: {like: §b}}\n" + camera(),
        "no template is called 'b': known are a",
    ),
    "a scheme that is not read": (
        camera(stream='{sub: §"http://192.0.2.1/"}'),
        "streams of http: are not read: write rtsp:, rtsps:, rtmp:, rtmps:, whip:, file:",
    ),
    "a URL without a host": (
        camera(stream='{sub: §"rtsp:///sub"}'),
        "the URL names no host: write rtsp://HOST/PATH",
    ),
    "a password with a number sign": (
        camera(stream='{sub: §"rtsp://admin:1234#5@192.0.2.1/sub"}'),
        "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F",
    ),
    "a password with a slash": (
        camera(stream='{sub: §"rtsp://admin:1234/5@192.0.2.1/sub"}'),
        "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F",
    ),
    "a password with an @ and a number sign": (
        camera(stream='{sub: §"rtsp://admin:12@34#5@192.0.2.1/sub"}'),
        "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F",
    ),
    "a window that divides no hour": (
        camera(rules="[{rule: unusual, window: §25m}]"),
        "25m does not divide an hour evenly: write 5m, 10m, 15m, 20m, 30m or 1h",
    ),
    "a window that is too long": (
        camera(rules="[{rule: unusual, window: §2h}]"),
        "2h is out of range: it must be at most 1 hour",
    ),
    "a port that is no number": (
        camera(stream='{sub: §"rtsp://192.0.2.1:port/sub"}'),
        "not a URL: the host or the port cannot be read",
    ),
    "a password with a hash whose beginning is no port": (
        camera(stream='{sub: §"rtsp://u:p#w@192.0.2.1/sub"}'),
        "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F",
    ),
    "a transport that is none": (
        camera(stream='{sub: "rtsp://192.0.2.1/sub", transport: §tpc}'),
        "'tpc' is not known: did you mean tcp?",
    ),
    "a vehicle without its token": (
        camera(stream='{sub: §"whip:"}'),
        'behind whip: stands the vehicle\'s token: write whip:{NAME}, and NAME: "TOKEN" in the secrets file',
    ),
    "a vehicle that is dialled": (
        camera(stream='{sub: §"whip://192.0.2.1/vehicle"}'),
        'behind whip: stands the vehicle\'s token: write whip:{NAME}, and NAME: "TOKEN" in the secrets file',
    ),
    "a token that can be guessed": (
        camera(stream='{sub: §"whip:patrol-car-1"}'),
        "a vehicle's token has 22 characters or more, not 12: make one with openssl rand -hex 24",
    ),
    "a token that no header can carry": (
        camera(stream='{sub: §"whip:viewer:a password that is long"}'),
        "a vehicle's token is of letters, digits and -._~+/ alone: make one with openssl rand -hex 24",
    ),
    "a token of two vehicles": (
        camera(stream=f'{{sub: "whip:{TOKEN}"}}') + camera(id="car", stream=f'{{main: §"whip:{TOKEN}"}}')[9:],
        "this token is also that of camera 'gate': give each vehicle its own",
    ),
    "two streams of one vehicle": (
        camera(stream=f'{{main: "whip:{TOKEN}", sub: §"whip:{TOKEN}2"}}'),
        "a vehicle sends one stream: give it as main or as sub, not as both",
    ),
    "a token that is not in the secrets": (
        camera(stream='{sub: §"whip:{car}"}'),
        "no secret is called {car}: add it to the secrets file",
    ),
    "a port that is none": (
        "whip: {port: §88899}\n" + camera(),
        "88899 is out of range: it must be at most 65535",
    ),
    "an address that is a name": (
        "whip: {addresses: [§gate.example]}\n" + camera(),
        "'gate.example' is not an address: write for example 192.0.2.10",
    ),
    "ports that fall": (
        "whip: {ports: §[50099, 50000]}\n" + camera(),
        "ports are given from the lower to the higher, for example [50000, 50099]",
    ),
    "a certificate without its key": (
        "whip: {certificate: §network.yaml}\n" + camera(),
        "certificate needs key: give both, or neither",
    ),
    "a key that is not there": (
        "whip: {certificate: network.yaml, key: §key.pem}\n" + camera(),
        "there is no file key.pem: check the name",
    ),
    "a position that is not asked for over HTTP": (
        camera(position='{url: §"ftp://192.0.2.1/car"}'),
        "a position is asked for over HTTP: write http://HOST/PATH or https://HOST/PATH",
    ),
    "a position that is asked for too often": (
        camera(position='{url: "http://192.0.2.1/car", every: §100ms}'),
        "100ms is out of range: it must be at least 1 second",
    ),
    "a stay that is shorter than a look": (
        camera(rules="[{rule: loitering, zone: post, after: §100ms}]"),
        "100ms is out of range: it must be at least 200ms",
    ),
    "a time without a unit": (
        camera(posts="[{zone: post, absent_after: §60}]"),
        "a duration needs its unit: write 60s, or 60m for minutes",
    ),
    "a time that is none": (
        camera(posts="[{zone: post, absent_after: §soon}]"),
        "'soon' is not a duration: write for example 90s, 5m or 1h30m",
    ),
    "a time under two heartbeats": (
        camera(heartbeat="5s", posts="[{zone: post, absent_after: §8s}]"),
        "absent_after 8s is under two heartbeats: write 10s or more",
    ),
    "a time that is too long": (
        camera(posts="[{zone: post, absent_after: §2h}]"),
        "2h is out of range: it must be at most 30 minutes",
    ),
    "hours that are none": (
        camera(posts='[{zone: post, hours: §"25:00-06:00"}]'),
        "25:00 is not a time of day: write 00:00 to 24:00",
    ),
    "a zone that is not there": (camera(posts="[{zone: §pst}]"), POST_NO_ZONE),
    "a rule that is none": (
        camera(rules="[§{rule: intrsion, zone: post}]"),
        "'intrsion' is not a rule: did you mean intrusion?",
    ),
    "a post's rule among the others": (
        camera(rules="[§{rule: post.absent, zone: post}]"),
        "'post.absent' is not written here: it belongs to the posts, as posts: [{zone: ZONE, absent_after: 60s}]",
    ),
    "a rule without its name": (
        camera(rules="[§{zone: post}]"),
        "'rule' is missing: say which rule this is, as in rule: intrusion",
    ),
    "a class that is none": (
        camera(rules="[{rule: intrusion, zone: post, classes: [§persn]}]"),
        "'persn' is not known: did you mean person?",
    ),
    "no class at all": (
        camera(rules="[{rule: intrusion, zone: post, classes: §[]}]"),
        "needs at least 1 of them, found 0",
    ),
    "no guard at all": (
        camera(posts="[{zone: post, min_guards: §0}]"),
        "0 is out of range: it must be at least 1",
    ),
    "a polygon of two points": (
        camera(zones="{post: {polygon: §[[0.1, 0.1], [0.5, 0.1]]}}"),
        "needs at least 3 of them, found 2",
    ),
    "a polygon in pixels": (
        camera(zones="{post: {polygon: [[0.1, 0.1], [0.5, 0.1], [0.5, §320]]}}"),
        "320 is out of range: it must be at most 1",
    ),
    "a point of one number": (
        camera(zones="{post: {polygon: [[0.1, 0.1], [0.5, 0.1], §[0.5]]}}"),
        "a point is two numbers, [x, y], as fractions of the picture",
    ),
    "a list where a mapping should be": (camera(zones="§[post]"), "expected a mapping of names, found a list"),
    "a word where a list should be": (camera(posts="§post"), "expected a list, found 'post'"),
    "a secret that is not there": (
        camera(stream='{sub: §"rtsp://{east}@192.0.2.1/sub"}'),
        "no secret is called {east}: add it to the secrets file",
    ),
    "a template that is not there": (
        "templates: {manned-gate: {heartbeat: 2s}}\n" + camera(like="§maned-gate"),
        "no template is called 'maned-gate': did you mean manned-gate?",
    ),
    "a template that is like itself": (
        "templates: {a: {like: b}, b: {like: §a}}\n" + camera(like="a"),
        "template 'a' is like itself: remove one `like`",
    ),
    "a zone that nothing watches on a camera that moves": (
        camera(mobile="true", zones="§{post: {polygon: [[0, 0], [1, 0], [1, 1]]}}"),
        "this camera moves (mobile: true), so nothing stays in a zone of its picture: remove this",
    ),
    "a zone on a camera that moves": (
        camera(mobile="true", posts="[§{zone: post}]"),
        "this camera moves (mobile: true), so nothing stays in a zone of its picture: remove this",
    ),
    "a key that stands twice": (
        camera() + "    §name: 西门\n",
        "'name' stands twice, first in line 3: remove one",
    ),
    "a time zone that is none": (
        "network: {timezone: §Asia/Shanghi}\n" + camera(),
        "'Asia/Shanghi' is not a time zone: write for example Asia/Shanghai",
    ),
    "too few cameras in a ring": (
        "network: {rings: {inner: §2}}\n" + camera(),
        "ring inner must have 2 cameras, the files list 1: correct the count or the cameras",
    ),
    "a cell that is not in the grid": (
        "grid: {large: [{id: l, responsible: x}], middle: [{id: m, within: l, responsible: x}],\n"
        "       small: [{id: s-001, within: m, responsible: x}]}\n" + camera(cell="§s-01"),
        "the grid has no small cell 's-01': did you mean s-001?",
    ),
    "a cell within nothing": (
        "grid: {large: [{id: l, responsible: x}], middle: [§{id: m, within: k, responsible: x}]}\n" + camera(),
        "cell 'm' lies within 'k': known are l",
    ),
    "an include that matches nothing": (
        "include: [§cams/*.yaml]\n" + camera(),
        None,
    ),
    "a variable that is not set": (
        camera(name="§${GATE_NAME}"),
        "the environment variable GATE_NAME is not set: set it, or write ${GATE_NAME:-a default}",
    ),
    "guards and their number at odds": (
        camera(posts="[§{zone: post, guards: double, min_guards: 1}]"),
        "guards: double means min_guards: 2, not 1: remove one of them",
    ),
    "guards that are none": (
        camera(posts="[{zone: post, guards: §triple}]"),
        "'triple' is not known: known are single, double",
    ),
    "more guards than a post holds": (
        camera(posts="[{zone: post, min_guards: §101}]"),
        "101 is out of range: it must be at most 100",
    ),
    "a relief without a change of shifts": (
        camera(posts="[{zone: post, relief: §5m}]"),
        "relief needs shift changes: add roster: {shifts: [...]} with their hours",
    ),
    "a relief that is too long": (
        'roster: {shifts: [{name: day, hours: "08:00-20:00"}]}\n' + camera(posts="[{zone: post, relief: §3h}]"),
        "3h is out of range: it must be more than 0s, at most 2 hours",
    ),
    "hours on holidays that nobody lists": (
        camera(posts='[{zone: post, hours: §"always, holidays off"}]'),
        "no holidays are listed: add holidays: [2026-10-01..2026-10-07] at the top",
    ),
    "a holiday that is no date": (
        "holidays: [2026-10-01, §2026-02-30]\n" + camera(),
        "'2026-02-30' is not a date: write for example 2026-10-01, or 2026-10-01..2026-10-07",
    ),
    "a scale measured on one row": (
        camera(scale="{person: §[[0.5, 0.2], [0.52, 0.2]]}"),
        "the two rows are the same, or nearly: measure one thing near by, and one far away",
    ),
    "a scale of nothing": (
        camera(scale="{person: [[0.5, 0.2], [0.9, §0]]}"),
        "0 is out of range: it must be more than 0",
    ),
    "a post without a place": (camera(posts="[{zone: §'', absent_after: 60s}]"), "must not be empty"),
    "a zone rule without a place": (camera(rules="[{rule: intrusion, zone: §''}]"), "must not be empty"),
    "a moving post without a place": (
        camera(mobile="true", zones="-", posts="[{zone: §''}]"),
        "must not be empty",
    ),
    "no cameras": ("§network: {name: x}\n", "no cameras: give a list of them under cameras:"),
    "a threshold that is none": (
        "detector: {threshold: §40}\n" + camera(),
        "40 is out of range: it must be less than 1",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_where_it_stands(name: str, written: Written) -> None:
    """Every mistake of the table gives exactly one line, at the mark, in these words."""
    text, message = MISTAKES[name]

    said = written.mistakes(text)

    expected = message or f"no file matches 'cams/*.yaml' in {_shown(written)}/: check the name"
    assert said == written.at_marks(expected)


def _shown(written: Written) -> str:
    return os.path.relpath(written.folder)
