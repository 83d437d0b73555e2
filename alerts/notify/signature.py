"""The signature of a message, by which whoever gets it knows that it is ours and new.

Source: Standard Webhooks 1.0 (headers webhook-id, webhook-timestamp, webhook-signature).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"  # behind it stands the key in base64
TOLERANCE = timedelta(minutes=5)


def signed(letter_id: str, body: bytes, secret: str | None, now: datetime) -> dict[str, str]:
    """The headers that go with `body`. Without a secret there is no signature; the id is the same at every try."""
    timestamp = str(int(now.timestamp()))
    headers = {"webhook-id": letter_id, "webhook-timestamp": timestamp}
    if secret is not None:
        headers["webhook-signature"] = f"v1,{_digest(letter_id, timestamp, body, secret)}"
    return headers


def is_ours(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Whether `body` was signed with `secret` within the last five minutes. `headers` by small letters."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    right = f"v1,{_digest(headers.get('webhook-id', ''), timestamp, body, secret)}"
    return any(hmac.compare_digest(right, one) for one in headers.get("webhook-signature", "").split(" "))


def _digest(letter_id: str, timestamp: str, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else secret.encode()
    content = f"{letter_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
