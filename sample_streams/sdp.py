"""What DESCRIBE answers: the session description of one mount. Source: RFC 4566, and RFC 6184 section 8.1."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from sample_streams.mount import TRACK
from sample_streams.rtp import PAYLOAD_TYPE

if TYPE_CHECKING:
    from sample_streams.media import Media

CONTENT_TYPE = "application/sdp"


def describe(media: Media) -> bytes:
    """One video track, with the parameter sets a decoder needs before its first packet."""
    sets = ",".join(b64encode(nal).decode() for nal in (media.sps, media.pps))
    profile = media.sps[1:4].hex().upper()
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=ringwatch sample",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=range:npt=now-",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/90000",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}",
        f"a=control:{TRACK}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode()
