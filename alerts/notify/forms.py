"""What goes over the wire to each kind of channel, and what its answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from alerts.notify.signature import signed
from alerts.notify.words import say
from alerts.notify.writing import Written

if TYPE_CHECKING:
    from alerts.notify.messages import Letter, Telling
    from alerts.notify.writing import Writer
    from config.notify import Channel

VERSION = 1
WECOM_BYTES = 2000  # Source: WeCom's group robots take 2048 bytes of text
Fields = dict[str, Any]


def body_of(
    letter_id: str, channel: Channel, tellings: Sequence[Telling], written: Written, writer: Writer, now: datetime
) -> str:
    """The body of a letter, as it is kept and sent."""
    about = {"count": len(tellings), "notices": [_notice(telling, writer, now) for telling in tellings]}
    return _in_form(letter_id, channel, written, about, now)


def trial_body(channel: Channel, network: str, now: datetime) -> tuple[str, str]:
    """The id and the body of a message that tries a channel out."""
    letter_id = f"msg_{uuid.uuid4().hex}"
    written = Written(title=f"【{network}】{say(channel.language, 'test')}", lines=())
    return letter_id, _in_form(letter_id, channel, written, {"count": 0, "notices": [], "test": True}, now)


def _in_form(letter_id: str, channel: Channel, written: Written, about: Fields, now: datetime) -> str:
    if channel.form == "ringwatch":
        fields: Fields = {
            "v": VERSION,
            "id": letter_id,
            "channel": channel.name,
            "at": now.isoformat(),
            "language": channel.language,
            "title": written.title,
            "text": written.text,
            **about,
        }
    elif channel.form == "feishu":
        fields = {"msg_type": "text", "content": {"text": written.text}}
    else:
        text = _cut(written.text, WECOM_BYTES) if channel.form == "wecom" else written.text
        fields = {"msgtype": "text", "text": {"content": text}}
    return json.dumps(fields, ensure_ascii=False)


def _notice(telling: Telling, writer: Writer, now: datetime) -> Fields:
    notice, subject = telling.notice, telling.subject
    fields: Fields = {"kind": notice.kind.value, "at": notice.at.isoformat()}
    if subject is None:
        return fields | {"detail": dict(notice.detail)}
    return fields | {
        "level": notice.level,
        "tell": list(writer.tell_whom(telling, now)),
        "responsible": [list(rung.responsible) for rung in writer.chain_of(telling)],
        "cameras": list(telling.cameras),
        "alert": {
            "id": subject.id,
            "rule": subject.rule,
            "severity": subject.severity.value,
            "ring": subject.ring.value,
            "camera": subject.camera,
            "camera_name": subject.camera_name,
            "cell": subject.cell,
            "zone": subject.zone,
            "condition": subject.condition.value,
            "handling": subject.handling.value,
            "handler": subject.handler,
            "raised_at": subject.raised_at.isoformat(),
            "cleared_at": subject.cleared_at.isoformat() if subject.cleared_at else None,
            "late": subject.late,
        },
    }


def _cut(text: str, most: int) -> str:
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def request_of(letter: Letter, channel: Channel, now: datetime) -> tuple[str, dict[str, str], bytes]:
    """The URL, the headers and the body of one try. The body is the letter's; only what proves its sender is new."""
    body, url = letter.body.encode(), channel.url
    headers = {"content-type": "application/json; charset=utf-8"}
    if channel.form == "ringwatch":
        headers |= signed(letter.id, body, channel.secret, now)
    elif channel.form == "dingtalk" and channel.secret is not None:
        url = _with_query(url, _dingtalk_query(channel.secret, now))
    elif channel.form == "feishu" and channel.secret is not None:
        timestamp = str(int(now.timestamp()))
        proof = {"timestamp": timestamp, "sign": _hmac64(f"{timestamp}\n{channel.secret}", "")}
        body = json.dumps(proof | json.loads(letter.body), ensure_ascii=False).encode()
    return url, headers, body


def _dingtalk_query(secret: str, now: datetime) -> str:
    """Source: DingTalk's custom robots sign milliseconds and secret with the secret."""
    timestamp = str(int(now.timestamp() * 1000))
    proof = _hmac64(secret, f"{timestamp}\n{secret}")
    return f"timestamp={timestamp}&sign={quote(proof, safe='')}"


def _hmac64(key: str, content: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), content.encode(), hashlib.sha256).digest()).decode()


def _with_query(url: str, query: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def complaint(channel: Channel, answer: bytes) -> str:
    """Why a 200 means no after all, for robots that say so in the body; "" when it means yes."""
    if channel.form == "ringwatch":
        return ""
    try:
        told = json.loads(answer)
    except ValueError:
        return "the answer is not a robot's"
    code = _code(told) if isinstance(told, Mapping) else None
    if code is None:
        return "the answer is not a robot's"
    return "" if code == 0 else f"the robot refuses it with code {str(code)[:20]}"


def _code(told: Mapping[str, Any]) -> Any:
    """0 is yes. WeCom and DingTalk say `errcode`, Feishu `code`, and in its first form `StatusCode`."""
    return next((told[name] for name in ("errcode", "code", "StatusCode") if name in told), None)
