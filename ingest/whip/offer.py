"""A vehicle's SDP offer: read, refused in words, and made fit for aiortc; and its trickled candidates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from aiortc import RTCIceCandidate
from aiortc.sdp import H264Profile, SessionDescription, candidate_from_sdp, parse_h264_profile_level_id

from config.errors import RingwatchError
from ingest.whip.pictures import CODECS

MOST_CANDIDATES = 32  # of an offer: each is a place that our node would send packets to
KNOWN_PROFILE = "42e01f"
_KNOWN = frozenset({H264Profile.PROFILE_CONSTRAINED_BASELINE, H264Profile.PROFILE_BASELINE})
_PROFILE = re.compile(r"(profile-level-id=)([0-9A-Fa-f]{6})")
_FMTP = re.compile(r"a=fmtp:(\d+) ")
MALFORMED, UNUSABLE = 400, 422


class OfferError(RingwatchError):
    """The offer cannot be answered; `status` is HTTP's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer that holds video we can take."""

    sdp: str  # as aiortc shall see it
    video: str  # the media section's mid
    username: str = ""  # of the vehicle's ICE session
    profiles: Mapping[str, str] = field(default_factory=dict)  # H.264 profiles of ours that stand for others, by type


def read_offer(text: str) -> Offer:
    """The offer in `text`.

    aiortc takes H.264 of the two baseline profiles alone. What decodes here is FFmpeg, which takes any: so others are
    shown to aiortc as one of those, and named in the answer as they were offered.

    Raises:
        OfferError: it is no SDP, or has no video that can be taken.
    """
    text = _with_numeric_candidates(text)
    described = _parsed(text)
    videos = [media for media in described.media if media.kind == "video"]
    sending = [media for media in videos if media.direction in {"sendonly", "sendrecv"}]
    if not sending:
        raise OfferError(UNUSABLE, "the offer sends no video")
    for media in described.media:
        ice, dtls = media.ice, media.dtls
        if not (ice and ice.usernameFragment and ice.password and dtls and dtls.fingerprints):
            raise OfferError(MALFORMED, "the offer has a media section without ICE or DTLS parameters")
        if not media.rtp.muxId:
            raise OfferError(MALFORMED, "the offer has a media section without a=mid")
    names = {codec.name.upper() for media in sending for codec in media.rtp.codecs}
    if not names & CODECS.keys():
        raise OfferError(UNUSABLE, f"the offer has neither H.264 nor VP8, only {', '.join(sorted(names)) or 'nothing'}")
    sdp, profiles = _with_known_profiles(text)
    ice = sending[0].ice
    username = ice.usernameFragment if ice and ice.usernameFragment else ""
    return Offer(sdp=sdp, video=sending[0].rtp.muxId, username=username, profiles=profiles)


def named_as_offered(answer: str, offer: Offer) -> str:
    """`answer` with the H.264 profiles that the vehicle has offered."""

    def line(text: str) -> str:
        found = _FMTP.match(text)
        profile = offer.profiles.get(found[1]) if found else None
        return _PROFILE.sub(rf"\g<1>{profile}", text) if profile else text

    return "".join(map(line, answer.splitlines(keepends=True)))


def payload_types(answer: str, video: str) -> dict[int, str]:
    """FFmpeg's name of each codec that was agreed on, by RTP payload type."""
    media = next(one for one in SessionDescription.parse(answer).media if one.rtp.muxId == video)
    return {
        codec.payloadType: CODECS[codec.name.upper()]
        for codec in media.rtp.codecs
        if codec.payloadType is not None and codec.name.upper() in CODECS
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trickled:
    """More candidates of a vehicle."""

    candidates: tuple[RTCIceCandidate, ...]
    username: str  # of the ICE session they are of; "" when it is not said
    ended: bool


def read_fragment(text: str) -> Trickled:
    """The candidates in a trickle-ICE fragment (RFC 8840).

    Raises:
        OfferError: it is none.
    """
    candidates: list[RTCIceCandidate] = []
    mid, username, ended = "", "", False
    for line in text.splitlines():
        name, _, value = line.strip().partition(":")
        if name == "a=mid":
            mid = value
        elif name == "a=ice-ufrag":
            username = value
        elif name == "a=end-of-candidates":
            ended = True
        elif name == "a=candidate" and _is_numeric(line):
            candidates.append(_candidate(value, mid))
    return Trickled(candidates=tuple(candidates[:MOST_CANDIDATES]), username=username, ended=ended)


def _candidate(value: str, mid: str) -> RTCIceCandidate:
    try:
        candidate = candidate_from_sdp(value)
    except (ValueError, AssertionError, IndexError):
        raise OfferError(MALFORMED, "a candidate cannot be read") from None
    candidate.sdpMid = mid
    return candidate


def _parsed(text: str) -> SessionDescription:
    try:
        return SessionDescription.parse(text)
    except Exception:  # noqa: BLE001 - aiortc's parser meets garbage with whatever Python raises then
        raise OfferError(MALFORMED, "the offer is not SDP that can be read") from None


def _with_numeric_candidates(text: str) -> str:
    """`text` without candidates that are names: they would be looked up. Who sends them is found by his packets."""
    kept: list[str] = []
    left = MOST_CANDIDATES
    for line in text.splitlines():
        if line.startswith("a=candidate:"):
            left -= 1
            if left < 0 or not _is_numeric(line):
                continue
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _is_numeric(line: str) -> bool:
    fields = line.split()
    try:
        return len(fields) > 5 and fields[2].lower() == "udp" and bool(ip_address(fields[4]))
    except ValueError:
        return False


def _with_known_profiles(text: str) -> tuple[str, dict[str, str]]:
    profiles: dict[str, str] = {}

    def line(given: str) -> str:
        found, profile = _FMTP.match(given), _PROFILE.search(given)
        if not found or not profile or "packetization-mode=1" not in given or _is_known(profile[2]):
            return given
        profiles[found[1]] = profile[2]
        return _PROFILE.sub(rf"\g<1>{KNOWN_PROFILE}", given)

    return "".join(map(line, text.splitlines(keepends=True))), profiles


def _is_known(profile: str) -> bool:
    try:
        return parse_h264_profile_level_id(profile)[0] in _KNOWN
    except ValueError:
        return False
