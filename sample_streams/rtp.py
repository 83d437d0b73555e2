"""RTP and RTCP packets of one viewer's stream. Source: RFC 3550, sections 5.1 and 6.4.1."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Sequence

PAYLOAD_TYPE = 96  # the first dynamic one; SDP says that it is H.264
VERSION = 2 << 6
MARKER = 1 << 7
SENDER_REPORT = 200
NTP_EPOCH_S = 2_208_988_800  # from 1900, where NTP counts from, to 1970
_HEADER = struct.Struct("!BBHII")
_REPORT = struct.Struct("!BBHIIIIII")


class RtpStream:
    """Numbers and stamps the packets of one viewer; everything starts at random, as the protocol asks."""

    def __init__(self) -> None:
        self.ssrc = secrets.randbits(32)
        self.sequence = secrets.randbits(16)  # of the next packet
        self._base = secrets.randbits(32)
        self._packets = self._octets = 0

    def timestamp(self, ticks: int) -> int:
        """The RTP timestamp of the picture shown at `ticks`."""
        return (self._base + ticks) & 0xFFFFFFFF

    def packets(self, payloads: Sequence[bytes], ticks: int) -> list[bytes]:
        """One picture's packets; the last carries the marker."""
        stamp = self.timestamp(ticks)
        made = [self._packet(payload, stamp) for payload in payloads[:-1]]
        return [*made, self._packet(payloads[-1], stamp, MARKER)]

    def sender_report(self, utc_s: float, ticks: int) -> bytes:
        """Says which wall-clock time (seconds since 1970) the picture shown at `ticks` belongs to."""
        seconds, fraction = divmod(utc_s + NTP_EPOCH_S, 1)
        return _REPORT.pack(
            VERSION,
            SENDER_REPORT,
            _REPORT.size // 4 - 1,
            self.ssrc,
            int(seconds) & 0xFFFFFFFF,
            int(fraction * (1 << 32)),
            self.timestamp(ticks),
            self._packets & 0xFFFFFFFF,
            self._octets & 0xFFFFFFFF,
        )

    def _packet(self, payload: bytes, stamp: int, marker: int = 0) -> bytes:
        header = _HEADER.pack(VERSION, marker | PAYLOAD_TYPE, self.sequence, stamp, self.ssrc)
        self.sequence = (self.sequence + 1) & 0xFFFF
        self._packets += 1
        self._octets += len(payload)
        return header + payload
