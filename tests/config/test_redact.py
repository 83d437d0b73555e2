"""No password leaves the program, however it is written."""

from __future__ import annotations

import pytest

from config.redact import redact


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("rtsp://admin:hunter2@192.0.2.1/sub", "rtsp://***@192.0.2.1/sub"),
        ("rtsp://admin:hun@ter2@192.0.2.1/sub", "rtsp://***@192.0.2.1/sub"),  # a camera's own web page allows it
        ("redis://:hunter2@h:6379/0 and https://u:p@h/x", "redis://***@h:6379/0 and https://***@h/x"),
        ("mail ops@example.org about rtsp://192.0.2.1/sub", "mail ops@example.org about rtsp://192.0.2.1/sub"),
        ("https://192.0.2.1/x?to=ops@example.org", "https://192.0.2.1/x?to=ops@example.org"),
        ("redis://admin:GE/HEIM@h:6379/0", "redis://***@h:6379/0"),
        ("rtsp://a:G/H@h/x,rtsp://c:I/J@k/y", "rtsp://***@h/x,rtsp://***@k/y"),
        ("https://h/x?key=GEHEIM", "https://h/x?key=***"),
        ("'https://h/x?id=7&access_token=GEHEIM&to=a@b.org'", "'https://h/x?id=7&access_token=***&to=a@b.org'"),
        ("rtsp://h/user=admin&password=GEHEIM&channel=1", "rtsp://h/user=admin&password=***&channel=1"),
        ("whip:made-up-and-22-long-at-least, Bearer abc", "whip:***, Bearer ***"),
    ],
)
def test_what_is_shown_has_no_password(said: str, shown: str) -> None:
    """And all the rest of it."""
    assert redact(said) == shown
