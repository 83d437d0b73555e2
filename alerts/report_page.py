"""A shift's report as one HTML page to print: no script, nothing from elsewhere, everything escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape

from alerts.messages import Handling
from alerts.notify.words import Language, rule_name, say
from alerts.report_style import STYLE
from alerts.report_words import REPORT
from alerts.roster import DutyRoster
from alerts.shift_report import Reported, ShiftReport, Times
from config.model import Severity

MOST_ROWS = 500  # a page that nobody can print helps nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a page is to be written."""

    network: str
    zone: tzinfo
    roster: DutyRoster
    language: Language = "zh"


def report_page(report: ShiftReport, manner: Manner) -> str:
    """The whole page."""
    return _Page(report, manner).whole()


class _Page:
    """One page being written."""

    def __init__(self, report: ShiftReport, manner: Manner) -> None:
        self._report = report
        self._manner = manner
        self._words = REPORT[manner.language]

    def whole(self) -> str:
        """All of it."""
        language = "zh-CN" if self._manner.language == "zh" else "en"
        title = f"{self._words['title']} · {self._report.shift}"
        return (
            f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
            f"{self._head()}{self._figures()}{self._times()}{self._open()}{self._all()}{self._notes()}{self._signed()}"
            "</body></html>\n"
        )

    def _head(self) -> str:
        report = self._report
        going_on = self._words["so_far"] if report.end >= report.made_at else ""
        facts = {
            "shift": report.shift or self._words["none"],
            "time": f"{self._time(report.begin, dated=True)} – {self._time(report.end, dated=True)}{going_on}",
            "seats": self._seats(report.seats) or self._words["none"],
        }
        listed = "".join(f"<dt>{self._words[key]}</dt><dd>{escape(value)}</dd>" for key, value in facts.items())
        made = f"{self._words['made']} {self._time(report.made_at, dated=True)}"
        return (
            f"<header><h1>{self._words['title']}</h1><p>{escape(self._manner.network)}<br>{escape(made)}</p></header>"
            f'<dl class="facts">{listed}</dl>'
        )

    def _figures(self) -> str:
        report = self._report
        counts = (
            ("raised", len(report.raised)),
            ("left", len(report.left)),
            ("open", len(report.open)),
            ("escalated", report.escalated),
        )
        boxes = "".join(f"<div><b>{count}</b><span>{self._words[key]}</span></div>" for key, count in counts)
        severities = self._listed(
            (say(self._manner.language, f"severity.{severity.value}"), report.by_severity.get(severity, 0))
            for severity in Severity
        )
        decided = [(self._words[one.value], count) for one, count in sorted(report.by_disposition.items())]
        undecided = len(report.raised) - sum(report.by_disposition.values())
        outcomes = self._listed([*decided, (self._words["undecided"], undecided)])
        return (
            f"<h2>{self._words['summary']}</h2><div class='figures'>{boxes}</div>"
            f"<p class='by'>{self._words['severity']}: {severities}<br>{self._words['disposition']}: {outcomes}</p>"
        )

    def _times(self) -> str:
        report = self._report
        rows = (
            ("claimed", report.claimed),
            ("acknowledged", report.acknowledged),
            ("posts", report.posts_acknowledged),
            ("resolved", report.resolved),
        )
        return f"<h2>{self._words['response']}</h2>" + self._table(
            ("step", "done", "median", "p95", "in_time"), (self._times_row(key, times) for key, times in rows)
        )

    def _times_row(self, key: str, times: Times) -> str:
        share = f"{times.in_time} / {times.count}" if times.count else self._words["none"]
        if times.count:
            share += f" ({100 * times.in_time // times.count}%)"
        cells = (self._words[key], str(times.count), self._span(times.median), self._span(times.p95), share)
        return "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)

    def _open(self) -> str:
        head = f"<h2>{self._words['open_list']} ({len(self._report.open)})</h2>"
        return head + self._alerts(self._report.open, "open_none")

    def _all(self) -> str:
        head = f"<h2>{self._words['all']} ({len(self._report.raised)})</h2>"
        return head + self._alerts(self._report.raised, "all_none")

    def _alerts(self, listed: Sequence[Reported], nothing: str) -> str:
        if not listed:
            return f'<p class="none">{self._words[nothing]}</p>'
        table = self._table(
            ("when", "level", "what", "where", "state", "who", "action"), map(self._alert_row, listed[:MOST_ROWS])
        )
        more = len(listed) - MOST_ROWS
        return table + (f'<p class="none">{self._words["more"].format(n=more)}</p>' if more > 0 else "")

    def _alert_row(self, alert: Reported) -> str:
        language = self._manner.language
        severity = escape(say(language, f"severity.{alert.severity.value}"))
        going_on = self._words[alert.condition.value]
        risen = self._words["level_n"].format(n=alert.escalation) if alert.escalation else ""
        place = alert.camera_name or alert.zone
        near = say(language, f"ring.{alert.ring.value}")
        if alert.rule.startswith("incident."):
            near = self._words["cameras"].format(n=alert.detail.get("cameras", ""))
        earlier = alert.raised_at < self._report.begin
        dated = (
            f"{alert.raised_at.astimezone(self._manner.zone):%m-%d %H:%M}" if earlier else self._time(alert.raised_at)
        )
        return (
            f'<td class="t">{dated}</td><td class="n {alert.severity.value}">{severity}</td>'
            f"<td>{escape(rule_name(alert.rule, language))}<small>{escape(going_on)}</small></td>"
            f"<td>{escape(place)}<small>{escape(near)}</small></td>"
            f"<td>{self._handled(alert)}{f'<small class=late>{escape(risen)}</small>' if risen else ''}</td>"
            f"<td>{escape(self._seats((alert.handler,) if alert.handler else ()) or self._words['none'])}</td>"
            f"<td>{self._outcome(alert)}</td>"
        )

    def _handled(self, alert: Reported) -> str:
        done = {
            Handling.CLAIMED: alert.claimed_at,
            Handling.ACKNOWLEDGED: alert.acknowledged_at,
            Handling.RESOLVED: alert.resolved_at,
        }.get(alert.handling)
        words = escape(self._words[f"handling.{alert.handling.value}"])
        if done is None:
            return words
        span = self._words["after"].format(span=self._span(done - alert.raised_at))
        return f"{words}<small>{escape(span)}</small>"

    def _outcome(self, alert: Reported) -> str:
        outcome = self._words[alert.disposition.value] if alert.disposition else ""
        parts = [escape(alert.action), f"<small>{escape(outcome)}</small>" if outcome else ""]
        return "".join(parts) or self._words["none"]

    def _notes(self) -> str:
        head = f"<h2>{self._words['notes']}</h2>"
        if not self._report.notes:
            return f'{head}<p class="none">{self._words["notes_none"]}</p>'
        rows = (
            f'<td class="t">{self._time(step.at)}</td><td class="n">{escape(self._seats((step.by,)))}</td>'
            f'<td class="n">{escape(self._words[f"act.{step.act.value}"])}</td>'
            f"<td>{escape(step.why) or self._words['none']}<small>{escape(step.alert)}</small></td>"
            for step in self._report.notes[:MOST_ROWS]
        )
        return head + self._table(("when", "who", "act", "words"), rows)

    def _signed(self) -> str:
        accepted = self._report.accepted
        if accepted is None:
            said = self._words["pending"]
        else:
            seat, time = self._seats((accepted.accepted_by,)), self._time(accepted.accepted_at, dated=True)
            said = self._words["accepted"].format(seat=seat, time=time, count=len(accepted.alerts))
            if accepted.note:
                said += " " + self._words["accepted_note"].format(note=accepted.note)
        signs = f"<div>{self._words['given']}</div><div>{self._words['taken']}</div>"
        return f'<p class="by">{escape(said)}</p><section class="sign">{signs}</section>'

    def _table(self, columns: Iterable[str], rows: Iterable[str]) -> str:
        head = "".join(f"<th>{self._words[column]}</th>" for column in columns)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _listed(self, counts: Iterable[tuple[str, int]]) -> str:
        return escape(" · ".join(f"{name} {count}" for name, count in counts))

    def _seats(self, seats: Iterable[str]) -> str:
        name: Callable[[str], str] = self._manner.roster.name_of
        return say(self._manner.language, "and").join(name(seat) for seat in seats)

    def _time(self, at: datetime, *, dated: bool = False) -> str:
        local = at.astimezone(self._manner.zone)
        return f"{local:%Y-%m-%d %H:%M}" if dated else f"{local:%H:%M:%S}"

    def _span(self, span: timedelta | None) -> str:
        if span is None:
            return self._words["none"]
        seconds = max(0, round(span.total_seconds()))
        if seconds >= 3600:
            return self._words["hours"].format(h=seconds // 3600, m=seconds % 3600 // 60)
        if seconds >= 60:
            key = "minutes" if seconds % 60 else "whole_minutes"
            return self._words[key].format(m=seconds // 60, s=seconds % 60)
        return self._words["seconds"].format(s=seconds)
