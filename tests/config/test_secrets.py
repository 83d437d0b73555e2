"""A secrets file that cannot be used is named itself, once, and not each URL that asks it for something."""

from __future__ import annotations

import pytest

from tests.config.written import Written, camera

LINES = 'expected lines of name: "user:password", found '
IN_QUOTES = 'a secret is "user:password", or a vehicle\'s token, in quotes'
NETWORK = "secrets: secrets.yaml\n" + "".join(
    camera(id=name, stream=f'{{sub: "{url}"}}').removeprefix("cameras:\n" if name != "a" else "")
    for name, url in {"a": "rtsp://{east}@192.0.2.1/a", "b": "rtsp://{west}@192.0.2.1/b", "c": "whip:{car}"}.items()
)

UNUSABLE = {
    "a list": ("§- east: viewer:GEHEIM\n- west\n", LINES + "a list"),
    "text": ("§GEHEIM\n", LINES + "text: write a space behind the name's colon"),
    "nothing": ("", LINES + "nothing"),
    "a note alone": ("# none yet\n", LINES + "nothing"),
    "an empty mapping": ("§{}\n", LINES + "nothing"),
    "null": ("§~\n", LINES + "nothing"),
    "a number": ("§12\n", LINES + "text: write a space behind the name's colon"),
    "no space behind the colon": (
        '§east:"viewer:GEHEIM"\nwest:"viewer:GEHEIM"\n',
        LINES + "text: write a space behind the name's colon",
    ),
    "a full-width colon": (
        "§east：viewer:GEHEIM\n",
        LINES + "text with a full-width ：: write : and a space",
    ),
    "a name without a secret": ('west: "viewer:GEHEIM"\n§east:\n', IN_QUOTES),
    "a secret that is a list": ("east: §[viewer, GEHEIM]\n", IN_QUOTES),
    "a secret that is a number": ("car: §123456\n", IN_QUOTES),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_secrets_file_that_is_none_is_named_once(name: str, written: Written) -> None:
    """At the mark, or where the file begins; nothing that stands in it is shown."""
    text, message = UNUSABLE[name]
    written.write("secrets.yaml", text).chmod(0o600)

    said = written.mistakes(NETWORK)

    assert said == (written.at_marks(message) if written.marks else [f"secrets.yaml:1:1: {message}"])
