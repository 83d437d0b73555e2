"""One camera of the file: laid over its template and the defaults, its secrets filled in, checked in itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from config.changes import changed
from config.durations import format_duration, parse_duration
from config.geometry import complaint
from config.marked import Marked, Place, Problems
from config.model import Camera, Post
from config.redact import quoted
from config.secrets import with_secrets
from config.templates import Surroundings, laid_over
from config.tokens import WHIP, token_mistake
from config.urls import TORN, is_torn
from config.validate import validated
from config.words import suggestion

SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "whip", "file")
HEARTBEAT = timedelta(seconds=2)
POST_TIMES = ("absent_after", "asleep_after", "understaffed_after")


def read_camera(tree: Marked, around: Surroundings, problems: Problems) -> Camera | None:
    """The camera, or None with its mistakes noted."""
    if not isinstance(tree.value, dict):
        problems.add(tree.place, "a camera is a mapping of keys such as id:, name: and stream:")
        return None
    whole = laid_over(tree, around, problems)
    if around.defaults is not None:
        whole = whole.over(around.defaults)
    if around.changes is not None and whole.text("id") == around.changes.camera:
        whole = changed(whole, around.changes.changes, problems)
    whole = _with_position(_with_streams(whole, around, problems), around, problems)
    for place, message in _mistakes(whole):
        problems.add(place, message)
    return validated(Camera, whole, problems)


def _with_streams(tree: Marked, around: Surroundings, problems: Problems) -> Marked:
    stream = tree.get("stream")
    if stream is None or not stream.entries:
        return tree
    entries = dict(stream.entries)
    for name in ("main", "sub"):
        entry = entries.get(name)
        if entry and isinstance(entry.value.value, str):
            url = with_secrets(entry.value.value, around.secrets, entry.value.place, problems)
            entries[name] = replace(entry, value=replace(entry.value, value=_whole_path(url, entry.value.place.file)))
    whole = replace(tree.entries["stream"], value=replace(stream, value=entries))
    return replace(tree, value={**tree.entries, "stream": whole})


def _with_position(tree: Marked, around: Surroundings, problems: Problems) -> Marked:
    """`tree` with the secrets filled in of where the vehicle's position is asked for."""
    position = tree.get("position")
    url = position.get("url") if position else None
    if position is None or url is None or not isinstance(url.value, str):
        return tree
    filled = replace(url, value=with_secrets(url.value, around.secrets, url.place, problems))
    entries = {**position.entries, "url": replace(position.entries["url"], value=filled)}
    whole = replace(tree.entries["position"], value=replace(position, value=entries))
    return replace(tree, value={**tree.entries, "position": whole})


def _whole_path(url: str, file: Path) -> str:
    """A `file:` URL that does not begin with a slash is meant from the file that names it."""
    path = url.removeprefix("file:")
    if path == url or path.startswith("/"):
        return url
    return f"file:{(file.parent / path).resolve()}"


def _mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    yield from _stream_mistakes(tree)
    yield from _zone_mistakes(tree)
    yield from _reference_mistakes(tree)
    yield from _time_mistakes(tree)
    yield from _mobile_mistakes(tree)
    yield from _position_mistakes(tree)


def _stream_mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    stream = tree.get("stream")
    if stream is None or not isinstance(stream.value, dict):
        return
    if all(url is None or url.value is None for url in (stream.get("main"), stream.get("sub"))):
        yield stream.place, "no stream to read: give main or sub, for example main: rtsp://192.0.2.1/main"
    for name in ("main", "sub"):
        url, found = stream.text(name), stream.get(name)
        if url is not None and found is not None and (message := _url_mistake(url)):
            yield found.place, message
    both = [stream.text(name) for name in ("main", "sub")]
    if all(url is not None and url.startswith(WHIP) for url in both):
        yield stream.at(("sub",)), "a vehicle sends one stream: give it as main or as sub, not as both"


def _url_mistake(url: str) -> str:
    if url.startswith(WHIP):
        return token_mistake(url.removeprefix(WHIP))
    if url.partition(":")[0] != "file" and is_torn(url):
        return TORN
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL: the host or the port cannot be read"
    if parts.scheme not in SCHEMES:
        given = f"{parts.scheme}:" if parts.scheme else "no scheme"
        return f"streams of {given} are not read: write {', '.join(f'{one}:' for one in SCHEMES)}"
    if parts.scheme != "file" and not host:
        return f"the URL names no host: write {parts.scheme}://HOST/PATH"
    return ""


def _zone_mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    zones = tree.get("zones")
    for entry in zones.entries.values() if zones else ():
        polygon = entry.value.get("polygon")
        vertices = [_vertex(point) for point in polygon.items] if polygon else []
        whole = [vertex for vertex in vertices if vertex]
        if polygon and len(whole) == len(vertices) >= 3 and (message := complaint(whole)):
            yield polygon.place, message


def _vertex(point: Marked) -> tuple[float, float] | None:
    numbers = [item.value for item in point.items]
    if len(numbers) != 2:
        return None
    x, y = numbers
    if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    return float(x), float(y)


def _reference_mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    zones = tree.get("zones")
    if zones is not None and not isinstance(zones.value, dict):
        return  # one mistake, told once: not again for every rule
    known = zones.entries if zones else {}
    for item in _watchers(tree):
        zone = item.get("zone")
        if zone is not None and isinstance(zone.value, str) and zone.value and zone.value not in known:
            hint = suggestion(zone.value, known) if known else "this camera has no zones: add zones:"
            yield zone.place, f"no zone is called {quoted(zone.value)}: {hint}"


def _watchers(tree: Marked) -> list[Marked]:
    return [item for key in ("posts", "rules") if (found := tree.get(key)) for item in found.items]


def _time_mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    """A post is looked at once a heartbeat: what is to be told within two cannot be."""
    least = 2 * (_duration(tree.get("heartbeat")) or HEARTBEAT)
    posts = tree.get("posts")
    for post in posts.items if posts else ():
        for name in POST_TIMES if post.entries else ():
            found, usual = post.get(name), Post.model_fields[name].default
            given = usual if found is None else _duration(found)
            if given is None or given >= least:
                continue
            told, wanted = f"{name} {format_duration(given)}", format_duration(least)
            if found is None:
                yield post.place, f"the usual {told} is under two heartbeats: write {name}: {wanted} or more"
            else:
                yield found.place, f"{told} is under two heartbeats: write {wanted} or more"


def _duration(found: Marked | None) -> timedelta | None:
    try:
        return parse_duration(found.value) if found is not None else None
    except ValueError:
        return None


def _mobile_mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    mobile = tree.get("mobile")
    if mobile is None or mobile.value is not True:
        return
    places = [(item, item.get("zone") or item.get("line")) for item in _watchers(tree)]
    wrong = [item.place for item, where in places if where is not None and where.value]
    zones = tree.get("zones")
    if not wrong and zones is not None and zones.value:  # of none that is watched; with those that are, it is said
        wrong = [zones.place]
    for place in wrong:
        yield place, "this camera moves (mobile: true), so nothing stays in a zone of its picture: remove this"


def _position_mistakes(tree: Marked) -> Iterator[tuple[Place, str]]:
    position = tree.get("position")
    url = position.get("url") if position else None
    if url is None or not isinstance(url.value, str):
        return
    try:
        parts = urlsplit(url.value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        yield url.place, "a position is asked for over HTTP: write http://HOST/PATH or https://HOST/PATH"
