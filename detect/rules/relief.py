"""Relief: round a shift change no time counts against a guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from config.model import Post
from detect.rules.rule import Subject


def relieved(post: Post, subject: Subject) -> Subject:
    """`subject` with time that does not run in the windows of the post's relief, where it has one."""
    relief = post.relief
    if relief is None:
        return subject

    def counted_until(since: datetime, span: timedelta) -> datetime:
        return relief.counted_until(since, span, subject.zone_info)

    return replace(subject, timing=replace(subject.timing, counted_until=counted_until))
