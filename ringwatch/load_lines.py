"""The alarm load as a page of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from ringwatch.alert_lines import age

if TYPE_CHECKING:
    from alerts.load import Load, Share, Spread
    from alerts.messages import Source

LISTED = 10
Row = Sequence[str]


def print_load(load: Load, stream: TextIO, zone: tzinfo) -> None:
    """All figures of `load`, one block each; times are in `zone`."""
    console = Console(file=stream, highlight=False, soft_wrap=True, markup=False, emoji=False)
    for line in _lines(load, zone):
        console.print(line)


def _lines(load: Load, zone: tzinfo) -> Iterator[str]:
    period = load.period
    offset = period.end.astimezone(zone).isoformat()[-6:]
    yield f"{_time(period.begin, zone)} to {_time(period.end, zone)}, UTC{offset} ({age(period.span)})"
    yield ""
    yield from _table(list(_summary(load, zone)))
    yield from _block("answered", ("", "alerts", "p50", "p90", "p95", "longest"), _answer_rows(load))
    yield from _block("acknowledged within 5 minutes", ("", "in time", "of", "share"), _share_rows(load))
    yield from _block("worst sources", ("raised", "share", "alerts", "nuisance", "source"), _worst_rows(load))
    yield from _block("chattering", ("raised", "in a minute", "source"), _chattering_rows(load))
    yield from _block("standing for more than 24 h", ("open", "cause", "source", "alert"), _standing_rows(load))


def _summary(load: Load, zone: tzinfo) -> Iterator[Row]:
    rate, late = load.rate, f", {load.late} of them late" if load.late else ""
    parts = f", and {load.in_incidents} within incidents" if load.in_incidents else ""
    yield "alerts", f"{load.alerts} shown{late}{parts}; {load.open} open"
    said = " · ".join(f"{count} {word}" for word, count in sorted(load.dispositions.items()))
    yield "resolved as", said or "–"
    most = f" ({_time(rate.most_at, zone)})" if rate.most_at else ""
    figures = f"last {rate.last:.1f} · mean {rate.mean:.1f} · p95 {rate.p95:.1f} · most {rate.most:.1f}{most}"
    yield "per operator and 10 min", f"{figures} · {rate.per_hour:.1f} an hour"
    count = f"{len(load.floods)} flood{'' if len(load.floods) == 1 else 's'}"
    now = " · there is one now" if load.in_flood else ""
    yield "flood", f"{count} · {age(timedelta(seconds=load.flood_s))} · {load.flood_share:.1%} of the time{now}"


def _answer_rows(load: Load) -> Iterator[Row]:
    answers = load.answers
    for name, spread in (
        ("claimed", answers.claim),
        ("acknowledged", answers.acknowledge),
        ("resolved", answers.resolve),
    ):
        yield name, *_spread_cells(spread)


def _spread_cells(spread: Spread) -> Iterator[str]:
    yield str(spread.count)
    for value in (spread.p50_s, spread.p90_s, spread.p95_s, spread.longest_s):
        yield "–" if value is None else _span(value)


def _share_rows(load: Load) -> Iterator[Row]:
    answers = load.answers
    yield from (_share_row("all", answers.all), _share_row("posts", answers.posts))
    yield from (_share_row(f"ring {ring.value}", share) for ring, share in answers.by_ring.items())
    cells = sorted(answers.by_cell.items(), key=lambda one: (one[1].ratio is None, one[1].ratio, one[0]))
    yield from (_share_row(f"cell {cell}", share) for cell, share in cells[:LISTED])
    if len(cells) > LISTED:
        yield f"{len(cells) - LISTED} more cells", "", "", ""


def _share_row(name: str, share: Share) -> Row:
    return name, str(share.prompt), str(share.due), "–" if share.ratio is None else f"{share.ratio:.0%}"


def _worst_rows(load: Load) -> Iterator[Row]:
    for one in load.worst:
        yield str(one.raised), f"{one.share:.0%}", str(one.alerts), str(one.nuisance), _source(one.source)


def _chattering_rows(load: Load) -> Iterator[Row]:
    for one in load.chattering[:LISTED]:
        yield str(one.raised), str(one.most_in_a_minute), _source(one.source)


def _standing_rows(load: Load) -> Iterator[Row]:
    for one in load.standing[:LISTED]:
        yield age(timedelta(seconds=one.open_s)), "lasts" if one.active else "over", _source(one.source), one.id
    if len(load.standing) > LISTED:
        yield f"{len(load.standing) - LISTED} more", "", "", ""


def _block(title: str, heading: Row, rows: Iterable[Row]) -> Iterator[str]:
    """A titled table; nothing where it has no rows."""
    listed = list(rows)
    if listed:
        yield ""
        yield from _table(
            [(title, *heading[1:]) if not heading[0] else heading, *listed], None if not heading[0] else title
        )


def _table(rows: Sequence[Row], title: str | None = None) -> Iterator[str]:
    """Columns as wide as what stands in them; a Chinese character takes two cells."""
    if title:
        yield title
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(set_cell_size(text, width) for text, width in zip(row, widths, strict=True)).rstrip()


def _source(source: Source) -> str:
    return " ".join(part for part in (source.camera, source.rule, source.zone) if part)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
    )


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
