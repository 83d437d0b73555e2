"""Messages for people: a line about one notice, and the letter that carries one or many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.escalation import Rung, chain, rungs_told
from alerts.messages import Handling
from alerts.notify.words import Language, rule_name, say
from alerts.roster import DutyRoster
from config.model import Severity
from config.notify import Told

if TYPE_CHECKING:
    from alerts.notify.messages import Subject, Telling
    from config.model import Network

MOST_NAMES = 5
MOST_LINES = 20  # of a letter about many
ORDER = {severity: number for number, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter in words."""

    title: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join((self.title, *self.lines))


class Writer:
    """Writes in the words and the time zone of one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._roster = DutyRoster(network.roster, network.zone_info)

    def write(self, tellings: Sequence[Telling], language: Language, now: datetime) -> Written:
        """One letter about `tellings`: in full about one, a line for each of many, the most urgent first."""
        if len(tellings) == 1:
            return self._about_one(tellings[0], language, now)
        ordered = sorted(tellings, key=_urgency)
        lines = [f"· {self._line(telling, language, now)}" for telling in ordered[:MOST_LINES]]
        if len(ordered) > MOST_LINES:
            lines.append(say(language, "digest.more", count=len(ordered) - MOST_LINES))
        title = (
            f"【{self._network.network.name}】{say(language, 'digest', count=len(ordered))}{_counts(ordered, language)}"
        )
        return Written(title=title, lines=(*lines, self._on_duty(language, now)))

    def tell_whom(self, telling: Telling, now: datetime) -> tuple[str, ...]:
        """Whom this escalation names: who leads the shift, at the first level, and the rungs that it went up."""
        notice = telling.notice
        if notice.kind is not Told.ESCALATED:
            return ()
        rungs = rungs_told(self._chain(telling), notice.was, notice.level)
        leads = self._roster.leads(self._roster.seats_on(now)) if notice.was == 0 or not rungs else ()
        names = (self._roster.name_of(seat) for seat in leads)
        return tuple(dict.fromkeys((*names, *(who for rung in rungs for who in rung.responsible))))

    def chain_of(self, telling: Telling) -> tuple[Rung, ...]:
        """Who is responsible, from the small cell to the large one."""
        return self._chain(telling)

    def _chain(self, telling: Telling) -> tuple[Rung, ...]:
        return chain(self._network.grid, telling.cells)

    def _about_one(self, telling: Telling, language: Language, now: datetime) -> Written:
        subject = telling.subject
        if subject is None:
            title = f"【{self._network.network.name}】{say(language, f'kind.{telling.notice.kind.value}')}"
            return Written(title=title, lines=(self._line(telling, language, now), self._on_duty(language, now)))
        head = f"【{say(language, f'severity.{subject.severity.value}')}】"
        title = f"{head}{self._what(telling, subject, language)} · {say(language, f'kind.{telling.notice.kind.value}')}"
        return Written(title=title, lines=tuple(self._facts(telling, subject, language, now)))

    def _facts(self, telling: Telling, subject: Subject, language: Language, now: datetime) -> Iterable[str]:
        yield f"{self._network.network.name} · {self._where(telling, subject, language)}"
        yield self._when(subject, language, now)
        if telling.notice.kind is Told.ESCALATED:
            yield self._escalated(telling, language, now)
        rungs = self._chain(telling)
        if rungs:
            steps = (_named(rung.responsible, language) for rung in rungs)
            yield say(language, "chain", who=say(language, "then").join(steps))
        if telling.notice.kind is not Told.RESOLVED:
            yield self._on_duty(language, now)
        yield say(language, "id", id=subject.id)

    def _line(self, telling: Telling, language: Language, now: datetime) -> str:
        subject, notice = telling.subject, telling.notice
        if subject is None:
            detail = dict(notice.detail)
            if "begins" in detail:
                begins = datetime.fromisoformat(str(detail["begins"]))
                detail["time"] = self._time(begins, now)
            return say(language, str(detail.get("words", notice.kind.value)), **detail)
        severity = say(language, f"severity.{subject.severity.value}")
        parts = [
            f"[{severity}] {say(language, f'kind.{notice.kind.value}')}",
            self._what(telling, subject, language),
            self._when(subject, language, now),
        ]
        if notice.kind is Told.ESCALATED:
            parts.append(self._escalated(telling, language, now))
        return " · ".join(parts)

    def _what(self, telling: Telling, subject: Subject, language: Language) -> str:
        """What, and where: `post abandoned · East gate`."""
        place = subject.camera_name or subject.zone
        counted = f" ({len(telling.cameras)})" if telling.cameras else ""
        return " · ".join(part for part in (rule_name(subject.rule, language), f"{place}{counted}".strip()) if part)

    def _where(self, telling: Telling, subject: Subject, language: Language) -> str:
        parts = [say(language, f"ring.{subject.ring.value}")] if subject.camera else []
        if telling.cameras:
            names = _named(telling.cameras, language)
            parts.append(say(language, "cameras", count=len(telling.cameras), names=names))
        elif subject.zone:
            parts.append(say(language, "zone", zone=subject.zone))
        return " · ".join(parts)

    def _when(self, subject: Subject, language: Language, now: datetime) -> str:
        raised = say(language, "raised", time=self._time(subject.raised_at, now))
        parts = [raised + (say(language, "late") if subject.late else "")]
        if subject.cleared_at is not None:
            parts.append(say(language, "cleared", time=self._time(subject.cleared_at, now)))
        if subject.cleared_at is None or subject.handling is not Handling.NEW:
            handler = self._roster.name_of(subject.handler)
            parts.append(say(language, f"handling.{subject.handling.value}", handler=handler))
        return " · ".join(parts)

    def _escalated(self, telling: Telling, language: Language, now: datetime) -> str:
        whom = self.tell_whom(telling, now)
        key = "escalated" if whom else "escalated.nobody"
        return say(language, key, level=telling.notice.level, who=_named(whom, language))

    def _on_duty(self, language: Language, now: datetime) -> str:
        turns = self._roster.on(now)
        if not turns:
            return say(language, "on.nobody")
        names = [self._roster.name_of(seat) for seat in self._roster.seats_on(now)]
        shifts = say(language, "and").join(dict.fromkeys(turn.shift for turn in turns))
        return say(language, "on", who=f"{shifts} {_named(names, language)}".strip())

    def _time(self, at: datetime, now: datetime) -> str:
        """`at` on the network's clocks, with its date unless that is today's."""
        local, today = at.astimezone(self._network.zone_info), now.astimezone(self._network.zone_info)
        return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%m-%d %H:%M:%S}"


def _urgency(telling: Telling) -> tuple[int, timedelta]:
    severity = telling.subject.severity if telling.subject else Severity.CRITICAL
    return ORDER[severity], telling.notice.at - datetime.min.replace(tzinfo=telling.notice.at.tzinfo)


def _counts(tellings: Sequence[Telling], language: Language) -> str:
    """How many of each severity: ` (CRITICAL 2, HIGH 38)`."""
    counts = {
        severity: sum(1 for one in tellings if one.subject is not None and one.subject.severity is severity)
        for severity in Severity
    }
    parts = [f"{say(language, f'severity.{severity.value}')} {count}" for severity, count in counts.items() if count]
    return f"（{say(language, 'and').join(parts)}）" if language == "zh" else f" ({', '.join(parts)})"


def _named(names: Sequence[str], language: Language) -> str:
    said = say(language, "and").join(names[:MOST_NAMES])
    return said + say(language, "more") if len(names) > MOST_NAMES else said
