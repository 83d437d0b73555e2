from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.nal import START, carries_parameter_sets, parameter_sets, start_coded
from tests.storage.footage import ANNEX_B, AVCC, FilmKind, film

SPS, PPS, SLICE = b"\x67\x64\x00\x0b", b"\x68\xee", b"\x65\x88\x84"
AVC_CONFIGURATION = b"\x01\x64\x00\x0b\xff\xe1" + b"\x00\x04" + SPS + b"\x01" + b"\x00\x02" + PPS


def test_the_sets_of_an_mp4_come_out_behind_start_codes() -> None:
    """avcC: one SPS, one PPS, four bytes of length before each unit."""
    sets = parameter_sets("h264", AVC_CONFIGURATION)

    assert sets.start_coded == START + SPS + START + PPS
    assert sets.length_size == 4


def test_the_sets_of_an_rtsp_stream_are_taken_as_they_are() -> None:
    """FFmpeg hands the SDP's sets on with start codes."""
    sets = parameter_sets("h264", START + SPS + START + PPS)

    assert sets.start_coded == START + SPS + START + PPS
    assert sets.length_size is None


def test_a_stream_that_announces_nothing_has_no_sets() -> None:
    """They are looked for in its first keyframe then."""
    assert parameter_sets("h264", None).start_coded == b""
    assert parameter_sets("h264", b"").length_size is None


@pytest.mark.parametrize("length", range(6, len(AVC_CONFIGURATION)))
def test_a_configuration_that_breaks_off_is_refused(length: int) -> None:
    """No cut of it may pass for a shorter one."""
    with pytest.raises(ValueError, match="bytes are announced"):
        parameter_sets("h264", AVC_CONFIGURATION[:length])


def test_a_real_hevc_configuration_yields_its_three_sets() -> None:
    """hvcC as an encoder and FFmpeg's muxer write it: VPS, SPS, PPS."""
    sets = parameter_sets("hevc", film(1, FilmKind(codec="hevc"))[0].stream.extradata)

    kinds = [unit[0] >> 1 & 0x3F for unit in sets.start_coded.split(START)[1:]]
    assert kinds[:3] == [32, 33, 34]
    assert sets.length_size == 4
    assert carries_parameter_sets("hevc", sets.start_coded)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.sampled_from([2, 4]))
def test_length_prefixed_units_come_out_behind_start_codes(units: list[bytes], length_size: int) -> None:
    """Whatever the units are, none is lost, changed or reordered."""
    payload = b"".join(len(unit).to_bytes(length_size) + unit for unit in units)

    assert start_coded(payload, length_size) == b"".join(START + unit for unit in units)


def test_a_unit_that_is_longer_than_its_packet_is_refused() -> None:
    """A damaged packet must not be written as if it were whole."""
    with pytest.raises(ValueError, match="9 bytes are announced at 4, but only 3 follow"):
        start_coded(b"\x00\x00\x00\x09abc", 4)


def test_a_start_coded_packet_is_left_alone() -> None:
    """RTSP's packets are in that form already."""
    assert start_coded(START + SLICE, None) == START + SLICE


def test_sets_within_a_packet_are_noticed() -> None:
    """Cameras repeat their sets before keyframes; some never announce them elsewhere."""
    assert carries_parameter_sets("h264", START + SPS + START + PPS + START + SLICE)
    assert not carries_parameter_sets("h264", START + SLICE)
    assert not carries_parameter_sets("h264", START)
    assert not carries_parameter_sets("mpeg4", START + SPS)


def test_encoders_differ_in_where_they_put_the_sets() -> None:
    """The two films below are the two worlds the muxer must serve."""
    file, live = film(1, AVCC)[0], film(1, ANNEX_B)[0]

    assert parameter_sets("h264", file.stream.extradata).length_size == 4
    assert not carries_parameter_sets("h264", start_coded(file.payload, 4))
    assert parameter_sets("h264", live.stream.extradata).length_size is None
    assert carries_parameter_sets("h264", live.payload)
