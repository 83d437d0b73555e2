"""A file that contains itself, is too deep, or grows without end by its aliases is told of, and quickly."""

from __future__ import annotations

import pytest

from config.composing import DEEPEST, MOST
from tests.config.written import Written, camera

ITSELF = "this contains itself, by an alias (*) that leads back here: write what is meant in its place"
DEEP = f"more than {DEEPEST} lists or mappings lie within each other: check the brackets and the indentation"
MUCH = f"with what its aliases (*) repeat this is more than {MOST} values: repeat less"


def nested(opening: str, closing: str, levels: int) -> str:
    """So many levels, the first that is too deep marked."""
    return opening * (DEEPEST - 1) + "§" + opening * (levels - DEEPEST + 1) + closing * levels


def grown(levels: int, marked: int) -> str:
    """Ten values, and lists of ten aliases to the one before."""
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{n}: {'§' * (n == marked)}&a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(rows) + "\n"


ENDLESS = {
    "a list in itself": ("cameras: §&x [*x]\n", ITSELF),
    "a mapping in itself": ("defaults: §&x {stream: {sub: *x}}\n" + camera(), ITSELF),
    "three thousand brackets": (f"cameras: {nested('[', ']', 3000)}\n", DEEP),
    "braces": ("cameras: " + "{a: " * (DEEPEST - 2) + "{§a: " + "{a: " * 450 + "}" * (DEEPEST + 449) + "\n", DEEP),
    "a key of brackets": (f"? {nested('[', ']', 500)}\n: 1\n", DEEP),
    "a chain of aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{n}: {'§' * (n == DEEPEST - 1)}&a{n} [*a{n - 1}]\n" for n in range(1, 500)),
        DEEP,
    ),
    "nine levels of aliases": (grown(9, marked=5) + camera(), MUCH),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_named_where_it_begins(name: str, written: Written) -> None:
    """One line, and no other."""
    text, message = ENDLESS[name]

    assert written.mistakes(text) == written.at_marks(message)


def test_aliases_that_repeat_a_part_are_read(written: Written) -> None:
    """Ninety-two cameras that share rules by an alias, and each its zones with another key."""
    rule = "{rule: intrusion, zone: post, dwell: 2s}"
    first = camera(id="c0", zones="{post: &post {polygon: [[0, 0], [1, 0], [1, 1]]}}", rules=f"&rules [{rule}, {rule}]")
    others = "".join(
        camera(id=f"c{n}", zones="{post: *post}", rules="*rules").removeprefix("cameras:\n") for n in range(1, 92)
    )

    network = written.load(first + others)

    assert len(network.cameras) == 92
    assert network.cameras[91].rules == network.cameras[0].rules
