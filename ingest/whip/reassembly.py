"""RTP packets of one video stream into whole encoded pictures, in order. What does not come in time is given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WAIT_S = 0.5  # for a packet that is missing: two round trips of a poor mobile network, for it is asked for again
MOST = 4096  # packets held behind a gap, and of one picture
FAR = 16_384  # a step ahead that no loss explains: another stream
HALF = 1 << 15  # of the sequence numbers' circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One RTP packet, its payload stripped of what the payload format adds."""

    sequence: int  # 16 bits, wraps
    timestamp: int  # 32 bits, wraps
    is_last: bool  # the marker: the picture ends with it
    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One whole picture."""

    timestamp: int
    payload_type: int
    payload: bytes
    after_loss: bool  # pictures before it are missing


class Reassembly:
    """Puts packets back into order. Used by one thread; time is the caller's, in seconds.

    A picture is whole with its marker, or when the next one begins. A packet that is missing for `WAIT_S` is given up,
    with its picture and the one that lies on both sides of the gap. Each gap waits from the first packet that came
    from behind it, while others are waited for as well: losses do not add up.
    """

    def __init__(self) -> None:
        self.lost = 0  # packets given up
        self._held: dict[int, tuple[Part, float]] = {}  # with when it came, in that order; by number beyond 16 bits
        self._next: int | None = None
        self._newest = 0
        self._picture: list[Part] = []
        self._torn: int | None = None  # the timestamp of a picture whose beginning is missing: left out to its marker
        self._after_loss = False

    def add(self, part: Part, now_s: float) -> Iterator[Whole]:
        """Take one packet; the pictures that are whole with it."""
        number = self._counted_on(part.sequence)
        if self._next is None or not -MOST <= number - self._next <= FAR:
            self._begin_at(number)
        if self._next is not None and number >= self._next:  # else it comes too late, or twice
            self._held.setdefault(number, (part, now_s))
        yield from self._joined()
        while self._gives_up(now_s):
            self._skip()
            yield from self._joined()

    def _counted_on(self, sequence: int) -> int:
        """`sequence` on a line instead of a circle.

        Source: RFC 3550, appendix A.1.
        """
        ahead = (sequence - self._newest + HALF) % (2 * HALF) - HALF
        number = self._newest + ahead
        self._newest = max(self._newest, number) if self._next is not None else number
        return number

    def _begin_at(self, number: int) -> None:
        """The first packet, or one so far from the last that it belongs to another stream."""
        self._after_loss = self._after_loss or self._next is not None
        self._next, self._newest = number, number
        self._held.clear()
        self._picture, self._torn = [], None

    def _joined(self) -> Iterator[Whole]:
        assert self._next is not None  # noqa: S101 - set by the first packet
        while (held := self._held.pop(self._next, None)) is not None:
            part = held[0]
            self._next += 1
            if self._picture and self._picture[0].timestamp != part.timestamp:
                yield from self._ended()
            if part.timestamp == self._torn:
                self._torn = None if part.is_last else self._torn
                continue
            self._torn = None
            self._picture.append(part)
            if part.is_last:
                yield from self._ended()
            elif len(self._picture) >= MOST:
                self._tear(part.timestamp)

    def _ended(self) -> Iterator[Whole]:
        picture, self._picture = self._picture, []
        payload = b"".join(part.payload for part in picture)
        if not payload:
            return  # padding
        first, after_loss, self._after_loss = picture[0], self._after_loss, False
        yield Whole(timestamp=first.timestamp, payload_type=first.payload_type, payload=payload, after_loss=after_loss)

    def _gives_up(self, now_s: float) -> bool:
        if not self._held:
            return False
        _, since_s = next(iter(self._held.values()))  # all lie behind the gap: it has been seen since the oldest came
        return now_s - since_s >= WAIT_S or len(self._held) > MOST

    def _skip(self) -> None:
        """Go on behind the gap, with the first picture that is known to be whole from its beginning."""
        assert self._next is not None  # noqa: S101 - set by the first packet
        resumed = min(self._held)
        self.lost += resumed - self._next
        self._next = resumed
        self._tear(self._held[resumed][0].timestamp)

    def _tear(self, timestamp: int) -> None:
        """Leave out what has come, and will come, of the picture with this timestamp."""
        self._picture, self._torn, self._after_loss = [], timestamp, True
