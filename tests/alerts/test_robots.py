"""Group robots of WeCom, DingTalk and Feishu: their documented forms, signatures and refusals, byte by byte.

Source: WeCom's "group robots" (developer.work.weixin.qq.com, 91770); DingTalk's "custom robots" (open.dingtalk.com);
Feishu's "custom bot guide" (open.feishu.cn). The two signatures were worked out with openssl from the formulas there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.notify.messages import LetterState
from tests.alerts.duty_room import Clock, DutyRoom, channel, network
from tests.alerts.making import occurrence
from tests.alerts.webhook_server import Hook

Open = Callable[..., DutyRoom]
SECRET = "SEC0a1b2c3d4e5f"
TEXT = (
    "【高】岗位无人（脱岗） · 东门卡口 · 报警\n"
    "三线视频卡口 · 内线 · 区域 post\n"
    "16:01:01 报警 · 无人认领\n"
    "责任：17号网格员 → 城东片网格长 → 城区网格长\n"
    "当班：中班 二号席\n"
    "编号 ev-1"
)
YES = {
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
}
FORMS = tuple(YES)


@pytest.fixture
def room(sqlite_url: str, hook: Hook, clock: Clock) -> Iterator[Open]:
    """A duty room with a robot that says yes, until a test has it say something else."""
    with ExitStack() as stack:

        def open_room(form: str, **fields: Any) -> DutyRoom:
            hook.answer = json.dumps(YES[form]).encode()
            robot = channel(hook.url + "?access_token=t0ken", form=form, **{"secret": None} | fields)
            room = DutyRoom(sqlite_url, network(robot), clock)
            stack.callback(room.close)
            return room

        yield open_room


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("wecom", {"msgtype": "text", "text": {"content": TEXT}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": TEXT}}),
        ("feishu", {"msg_type": "text", "content": {"text": TEXT}}),
    ],
)
def test_a_robot_is_told_in_its_own_form(room: Open, hook: Hook, form: str, body: dict[str, Any]) -> None:
    """That and nothing more: no field of ours, no signature where there is no secret; the address as it was given."""
    desk = room(form)
    desk.record(occurrence(1))

    assert desk.tell() == 1
    (one,) = hook.accepted
    assert one.told == body
    assert one.headers["content-type"] == "application/json; charset=utf-8"
    assert one.path == "/hooks/ringwatch?access_token=t0ken"
    assert not [name for name in one.headers if name.startswith("webhook-")]


def test_a_dingtalk_robot_with_a_secret_is_asked_with_a_signed_address(room: Open, hook: Hook) -> None:
    """base64(HMAC-SHA256(secret, milliseconds LF secret)), escaped, behind what the address has already."""
    desk = room("dingtalk", secret=SECRET)
    desk.record(occurrence(1))
    desk.tell()

    (one,) = hook.accepted
    assert parse_qs(urlsplit(one.path).query, strict_parsing=True) == {
        "access_token": ["t0ken"],
        "timestamp": ["1767254465000"],
        "sign": ["LDHeohsD3HK8Hrd3KbWK5OpZkWzQChhMxnpL6pJYbmE="],
    }
    assert one.path.endswith("&sign=LDHeohsD3HK8Hrd3KbWK5OpZkWzQChhMxnpL6pJYbmE%3D")
    assert set(one.told) == {"msgtype", "text"}


def test_a_feishu_robot_with_a_secret_finds_the_signature_in_the_body(room: Open, hook: Hook) -> None:
    """base64(HMAC-SHA256(seconds LF secret, nothing)): there the text to sign is the key."""
    desk = room("feishu", secret=SECRET)
    desk.record(occurrence(1))
    desk.tell()

    (one,) = hook.accepted
    assert one.told == {
        "timestamp": "1767254465",
        "sign": "G0HNxv+pzduBd662PBY3z+vMhKCPPXI0niikApS2IAk=",
        "msg_type": "text",
        "content": {"text": TEXT},
    }
    assert one.path == "/hooks/ringwatch?access_token=t0ken"


def test_a_message_that_is_tried_again_is_signed_anew(room: Open, hook: Hook, clock: Clock) -> None:
    """An hour later the first signature would not be taken any more."""
    desk = room("dingtalk", secret=SECRET)
    desk.record(occurrence(1))
    hook.fault = "500"
    desk.tell()
    hook.fault = ""
    clock.go_on(7200)
    assert desk.tell() == 1

    first, again = (parse_qs(urlsplit(one.path).query) for one in hook.taken)
    assert int(again["timestamp"][0]) - int(first["timestamp"][0]) == 7_200_000
    assert first["sign"] != again["sign"]
    assert hook.taken[0].body == hook.taken[1].body


@pytest.mark.parametrize(
    ("form", "answer", "said"),
    [
        ("wecom", b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "the robot refuses it with code 93000"),
        ("wecom", b'{"errcode": 45009, "errmsg": "api freq out of limit"}', "the robot refuses it with code 45009"),
        ("dingtalk", b'{"errcode": 310000, "errmsg": "sign not match"}', "the robot refuses it with code 310000"),
        ("dingtalk", b'{"errcode": 130101, "errmsg": "send too fast"}', "the robot refuses it with code 130101"),
        ("feishu", b'{"code": 19021, "msg": "sign match fail", "data": {}}', "the robot refuses it with code 19021"),
        ("feishu", b'{"code": 11232, "msg": "frequency limited"}', "the robot refuses it with code 11232"),
        *((form, b"<html>log in first</html>", "the answer is not a robot's") for form in FORMS),
        *((form, b"[0]", "the answer is not a robot's") for form in FORMS),
        *((form, b"", "the answer is not a robot's") for form in FORMS),
        *((form, b"{}", "the answer is not a robot's") for form in FORMS),
    ],
)
def test_a_refusal_within_http_200_is_a_failure(
    room: Open, hook: Hook, clock: Clock, form: str, answer: bytes, said: str
) -> None:
    """It is kept, shown with its code, and tried again until the robot takes it."""
    desk = room(form)
    desk.record(occurrence(1))
    yes, hook.answer = hook.answer, answer

    assert desk.tell() == 0
    (state,) = desk.notices.states()
    assert (state.failures, state.waiting, state.problem) == (1, 1, f"127.0.0.1: {said}")
    assert (desk.counted("failed"), desk.counted("sent")) == (1, 0)
    hook.answer = yes
    assert desk.tell() == 0  # not at once
    clock.go_on(6)
    assert desk.tell() == 1
    assert hook.taken[0].body == hook.taken[1].body
    (state,) = desk.notices.states()
    assert (state.failures, state.waiting, state.problem) == (0, 0, "")


def test_a_robot_that_refuses_for_ever_is_given_up_and_can_be_told_again(room: Open, hook: Hook, clock: Clock) -> None:
    """A mistyped secret: the message is a dead letter, and goes out when it is mended."""
    desk = room("feishu", secret=SECRET, give_up_after=timedelta(hours=1))
    desk.record(occurrence(1))
    yes, hook.answer = hook.answer, b'{"code": 19021, "msg": "sign match fail"}'
    for _ in range(6):
        desk.tell()
        clock.go_on(900)
    (dead,) = desk.notices.listed(LetterState.DEAD)
    assert dead.problem == "127.0.0.1: the robot refuses it with code 19021"

    hook.answer = yes
    assert desk.notices.send_again(dead.id) == 1
    assert desk.tell() == 1


def test_a_wecom_robot_is_told_no_more_than_it_takes(room: Open, hook: Hook) -> None:
    """2048 bytes of UTF-8, in which a Chinese letter is three: cut between two letters, and one can see it."""
    desk = room("wecom")
    desk.record(*(occurrence(number, camera_name=f"{number}号卡口" + "东" * 40) for number in range(1, 41)))
    assert desk.tell() == 1

    content = hook.accepted[0].told["text"]["content"]
    assert 1990 < len(content.encode()) <= 2048
    assert content.startswith("【三线视频卡口】40 条")
    assert content.endswith("…")
