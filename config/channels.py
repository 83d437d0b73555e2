"""`notify:` as it is read: secrets filled in, and what must hold of a channel's address."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from urllib.parse import quote, urlsplit

from config.errors import Problem
from config.marked import Entry, Marked, Place, Problems
from config.model import Network
from config.notify import Channel, Notify
from config.validate import validated

SIGNED = "whsec_"  # Source: Standard Webhooks, "Symmetric": base64 of the key behind this prefix
LEAST_KEY = 24  # bytes
_NAME = re.compile(r"\{([A-Za-z0-9_.-]+)\}")
LOCAL = ("localhost", "127.0.0.1", "::1")


def read_notify(tree: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Notify | None:
    """The section `notify` of `tree`, every `{name}` of a channel filled in; None when there is none, or mistakes."""
    found = tree.get("notify")
    if found is None or found.value is None:
        return None
    whole = _filled(found, secrets, problems)
    notify = validated(Notify, whole, problems)
    if notify is not None:
        _check(whole, notify, problems)
    return notify


def _filled(notify: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Marked:
    listed = notify.entries.get("channels")
    if listed is None:
        return notify
    items = tuple(_channel_filled(item, secrets, problems) for item in listed.value.items)
    if not isinstance(listed.value.value, tuple):
        return notify
    return _with(notify, "channels", replace(listed.value, value=items))


def _channel_filled(channel: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Marked:
    for key in ("url", "secret"):
        found, text = channel.get(key), channel.text(key)
        if found is not None and text is not None:
            whole = _with_secrets(text, secrets, found.place, problems, is_url=key == "url")
            channel = _with(channel, key, replace(found, value=whole))
    return channel


def _with(tree: Marked, key: str, value: Marked) -> Marked:
    entry = Entry(key_place=tree.entries[key].key_place, value=value)
    return replace(tree, value={**tree.entries, key: entry})


def _with_secrets(
    text: str, secrets: Mapping[str, str] | None, place: Place, problems: Problems, *, is_url: bool
) -> str:
    """`text` with every `{name}` filled in: before an @ as user and password, elsewhere in a URL as one quoted word."""

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        if secrets is None:  # the file's own problem has been told
            return "unknown"
        if name not in secrets:
            near = get_close_matches(name, secrets, 1)
            known = f"did you mean {{{near[0]}}}?" if near else "add it to the secrets file"
            problems.settle(place, f"no secret is called {{{name}}}: {known}")
            return "unknown"
        if not is_url:
            return secrets[name]
        user, colon, password = secrets[name].partition(":")
        if colon and text[found.end() :].startswith("@"):
            return f"{quote(user, safe='')}:{quote(password, safe='')}"
        return quote(secrets[name], safe="")

    return _NAME.sub(filled, text)


def _check(tree: Marked, notify: Notify, problems: Problems) -> None:
    names: list[str] = []
    for index, channel in enumerate(notify.channels):
        path = ("channels", index)
        if channel.name in names:
            problems.add(
                tree.at((*path, "name")), f"channel {channel.name!r} stands twice: give each a name of its own"
            )
        names.append(channel.name)
        for key, message in _mistakes(channel):
            problems.add(tree.at((*path, key)), message)


def _mistakes(channel: Channel) -> Iterator[tuple[str, str]]:
    """What is wrong, never with the address itself in the words."""
    try:
        parts = urlsplit(channel.url)
        _ = parts.port
    except ValueError:
        yield "url", "not a URL: the host or the port cannot be read"
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "url", "a channel is told over HTTP: write https://HOST/PATH"
    if channel.form == "ringwatch" and channel.secret is not None and (wrong := _key_mistake(channel.secret)):
        yield "secret", wrong
    if channel.form == "wecom" and channel.secret is not None:
        yield "secret", "a WeCom robot knows no signature, its address is the secret: remove this"
    for key in ("severities", "rings", "events"):
        if not getattr(channel, key):
            yield key, "the channel would be told of nothing: name at least one, or leave the key out"


def _key_mistake(secret: str) -> str:
    make = "make one with openssl rand -hex 24"
    try:
        key = base64.b64decode(secret.removeprefix(SIGNED), validate=True) if secret.startswith(SIGNED) else b""
    except binascii.Error:
        return f"behind {SIGNED} stands base64: copy it whole, or {make}"
    length = len(key) if secret.startswith(SIGNED) else len(secret.encode())
    return "" if length >= LEAST_KEY else f"a signing secret has {LEAST_KEY} bytes or more, not {length}: {make}"


def weak_channels(tree: Marked, network: Network) -> Iterator[Problem]:
    """A note where what a channel is told can be read or forged on its way."""
    for index, channel in enumerate(network.notify.channels):
        parts = urlsplit(channel.url)
        if parts.scheme == "http" and parts.hostname not in LOCAL:
            message = f"channel {channel.name} is told in the clear: write https://"
            yield tree.at(("notify", "channels", index, "url")).problem(message)
        if channel.form == "ringwatch" and channel.secret is None:
            message = f"channel {channel.name} has no secret: who reads its messages cannot know that they are ours"
            yield tree.at(("notify", "channels", index)).problem(message)
