"""`post.understaffed`: fewer than must be, but not nobody.

One character is half a second: how many are at the post. `understaffed_after` is 2 s, four characters.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.model import Post
from detect.messages import Scene
from detect.rules import Rule
from tests.detect.given import scene, track
from tests.detect.rules.timeline import Said, play, rules


def post_rule(**parts: object) -> Rule:
    """The rule of a post that two must guard."""
    post = Post.model_validate(
        {"zone": "post", "guards": "double", "absent_after": None, "understaffed_after": "2s", **parts}
    )
    (rule,) = rules(posts=(post,))[1]
    return rule


def counts(text: str) -> Iterator[Scene]:
    """As many people as each digit says, `?` blind; each is there from when he came until he leaves."""
    since: list[float] = []
    for index, mark in enumerate(text):
        at_s = index / 2
        number = len(since) if mark == "?" else int(mark)
        since = [*since, *[at_s] * (number - len(since))][:number]
        if mark == "?":
            yield scene(at_s, blind="covered")
            continue
        yield scene(at_s, *(track(n + 1, first=came, seen=at_s) for n, came in enumerate(since)))


TIMELINES = {
    "both are there": ("2222222222", []),
    "one leaves for good": ("22211111111", [("raised", 3.5)]),
    "one leaves for too short a time": ("222111222", []),
    "one leaves and comes back": ("22211111122", [("raised", 3.5), ("cleared", 4.5)]),
    "three are enough": ("33332222", []),
    "both leave: not this rule's matter": ("222000000000", []),
    "one leaves, then the other too: it waits": ("2221100011111", [("raised", 5.5)]),
    "what is open stays open while nobody is there": (
        "22211111000000022",
        [("raised", 3.5), ("cleared", 7.5)],
    ),
    "covered: neither raised nor cleared": ("2221111111?????", [("raised", 3.5)]),
    "one look at the second is not his return": ("222111121111", [("raised", 3.5)]),
    "only one from the beginning": ("111111", [("raised", 2.0)]),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_a_timeline_gives_these_events(name: str) -> None:
    """Raised when the second has been away for two seconds."""
    text, events = TIMELINES[name]

    assert [(one.phase, one.at_s) for one in map(Said.of, play(post_rule(), counts(text)))] == events


def test_the_detail_says_how_many_there_are() -> None:
    """And how many must be."""
    (event,) = play(post_rule(min_guards=2), counts("1111111"))

    assert event.detail == {"understaffed_s": 2.0, "min_guards": 2, "present": 1}


def test_a_post_of_one_has_no_such_rule() -> None:
    """However it is configured."""
    post = Post.model_validate({"zone": "post", "understaffed_after": "5s", "absent_after": None})

    assert rules(posts=(post,))[1] == ()


def test_a_post_of_two_has_it_without_being_asked() -> None:
    """After three minutes; `null` turns it off."""
    asked = Post.model_validate({"zone": "post", "min_guards": 2})
    without = Post.model_validate({"zone": "post", "min_guards": 2, "understaffed_after": None})

    assert [rule.name for rule in rules(posts=(asked,))[1]] == ["post.absent/post", "post.understaffed/post"]
    assert [rule.name for rule in rules(posts=(without,))[1]] == ["post.absent/post"]
