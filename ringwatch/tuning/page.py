"""The comparison as one page that needs nothing else: timelines as SVG, thumbnails inside, Chinese and English."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from ringwatch.rule_words import rule_word
from ringwatch.tuning.trials import Alert, ClipTrials, causes, counts, rules_of

if TYPE_CHECKING:
    from config.model import Camera
    from ringwatch.tuning.variants import Variant

WIDTH, LEFT, ROW, TOP, RIGHT = 1120, 40, 30, 24, 16  # of a timeline, pixels
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
TICKS = 12
COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce", "#b45309", "#0e7490", "#be123c", "#4d7c0f", "#6d28d9", "#475569")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the page tells."""

    camera: Camera
    model: str
    variants: Sequence[Variant]
    clips: Sequence[ClipTrials]


def page(report: Report) -> str:
    """The whole page."""
    colours = {rule: COLOURS[number % len(COLOURS)] for number, rule in enumerate(rules_of(report.clips))}
    template = files("ringwatch").joinpath("tuning", "page.html").read_text("utf-8")
    return Template(template).substitute(
        title=escape(f"{report.camera.name} {report.camera.id}"),
        model=escape(report.model),
        summary=_summary(report, colours),
        clips="\n".join(_clip(report, clip, colours) for clip in report.clips),
    )


def _summary(report: Report, colours: dict[str, str]) -> str:
    present = counts(report.clips, 0)
    heads = "".join(f'<th class="n">{_rule(rule, colour)}</th>' for rule, colour in colours.items())
    rows = []
    for variant in report.variants:
        now = counts(report.clips, variant.number)
        cells = "".join(_count(now[rule], present[rule], variant.number) for rule in colours)
        whole = _count(sum(now.values()), sum(present.values()), variant.number)
        rows.append(f"<tr><td>{_badge(variant)}</td><td>{_settings(variant)}</td>{cells}{whole}</tr>")
    return f"""<table><thead><tr><th></th><th>设置 <i>Settings</i></th>{heads}
<th class="n">合计 <i>in all</i></th></tr></thead><tbody>{"".join(rows)}</tbody></table>"""


def _count(now: int, present: int, number: int) -> str:
    """A number, and by how much it differs from the present settings'."""
    more = now - present
    change = f' <small class="{"up" if more > 0 else "down"}">{more:+d}</small>' if number and more else ""
    return f'<td class="n">{now}{change}</td>'


def _clip(report: Report, clip: ClipTrials, colours: dict[str, str]) -> str:
    told = causes(clip)
    cards = "".join(_card(report, clip, first, said, colours[first.rule]) for first, said in told)
    none = '<p class="none">没有任何设置会告警。 <i>No settings would have raised anything.</i></p>'
    return f"""<section><h2>{escape(clip.clip.name)} <small>{_clock(clip.duration_s)}</small></h2>
{_timeline(report, clip, colours)}
{f'<div class="cards">{cards}</div>' if told else none}</section>"""


def _timeline(report: Report, clip: ClipTrials, colours: dict[str, str]) -> str:
    lanes = [max(1, _lanes(trial.alerts)[1]) for trial in clip.trials]
    height = TOP + sum(max(ROW, 13 * count + 10) for count in lanes) + 4
    parts = list(_axis(clip.duration_s, height))
    top = TOP
    for variant, trial, count in zip(report.variants, clip.trials, lanes, strict=True):
        tall = max(ROW, 13 * count + 10)
        parts.append(f'<rect class="lane{variant.number % 2}" x="0" y="{top}" width="{WIDTH}" height="{tall}"/>')
        parts.append(f'<text class="badge" x="16" y="{top + tall / 2 + 5:g}">{variant.number}</text>')
        placed, _ = _lanes(trial.alerts)
        for alert, lane in placed:
            y = top + (tall - 13 * count) / 2 + 13 * lane
            parts += _bar(alert, clip.duration_s, y, colours[alert.rule])
        top += tall
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'


def _lanes(alerts: Sequence[Alert]) -> tuple[list[tuple[Alert, int]], int]:
    """Each alert with the first lane that is free while it lasts, and how many lanes that takes."""
    free_s: list[float] = []
    placed = []
    for alert in sorted(alerts, key=lambda one: one.began_s):
        ends_s = float("inf") if alert.cleared_s is None else alert.cleared_s
        lane = next((number for number, until_s in enumerate(free_s) if until_s <= alert.began_s), len(free_s))
        free_s[lane : lane + 1] = [ends_s]
        placed.append((alert, lane))
    return placed, len(free_s)


def _axis(duration_s: float, height: float) -> Iterator[str]:
    step_s = next((step for step in STEPS_S if duration_s / step <= TICKS), STEPS_S[-1])
    for number in range(int(duration_s // step_s) + 1):
        x = _x(number * step_s, duration_s)
        yield f'<line class="tick" x1="{x}" x2="{x}" y1="{TOP - 4}" y2="{height}"/>'
        yield f'<text class="time" x="{x}" y="14">{_clock(number * step_s)}</text>'


def _bar(alert: Alert, duration_s: float, y: float, colour: str) -> Iterator[str]:
    """Thin while the rule's time ran, thick while it was open."""
    began, raised = _x(alert.began_s, duration_s), _x(alert.raised_s, duration_s)
    ends = _x(duration_s if alert.cleared_s is None else alert.cleared_s, duration_s)
    until = "…" if alert.cleared_s is None else f"{alert.cleared_s:g} s"
    place = f" · {alert.zone}" if alert.zone else ""
    said = escape(f"{rule_word(alert.rule, 'zh')} {alert.rule}{place}: {alert.raised_s:g} s – {until}")
    thin, wide = max(0.0, raised - began), max(3.0, ends - raised)
    yield f'<a href="#{alert.id}"><title>{said}</title>'
    yield f'<rect x="{began}" y="{y + 4:g}" width="{thin:g}" height="3" fill="{colour}" opacity=".45"/>'
    yield f'<rect x="{raised}" y="{y + 1:g}" width="{wide:g}" height="9" rx="2" fill="{colour}"/></a>'


def _card(report: Report, clip: ClipTrials, first: Alert, said: Sequence[Alert | None], colour: str) -> str:
    picture = base64.b64encode(clip.thumbnails[first.id]).decode()
    alike: dict[str, list[str]] = {}
    for variant, alert in zip(report.variants, said, strict=True):
        alike.setdefault(_told(alert), []).append(_badge(variant))
    rows = "".join(f"<tr><td>{' '.join(badges)}</td>{told}</tr>" for told, badges in alike.items())
    place = f" <span>{escape(first.zone)}</span>" if first.zone else ""
    return f"""<article id="{first.id}" style="--rule: {colour}">
<img src="data:image/jpeg;base64,{picture}" alt="">
<h3>{_rule(first.rule, colour)}{place}</h3>
<p>起因始于 <i>cause began at</i> {_clock(first.began_s)}</p>
<table><thead><tr><th></th><th class="n">告警 <i>raised</i></th><th class="n">解除 <i>cleared</i></th></tr></thead>
<tbody>{rows}</tbody></table></article>"""


def _told(alert: Alert | None) -> str:
    if alert is None:
        return '<td class="not" colspan="2">不告警 <i>not raised</i></td>'
    cleared = "—" if alert.cleared_s is None else _clock(alert.cleared_s)
    return f'<td class="n">{_clock(alert.raised_s)}</td><td class="n">{cleared}</td>'


def _rule(rule: str, colour: str) -> str:
    return f"""<span class="rule"><b style="background: {colour}"></b>{escape(rule_word(rule, "zh"))}
<i>{escape(rule)}</i></span>"""


def _badge(variant: Variant) -> str:
    return f'<span class="number">{variant.number}</span>'


def _settings(variant: Variant) -> str:
    if not variant.changes:
        return "现在的设置 <i>as configured</i>"
    return "<br>".join(f"<code>{escape(text)}</code>" for text in variant.changes)


def _x(at_s: float, duration_s: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, at_s / (duration_s or 1.0))), 1)


def _clock(at_s: float) -> str:
    """12.4 s as 0:12.4, whole seconds without a fraction."""
    minutes, seconds = divmod(round(at_s, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    shown = f"{seconds:04.1f}".removesuffix(".0")
    return f"{hours}:{minutes:02d}:{shown}" if hours else f"{minutes}:{shown}"
