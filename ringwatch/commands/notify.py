"""`ringwatch notify CONFIG`: the channels, what they did not take, and another chance for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import RingwatchError
from ringwatch.arguments import CONFIG, DATA, JSON, read_network
from ringwatch.record import Place

if TYPE_CHECKING:
    from alerts.notify.messages import ChannelState, Letter
    from config.model import Network
    from config.notify import Channel
    from storage.notices import Notices

ALL = "all"


@click.command
@CONFIG
@DATA
@click.option("--dead", is_flag=True, help="list the messages that were given up")
@click.option("--resend", metavar="ID", help="send a dead letter again, or all of them: --resend all")
@click.option(
    "--test", "test", metavar="CHANNEL", help="send a test message to this channel now, and say what it answers"
)
@JSON
def command(config: Path, data: Path, dead: bool, resend: str | None, test: str | None, as_json: bool) -> None:
    """Show how the channels do that are told of alerts. A running desk sends what is given another chance."""
    network = read_network(config)
    if test is not None:
        _test(network, test)
        return
    with _notices(network, data) as notices:
        if resend is not None:
            _resend(notices, resend)
        elif dead:
            _show_dead(notices, as_json=as_json)
        else:
            _show_channels(network, notices, as_json=as_json)


@contextmanager
def _notices(network: Network, data: Path) -> Iterator[Notices]:
    from storage.database import Database
    from storage.notices import Notices

    url = Place(data=data, network=network).url()
    with closing(Database(url)) as database, closing(Notices(url)) as notices:
        database.create()
        yield notices


def _resend(notices: Notices, which: str) -> None:
    count = notices.send_again(None if which == ALL else which)
    if not count and which != ALL:
        raise RingwatchError(f"no dead letter is called {which}: --dead lists them")
    click.echo(f"{count} to be sent again")


def _show_dead(notices: Notices, *, as_json: bool) -> None:
    from alerts.notify.messages import LetterState

    for letter in notices.listed(LetterState.DEAD, limit=1000):
        click.echo(json.dumps(_letter_fields(letter), ensure_ascii=False) if as_json else _letter_line(letter))


def _letter_fields(letter: Letter) -> dict[str, object]:
    return {
        "id": letter.id,
        "channel": letter.channel,
        "count": letter.count,
        "created_at": letter.created_at.isoformat(),
        "given_up_at": letter.done_at.isoformat() if letter.done_at else None,
        "tries": letter.tries,
        "problem": letter.problem,
        "body": letter.body,
    }


def _letter_line(letter: Letter) -> str:
    when = f"{letter.created_at.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{letter.id}  {letter.channel}  {when}  {letter.count} notices, {letter.tries} tries: {letter.problem}"


def _show_channels(network: Network, notices: Notices, *, as_json: bool) -> None:
    states = {state.channel: state for state in notices.states()}
    for channel in network.notify.channels:
        state = states.get(channel.name)
        click.echo(
            json.dumps(_channel_fields(channel, state), ensure_ascii=False)
            if as_json
            else _channel_line(channel, state)
        )
    if not network.notify.channels:
        click.echo("no channels: list them under notify:", err=True)


def _channel_fields(channel: Channel, state: ChannelState | None) -> dict[str, object]:
    return {
        "channel": channel.name,
        "host": channel.where,
        "waiting": state.waiting if state else 0,
        "dead": state.dead if state else 0,
        "failures": state.failures if state else 0,
        "problem": state.problem if state else "",
        "retry_at": state.retry_at.isoformat() if state and state.retry_at else None,
        "sent_at": state.sent_at.isoformat() if state and state.sent_at else None,
    }


def _channel_line(channel: Channel, state: ChannelState | None) -> str:
    if state is None:
        return f"{channel.name}  {channel.where}  not used yet: the desk has not run with it"
    how = f"{state.failures} failures in a row: {state.problem}" if state.failures else "well"
    return f"{channel.name}  {channel.where}  {state.waiting} waiting, {state.dead} dead, {how}"


def _test(network: Network, name: str) -> None:
    from alerts.notify.forms import trial_body
    from alerts.notify.messages import Letter, LetterState
    from alerts.notify.webhook import Webhook

    channel = next((one for one in network.notify.channels if one.name == name), None)
    if channel is None:
        known = ", ".join(one.name for one in network.notify.channels) or "none"
        raise click.BadParameter(f"no channel is called {name}: there is {known}", param_hint="--test")
    now = datetime.now(UTC)
    letter_id, body = trial_body(channel, network.network.name, now)
    letter = Letter(
        id=letter_id, channel=name, body=body, count=0, state=LetterState.WAITING, created_at=now, begun_at=now
    )
    Webhook(channel).deliver(letter)
    click.echo(f"{channel.where} took it")
