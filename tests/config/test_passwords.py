"""A URL that stands where it does not belong is told of without its password."""

from __future__ import annotations

import pytest

from tests.config.written import Written, camera

URL = "rtsp://admin:GE,HEIM@192.0.2.11/sub"
STREAM = "rtsp://192.0.2.11/sub"

MISPLACED = {
    "a stream without its key": (camera(stream=f'§"{URL}"'), "expected a mapping of keys, found a URL"),
    "a vehicle without its key": (
        camera(stream='§"whip:GEHEIM-and-22-long-at-least"'),
        "expected a mapping of keys, found a URL",
    ),
    "a queue without its key": (
        f'queue: §"redis://admin:GEHEIM@h/0"\n{camera()}',
        "expected a mapping of keys, found a URL",
    ),
    "a database without its key": (
        f'storage: §"postgresql://admin:GEHEIM@h/r"\n{camera()}',
        "expected a mapping of keys, found a URL",
    ),
    "a channel without its list": (
        f'notify: §"https://h/x?key=GEHEIM"\n{camera()}',
        "expected a mapping of keys, found a URL",
    ),
    "a position without its key": (camera(position=f'§"{URL}"'), "expected a mapping of keys, found a URL"),
    "a transport": (
        camera(stream=f'{{sub: "{STREAM}", transport: §"{URL}"}}'),
        "a URL is not known: known are tcp, udp",
    ),
    "a time": (
        camera(stream=f'{{sub: "{STREAM}", read_timeout: §"{URL}"}}'),
        "a URL is not a duration: write for example 90s, 5m or 1h30m",
    ),
    "an id": (
        camera(id=f'§"{URL}"'),
        "a URL cannot be an id: use small letters, digits and dashes, for example inner-01",
    ),
    "a zone": (camera(posts=f'[{{zone: §"{URL}"}}]'), "no zone is called a URL: known are post"),
    "a template": (camera(like=f'§"{URL}"'), "no template is called a URL: remove it"),
    "hours": (
        camera(rules=f'[{{rule: fall, hours: §"{URL}"}}]'),
        'a URL is not hours: write for example always, "22:00-06:00" or "mon-fri 08:00-18:00, '
        'sat 09:00-12:00, holidays off"',
    ),
    "a holiday": (
        f'holidays: [§"{URL}"]\n{camera()}',
        "a URL is not a date: write for example 2026-10-01, or 2026-10-01..2026-10-07",
    ),
    "a time zone": (
        f'network: {{timezone: §"{URL}"}}\n{camera()}',
        "a URL is not a time zone: write for example Asia/Shanghai",
    ),
    "an address": (
        f'whip: {{addresses: [§"{URL}"]}}\n{camera()}',
        "a URL is not an address: write for example 192.0.2.10",
    ),
    "certificates of a queue": (
        f'queue: {{url: "rediss://h", ca: §"{URL}"}}\n{camera()}',
        "there is no file called like a URL: check the name",
    ),
    "a secrets file": (
        f'secrets: §"{URL}"\n{camera()}',
        "secrets is the name of a file that holds name: user:password lines",
    ),
    "a key": (
        camera(stream=f'{{sub: "{STREAM}", §"{URL}": 1}}'),
        "unknown key a URL: known are main, sub, transport, open_timeout, read_timeout, decode, hwaccel",
    ),
    "a long text": (
        camera(stream=f'{{sub: "{STREAM}", transport: §"{"password GEHEIM " * 5}{URL}"}}'),
        "a URL is not known: known are tcp, udp",
    ),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_a_misplaced_url_is_named_and_not_shown(name: str, written: Written) -> None:
    """One line, at the mark, that says what it is."""
    text, message = MISPLACED[name]

    assert written.mistakes(text) == written.at_marks(message)


def test_no_message_about_the_top_of_a_file_shows_a_url(written: Written) -> None:
    """An unknown key, twice, and an include that is none."""
    said = written.mistakes(f'"{URL}": 1\n"{URL}": 2\ninclude: ["{URL}"]\n{camera()}')

    assert len(said) == 3
    assert all("a URL" in one for one in said)
    assert not any("HEIM" in one for one in said)
