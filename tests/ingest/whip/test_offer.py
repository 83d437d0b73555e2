"""SDP offers: what is refused, in which words, and what aiortc is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.whip.offer import OfferError, named_as_offered, read_fragment, read_offer

HEAD = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0 1
a=fingerprint:sha-256 AA:BB
a=setup:actpass
a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
"""
AUDIO = """m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtpmap:111 opus/48000/2
"""
VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=sendonly
a=rtcp-mux
a=rtpmap:96 H264/90000
a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
"""
HIGH = VIDEO.replace("42e01f", "640c1f")


def sdp(*parts: str) -> str:
    return "".join(parts).replace("\n", "\r\n")


def test_video_is_found_behind_sound() -> None:
    offer = read_offer(sdp(HEAD, AUDIO, VIDEO))

    assert (offer.video, offer.username, dict(offer.profiles)) == ("1", "abcd", {})


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("hello", 422, "the offer sends no video"),
        ("v=zero\r\n", 400, "the offer is not SDP that can be read"),
        (sdp(HEAD), 422, "the offer sends no video"),
        (sdp(HEAD, AUDIO), 422, "the offer sends no video"),
        (sdp(HEAD, VIDEO.replace("sendonly", "recvonly")), 422, "the offer sends no video"),
        (sdp(HEAD, VIDEO.replace("H264", "H265")), 422, "the offer has neither H.264 nor VP8, only H265"),
        (
            sdp(HEAD.replace("a=ice-ufrag:abcd\n", ""), VIDEO),
            400,
            "the offer has a media section without ICE or DTLS parameters",
        ),
        (
            sdp(HEAD.replace("a=fingerprint:sha-256 AA:BB\n", ""), VIDEO),
            400,
            "the offer has a media section without ICE or DTLS parameters",
        ),
        (sdp(HEAD, VIDEO.replace("a=mid:1\n", "")), 400, "the offer has a media section without a=mid"),
    ],
    ids=["no SDP", "a broken version", "no media", "sound alone", "a viewer", "H.265", "no ICE", "no DTLS", "no mid"],
)
def test_what_cannot_be_answered_is_refused(text: str, status: int, reason: str) -> None:
    with pytest.raises(OfferError) as raised:
        read_offer(text)

    assert (raised.value.status, str(raised.value)) == (status, reason)


@given(st.text(max_size=200) | st.lists(st.sampled_from((HEAD + AUDIO + VIDEO).splitlines())).map("\r\n".join))
def test_garbage_is_refused_and_nothing_else_happens(text: str) -> None:
    """Whatever is sent, an offer or a refusal comes of it."""
    try:
        read_offer(text)
    except OfferError as error:
        assert error.status in {400, 422}


def test_any_profile_of_h264_is_taken_and_named_in_the_answer() -> None:
    """Our decoder takes them all; aiortc, which will not decode, is shown one that it knows."""
    offer = read_offer(sdp(HEAD, HIGH))

    assert "profile-level-id=42e01f" in offer.sdp
    assert dict(offer.profiles) == {"96": "640c1f"}
    assert "profile-level-id=640c1f" in named_as_offered("a=fmtp:96 profile-level-id=42e01f\r\n", offer)
    assert "profile-level-id=42e01f" in named_as_offered("a=fmtp:97 profile-level-id=42e01f\r\n", offer)


def test_names_are_not_looked_up() -> None:
    """Browsers hide their addresses behind names of their own network; we would ask that network for them."""
    named = "a=candidate:1 1 udp 2113937151 2b3c.local 50000 typ host\n"
    plain = "a=candidate:2 1 udp 2113937151 192.0.2.7 50000 typ host\n"
    over_tcp = "a=candidate:3 1 tcp 2113937151 192.0.2.7 9 typ host tcptype active\n"

    offer = read_offer(sdp(HEAD, VIDEO, named, plain, over_tcp))

    assert ".local" not in offer.sdp
    assert " tcp " not in offer.sdp
    assert "192.0.2.7 50000" in offer.sdp


def test_an_offer_does_not_make_us_knock_on_hundreds_of_doors() -> None:
    many = "".join(f"a=candidate:{n} 1 udp 1 192.0.2.{n} 50000 typ host\n" for n in range(1, 200))

    assert read_offer(sdp(HEAD, VIDEO, many)).sdp.count("a=candidate") == 32


def test_a_fragment_brings_more_candidates() -> None:
    fragment = read_fragment(
        "a=ice-ufrag:abcd\r\na=mid:1\r\na=candidate:2 1 udp 2113937151 192.0.2.7 50000 typ host\r\n"
        "a=candidate:3 1 udp 2113937151 2b3c.local 50000 typ host\r\na=end-of-candidates\r\n"
    )

    assert [(one.ip, one.port, one.sdpMid) for one in fragment.candidates] == [("192.0.2.7", 50000, "1")]
    assert (fragment.username, fragment.ended) == ("abcd", True)


def test_a_candidate_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(OfferError, match="a candidate cannot be read"):
        read_fragment("a=candidate:2 one udp much 192.0.2.7 high typ host\r\n")
