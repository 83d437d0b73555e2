from __future__ import annotations

import struct

from aiortc.rtp import RtcpSrPacket, RtpPacket

from sample_streams.rtp import RtpStream


def test_a_picture_is_one_timestamp_and_ends_with_the_marker() -> None:
    """As a third party reads the packets."""
    stream = RtpStream()

    packets = [RtpPacket.parse(packet) for packet in stream.packets([b"one", b"two", b"three"], 3600)]

    assert [packet.payload for packet in packets] == [b"one", b"two", b"three"]
    assert [packet.marker for packet in packets] == [0, 0, 1]
    assert len({packet.timestamp for packet in packets}) == 1
    assert {packet.ssrc for packet in packets} == {stream.ssrc}


def test_numbers_go_on_over_the_end_of_their_range() -> None:
    """Sixteen bits of sequence, thirty-two of time: both wrap, none jumps."""
    stream = RtpStream()
    stream.sequence = 0xFFFF
    near_the_end = (1 << 32) - stream.timestamp(0)

    first, second = (RtpPacket.parse(stream.packets([b"x"], near_the_end + ticks)[0]) for ticks in (-1, 1))

    assert (first.sequence_number, second.sequence_number) == (0xFFFF, 0)
    assert (second.timestamp - first.timestamp) % (1 << 32) == 2
    assert second.timestamp < first.timestamp


def test_a_sender_report_ties_media_time_to_the_wall_clock() -> None:
    """Half a second past 1970-01-01T00:00:10Z, after two packets of five bytes in all."""
    stream = RtpStream()
    stream.packets([b"abc", b"de"], 90_000)

    report = stream.sender_report(10.5, 180_000)

    version, kind, words = struct.unpack("!BBH", report[:4])
    sender = RtcpSrPacket.parse(report[4:], version & 0x1F).sender_info
    assert (version >> 6, kind, (words + 1) * 4) == (2, 200, len(report))
    assert sender.ntp_timestamp / (1 << 32) == 2_208_988_810.5
    assert sender.rtp_timestamp == stream.timestamp(180_000)
    assert (sender.packet_count, sender.octet_count) == (2, 5)
