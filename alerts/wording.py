"""Words that people write on alerts: what every record, table and page can hold."""

from __future__ import annotations

from alerts.messages import Refused

LONGEST_WORDS = 2000  # characters: of a note, a reason, an action taken


def check_words(words: str) -> None:
    """Whether `words` can go on record.

    Raises:
        Refused: they are too long, or are no text.
    """
    if len(words) > LONGEST_WORDS:
        raise Refused(f"that is {len(words)} characters: write {LONGEST_WORDS} at most", reason="incomplete")
    if "\0" in words or any("\ud800" <= letter <= "\udfff" for letter in words):
        raise Refused("that is not UTF-8 text: write it again", reason="incomplete")
