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
from config.words import FULL_WIDTH, PLAIN

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
    if content is None or not _is_lines(content, problems):
        return None
    return {name: str(entry.value.value) for name, entry in content.entries.items()}


def _is_lines(content: Marked, problems: Problems) -> bool:
    """Whether a secret stands behind every name; else what is wrong is noted, and nothing of the file shown."""
    if not content.entries:
        problems.add(content.place, f'expected lines of name: "user:password", found {_instead(content)}')
        return False
    wrong = [entry for entry in content.entries.values() if not isinstance(entry.value.value, str)]
    for entry in wrong:
        place = entry.key_place if entry.value.value is None else entry.value.place
        problems.add(place, 'a secret is "user:password", or a vehicle\'s token, in quotes')
    return not wrong


def _instead(content: Marked) -> str:
    """What stands in a secrets file in place of names, and how they are written where that can be guessed."""
    if content.value is None or content.value == {}:
        return "nothing"
    if isinstance(content.value, tuple):
        return "a list"
    if (sign := FULL_WIDTH.search(str(content.value))) is not None:
        return f"text with a full-width {sign[0]}: write {PLAIN[sign[0]]} and a space"
    return "text: write a space behind the name's colon"


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
