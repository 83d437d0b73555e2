"""Users and passwords, and vehicles' tokens, from a file that only its owner can read."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote

from config.marked import Marked, Place, Problems, read_marked
from config.redact import holds_url
from config.tokens import WHIP

EXAMPLE = ".example"  # a file that holds no real password may lie in a repository, where modes are not kept
_NAME = re.compile(r"\{([A-Za-z0-9_.-]+)\}")


def read_secrets(named: Marked | None, problems: Problems) -> Mapping[str, str] | None:
    """Name to `user:password` or token, as written; None when the file is named but cannot be used."""
    if named is None or named.value is None:
        return {}
    if not isinstance(named.value, str) or not named.value or holds_url(named.value):
        problems.add(named.place, "secrets is the name of a file that holds name: user:password lines")
        return None
    file = named.place.file.parent / named.value
    problems.sources.add(file)
    if not _is_private(file, named.place, problems):
        return None
    content = read_marked(file, problems, asked_at=named.place)
    if content is None:
        return None
    return {name: _text(entry.value, problems) for name, entry in content.entries.items()}


def _is_private(file: Path, place: Place, problems: Problems) -> bool:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        problems.add(place, f"the secrets file {file.name} cannot be read: {error.strerror}")
        return False
    if mode & 0o077 and file.suffix != EXAMPLE:
        problems.add(place, f"the secrets file {file.name} can be read by others (mode {mode:o}): chmod 600 {file}")
        return False
    return True


def _text(value: Marked, problems: Problems) -> str:
    if not isinstance(value.value, str):
        problems.add(value.place, 'a secret is "user:password", or a vehicle\'s token, in quotes')
        return ""
    return value.value


def with_secrets(url: str, secrets: Mapping[str, str] | None, place: Place, problems: Problems) -> str:
    """`url` with every `{name}` replaced by its user and password, ready for a URL; behind `whip:` by its token."""
    is_token = url.startswith(WHIP)

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        unknown = f"{name}.unknown-to-the-secrets-file" if is_token else "user:password"
        if secrets is None:  # the file's own problem has been told
            return unknown
        if name not in secrets:
            near = get_close_matches(name, secrets, 1)
            known = f"did you mean {{{near[0]}}}?" if near else "add it to the secrets file"
            problems.add(place, f"no secret is called {{{name}}}: {known}")
            return unknown
        if is_token:
            return secrets[name]
        if ":" not in secrets[name]:
            problems.add(place, f'{{{name}}} is a token, and this URL takes a secret of the form "user:password"')
        user, _, password = secrets[name].partition(":")
        return f"{quote(user, safe='')}:{quote(password, safe='')}"

    return _NAME.sub(filled, url)


def with_secret_at(section: Marked, key: str, secrets: Mapping[str, str] | None, problems: Problems) -> Marked:
    """`section` with the secrets of its URL under `key` filled in; as it is where no text stands there."""
    url = section.get(key)
    if url is None or not isinstance(url.value, str):
        return section
    filled = replace(url, value=with_secrets(url.value, secrets, url.place, problems))
    return replace(section, value={**section.entries, key: replace(section.entries[key], value=filled)})
