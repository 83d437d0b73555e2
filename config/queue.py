"""`queue:`: its URL with the secrets filled in, and the certificates by which a server over TLS is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from config.marked import Marked, Problems
from config.model import Queue
from config.redact import named
from config.secrets import with_secret_at
from config.urls import TORN, is_torn
from config.validate import validated

SCHEMES = ("redis://", "rediss://", "unix://")
TLS = "rediss://"


def read_queue(tree: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Queue | None:
    """The queue of the configuration `tree`, its URL ready for a client; None where nothing usable is said."""
    section = tree.get("queue")
    if section is None or section.value is None:
        return None
    queue = validated(Queue, with_secret_at(section, "url", secrets, problems), problems)
    if queue is None:
        return None
    _check(section, queue, problems)
    return _trusting(queue, section.at(("ca",)).file)


def wrong_url(url: str) -> str | None:
    """What is wrong with `url` as that of a queue; None when nothing is. Says nothing of its password."""
    if not url.startswith(SCHEMES):
        return "not the URL of a queue: write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH"
    if is_torn(url):
        return TORN
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "not a URL: the host or the port cannot be read"
    number = parts.path.strip("/")
    if parts.scheme != "unix" and number and not (number.isascii() and number.isdigit()):
        return f"{number!r} is not the number of a database: write redis://HOST:6379/0"
    return None


def _check(section: Marked, queue: Queue, problems: Problems) -> None:
    if queue.url is not None and (wrong := wrong_url(queue.url)) is not None:
        problems.add(section.at(("url",)), wrong)
    if queue.ca is None:
        return
    place = section.at(("ca",))
    if not (queue.url or "").startswith(TLS):
        problems.add(place, "ca needs a url that begins with rediss://, which is Redis over TLS")
    elif not (place.file.parent / queue.ca).is_file():
        problems.add(place, f"there is no file {named(queue.ca)}: check the name")


def _trusting(queue: Queue, file: Path) -> Queue:
    """`queue` with its certificates named in the URL, as redis-py reads them: the URL says it all."""
    if queue.ca is None or queue.url is None:
        return queue
    ca = str((file.parent / queue.ca).resolve())
    joint = "&" if "?" in queue.url else "?"
    return queue.model_copy(update={"url": f"{queue.url}{joint}ssl_ca_certs={quote(ca)}", "ca": ca})
