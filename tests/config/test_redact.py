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
        ("whip:made-up-and-22-long-at-least, Bearer abc", "whip:***, Bearer ***"),
    ],
)
def test_what_is_shown_has_no_password(said: str, shown: str) -> None:
    """And all the rest of it."""
    assert redact(said) == shown
