"""What channels are to be told, on record: from a change of an alert to a letter that has been taken, or given up."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from alerts.messages import Condition, Handling
from alerts.notify.messages import (
    LONGEST_WAIT,
    ChannelState,
    Known,
    Letter,
    LetterState,
    News,
    Notice,
    Subject,
    Telling,
)
from config.notify import Rate, Told
from storage.database import Clock, utc_now
from storage.duty_tables import channels, cursors, known, letters, notices
from storage.engine import open_engine, transaction
from storage.records import alert_record
from storage.tables import alerts
from storage.turns import take_turn

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from storage.messages import AlertRecord

READER = "notify"
BATCH = 200  # alerts in one transaction
MOST_TOLD = 500  # notices in one letter
FEW = 3  # notices that go as letters of their own; more go as one
# So far the clocks of two desks may differ. What lies further ahead was written by one that has been set back since.
AHEAD = timedelta(seconds=5)
LONGEST_LEASE = timedelta(minutes=2)  # an answer is waited for a minute at most
WAITING, WRITTEN, WITHDRAWN = "waiting", "written", "withdrawn"


class Decide(Protocol):
    """Who knows what follows from an alert for a channel (alerts.notify.news)."""

    def __call__(self, channel: str, alert: Subject, known: Known, *, below: bool, pending: bool) -> News | None:
        """What `channel` is to be told."""
        ...


Write = Callable[[str, Sequence[Telling], datetime], str]


class Notices:
    """The record's part about channels. Any thread may call any method; each is one transaction and blocks.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        self._engine = open_engine(url)
        self._clock = clock

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def begin(self, names: Iterable[str]) -> None:
        """Make `names` known: of what was recorded before its first beginning, a channel is told nothing."""
        with self._turn() as connection:
            there = set(connection.scalars(select(channels.c.channel)))
            for name in names:
                if name not in there:
                    values = {"channel": name, "since": self._clock(), "failures": 0, "problem": ""}
                    connection.execute(insert(channels).values(values))
            if connection.scalar(select(cursors.c.change).where(cursors.c.reader == READER)) is None:
                last = connection.scalar(select(func.coalesce(func.max(alerts.c.change), 0)))
                connection.execute(insert(cursors).values(reader=READER, change=last))

    def plan(self, names: Sequence[str], decide: Decide) -> int:
        """Look at the alerts that have changed, and note what each of `names` is to be told; how many alerts."""
        with transaction(self._engine) as connection:
            if not connection.execute(_changed(1)).first():
                return 0
        with self._turn() as connection:
            changed = [alert_record(row) for row in connection.execute(_changed(BATCH)).mappings()]
            for name in names:
                self._plan_channel(connection, name, changed, decide)
            if changed:
                moved = update(cursors).where(cursors.c.reader == READER).values(change=changed[-1].change)
                connection.execute(moved)
            return len(changed)

    def _plan_channel(self, connection: Connection, name: str, changed: Sequence[AlertRecord], decide: Decide) -> None:
        ids = [alert.id for alert in changed]
        since = connection.scalar(select(channels.c.since).where(channels.c.channel == name))
        knows = _known(connection, name, ids)
        pending = _pending(connection, name, ids)
        open_incidents = _open_of(connection, {alert.incident for alert in changed if alert.incident})
        for alert in changed:
            if alert.id not in knows and since is not None and alert.recorded_at < since <= self._clock() + AHEAD:
                continue
            before = knows.get(alert.id, Known())
            below = alert.incident != alert.id and alert.incident in open_incidents
            found = decide(name, _subject(alert), before, below=below, pending=alert.id in pending)
            if found is not None:
                _apply(connection, name, alert.id, found)

    def tell(self, notice: Notice, key: str) -> bool:
        """Note one thing that is about no alert, once for ever by its `key`; whether it is new."""
        with transaction(self._engine) as connection:
            if connection.scalar(select(notices.c.number).where(notices.c.key == key)) is not None:
                return False
        with self._turn() as connection:
            if connection.scalar(select(notices.c.number).where(notices.c.key == key)) is not None:
                return False
            connection.execute(insert(notices).values(_notice_row(notice) | {"key": key}))
            return True

    def compose(self, channel: str, pace: Rate, write: Write) -> bool:
        """Put what is due into a letter; whether one was made. None is, while another waits, or the pace is reached.

        A few notices are a letter each; many, or more than the pace has room for, are one letter together.
        """
        with transaction(self._engine) as connection:
            if not self._due(connection, channel, 1):
                return False
        with self._turn() as connection:
            due = self._due(connection, channel, MOST_TOLD)
            room = self._room(connection, channel, pace)
            if not due or room < 1 or _has_waiting(connection, channel):
                return False
            taken = due if len(due) > min(FEW, room) else due[:1]
            letter_id, now = f"msg_{uuid.uuid4().hex}", self._clock()
            body = write(letter_id, [_telling(connection, notice) for notice in taken], now)
            connection.execute(insert(letters).values(_letter_row(letter_id, channel, body, len(taken), now)))
            numbers = [notice.number for notice in taken]
            written = update(notices).where(notices.c.number.in_(numbers)).values(state=WRITTEN, letter=letter_id)
            connection.execute(written)
            return True

    def lease(self, channel: str, owner: str, lasts: timedelta, pace: Rate) -> Letter | None:
        """The oldest letter that waits, for `owner` alone to send until the lease ends; None when none may be sent."""
        with transaction(self._engine) as connection:
            if not _has_waiting(connection, channel):
                return None
        with self._turn() as connection:
            now = self._clock()
            if not _may_be_tried(connection, channel, now) or self._room(connection, channel, pace) < 1:
                return None
            until = letters.c.leased_until
            free = or_(until.is_(None), until <= now, until > now + LONGEST_LEASE)
            waiting = (letters.c.channel == channel, letters.c.state == LetterState.WAITING)
            if connection.scalar(select(func.count()).select_from(letters).where(*waiting, ~free)):
                return None  # somebody sends one just now: letters keep their order
            query = select(letters).where(*waiting, free).order_by(letters.c.begun_at, letters.c.id).limit(1)
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            lease = {"leased_by": owner, "leased_until": now + lasts, "tries": row["tries"] + 1}
            connection.execute(update(letters).where(letters.c.id == row["id"]).values(lease))
            return _letter({**row, **lease})

    def sent(self, letter: Letter) -> None:
        """It was taken."""
        with self._turn() as connection:
            now = self._clock()
            done = {"state": LetterState.SENT, "done_at": now, "problem": "", "leased_until": None}
            connection.execute(update(letters).where(letters.c.id == letter.id).values(done))
            well = {"failures": 0, "retry_at": None, "problem": "", "sent_at": now}
            connection.execute(update(channels).where(channels.c.channel == letter.channel).values(well))

    def failed(self, letter: Letter, problem: str, retry_at: datetime, *, dead: bool) -> None:
        """It was not taken: nothing is sent to the channel before `retry_at`; a `dead` one is set aside."""
        with self._turn() as connection:
            state = LetterState.DEAD if dead else LetterState.WAITING
            done = {
                "state": state,
                "problem": problem,
                "leased_until": None,
                "done_at": self._clock() if dead else None,
            }
            mine = (letters.c.id == letter.id) & (letters.c.state == LetterState.WAITING)
            connection.execute(update(letters).where(mine).values(done))
            ill = {"failures": channels.c.failures + 1, "retry_at": retry_at, "problem": problem}
            connection.execute(update(channels).where(channels.c.channel == letter.channel).values(ill))

    def states(self) -> tuple[ChannelState, ...]:
        """How every channel does that there ever was, by name."""
        with transaction(self._engine) as connection:
            rows = connection.execute(select(channels).order_by(channels.c.channel)).mappings().all()
            return tuple(_channel_state(connection, row) for row in rows)

    def listed(self, state: LetterState | None = None, limit: int = 100) -> tuple[Letter, ...]:
        """Letters, newest first."""
        query = select(letters).order_by(letters.c.created_at.desc()).limit(limit)
        if state is not None:
            query = query.where(letters.c.state == state)
        with transaction(self._engine) as connection:
            return tuple(_letter(row) for row in connection.execute(query).mappings())

    def send_again(self, letter_id: str | None = None) -> int:
        """Give a dead letter, or all of them, another chance, at once; how many."""
        dead = letters.c.state == LetterState.DEAD
        which = dead if letter_id is None else dead & (letters.c.id == letter_id)
        with self._turn() as connection:
            names = set(connection.scalars(select(letters.c.channel).where(which)))
            anew = {"state": LetterState.WAITING, "begun_at": self._clock(), "done_at": None, "leased_until": None}
            count = connection.execute(update(letters).where(which).values(anew)).rowcount
            at_once = {"retry_at": None, "failures": 0}
            connection.execute(update(channels).where(channels.c.channel.in_(names)).values(at_once))
            return count

    def forget(self, before: datetime) -> int:
        """Delete letters that were sent before `before`, with their notices; how many letters. Dead ones are kept."""
        old = (letters.c.state == LetterState.SENT) & (letters.c.done_at < before)
        with self._turn() as connection:
            ids = select(letters.c.id).where(old)
            connection.execute(delete(notices).where(notices.c.letter.in_(ids)))
            withdrawn = (notices.c.state == WITHDRAWN) & (notices.c.at < before)
            connection.execute(delete(notices).where(withdrawn))
            return connection.execute(delete(letters).where(old)).rowcount

    def _due(self, connection: Connection, channel: str, limit: int) -> list[Notice]:
        now = self._clock()
        waiting = (notices.c.channel == channel, notices.c.state == WAITING)
        is_due = or_(notices.c.due_at <= now, notices.c.at > now + AHEAD)
        query = select(notices).where(*waiting, is_due).order_by(notices.c.due_at, notices.c.number).limit(limit)
        return [_notice(row) for row in connection.execute(query).mappings()]

    def _room(self, connection: Connection, channel: str, pace: Rate) -> int:
        """How many more letters the pace allows now."""
        sent = (letters.c.channel == channel, letters.c.state == LetterState.SENT)
        now, done_at = self._clock(), letters.c.done_at
        lately = and_(done_at > now - pace.per, done_at <= now + AHEAD)
        count = connection.scalar(select(func.count()).select_from(letters).where(*sent, lately)) or 0
        return pace.messages - count

    @contextmanager
    def _turn(self) -> Iterator[Connection]:
        """A transaction that other writers wait for: what it reads stays true until it is committed."""
        with transaction(self._engine) as connection:
            take_turn(connection)
            yield connection


def _changed(limit: int) -> Any:
    last = select(cursors.c.change).where(cursors.c.reader == READER).scalar_subquery()
    return select(alerts).where(alerts.c.change > last).order_by(alerts.c.change).limit(limit)


def _known(connection: Connection, channel: str, ids: Sequence[str]) -> dict[str, Known]:
    rows = connection.execute(select(known).where(known.c.channel == channel, known.c.alert.in_(ids)))
    return {
        row.alert: Known(condition=Condition(row.condition), level=row.level, resolved=row.resolved) for row in rows
    }


def _pending(connection: Connection, channel: str, ids: Sequence[str]) -> set[str]:
    raised = (notices.c.kind == Told.RAISED, notices.c.state == WAITING, notices.c.alert.in_(ids))
    return set(connection.scalars(select(notices.c.alert).where(notices.c.channel == channel, *raised)))


def _open_of(connection: Connection, ids: set[str]) -> set[str]:
    return set(
        connection.scalars(select(alerts.c.id).where(alerts.c.id.in_(ids), alerts.c.handling != Handling.RESOLVED))
    )


def _apply(connection: Connection, channel: str, alert: str, found: News) -> None:
    of_alert = (known.c.channel == channel) & (known.c.alert == alert)
    connection.execute(delete(known).where(of_alert))
    if found.known.condition is not None:
        values = {"condition": found.known.condition, "level": found.known.level, "resolved": found.known.resolved}
        connection.execute(insert(known).values(channel=channel, alert=alert, **values))
    if found.withdrawn:
        waiting = (notices.c.channel == channel, notices.c.alert == alert, notices.c.state == WAITING)
        connection.execute(update(notices).where(*waiting).values(state=WITHDRAWN))
    for notice in found.notices:
        connection.execute(insert(notices).values(_notice_row(notice)))


def _may_be_tried(connection: Connection, channel: str, now: datetime) -> bool:
    """Whether its last failure is long enough ago."""
    retry_at: datetime | None = connection.scalar(select(channels.c.retry_at).where(channels.c.channel == channel))
    return retry_at is None or not now < retry_at <= now + LONGEST_WAIT + AHEAD


def _has_waiting(connection: Connection, channel: str) -> bool:
    waiting = (letters.c.channel == channel, letters.c.state == LetterState.WAITING)
    return connection.execute(select(letters.c.id).where(*waiting).limit(1)).first() is not None


def _telling(connection: Connection, notice: Notice) -> Telling:
    row = connection.execute(select(alerts).where(alerts.c.id == notice.alert)).mappings().first()
    if row is None:
        return Telling(notice=notice, subject=None)
    subject = _subject(alert_record(row))
    below = select(alerts.c.camera_name, alerts.c.cell).where(
        alerts.c.incident == subject.id, alerts.c.id != subject.id
    )
    children = connection.execute(below.order_by(alerts.c.camera)).all()
    cells = dict.fromkeys(cell for cell in (subject.cell, *(child.cell for child in children)) if cell)
    names = dict.fromkeys(child.camera_name for child in children)
    return Telling(notice=notice, subject=subject, cameras=tuple(names), cells=tuple(cells))


def _subject(alert: AlertRecord) -> Subject:
    return Subject(**{name: getattr(alert, name) for name in Subject.__dataclass_fields__})


def _notice_row(notice: Notice) -> dict[str, Any]:
    return {
        "channel": notice.channel,
        "kind": notice.kind,
        "alert": notice.alert,
        "level": notice.level,
        "was": notice.was,
        "detail": dict(notice.detail),
        "at": notice.at,
        "due_at": notice.due_at,
        "state": WAITING,
    }


def _notice(row: RowMapping) -> Notice:
    names = ("channel", "alert", "level", "was", "detail", "at", "due_at", "number")
    return Notice(kind=Told(row["kind"]), **{name: row[name] for name in names})


def _letter_row(letter_id: str, channel: str, body: str, count: int, now: datetime) -> dict[str, Any]:
    return {
        "id": letter_id,
        "channel": channel,
        "body": body,
        "count": count,
        "state": LetterState.WAITING,
        "created_at": now,
        "begun_at": now,
        "tries": 0,
        "problem": "",
    }


def _letter(row: RowMapping | Mapping[str, Any]) -> Letter:
    names = ("id", "channel", "body", "count", "created_at", "begun_at", "tries", "problem", "done_at")
    return Letter(state=LetterState(row["state"]), **{name: row[name] for name in names})


def _channel_state(connection: Connection, row: RowMapping) -> ChannelState:
    name = row["channel"]
    of_letters = (letters.c.channel == name, letters.c.state == LetterState.WAITING)
    of_notices = (notices.c.channel == name, notices.c.state == WAITING)
    waiting = connection.execute(select(func.count(), func.min(letters.c.created_at)).where(*of_letters)).one()
    noted = connection.execute(select(func.count(), func.min(notices.c.due_at)).where(*of_notices)).one()
    dead = (
        select(func.count()).select_from(letters).where(letters.c.channel == name, letters.c.state == LetterState.DEAD)
    )
    return ChannelState(
        channel=name,
        since=row["since"],
        failures=row["failures"],
        retry_at=row["retry_at"],
        problem=row["problem"],
        sent_at=row["sent_at"],
        waiting=waiting[0] + noted[0],
        oldest_at=min((at for at in (waiting[1], noted[1]) if at is not None), default=None),
        dead=connection.scalar(dead) or 0,
    )
