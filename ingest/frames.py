"""From one connection's packets to the frames that are analysed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.decoder import Decoder
from ingest.errors import FrameError
from ingest.governor import Governor, Wake
from ingest.hardware import SOFTWARE
from ingest.sampler import FrameSampler
from ingest.stir import Stir

if TYPE_CHECKING:
    from ingest.messages import Frame, Packet, StreamInfo
    from ingest.metrics import CameraMetrics

log = structlog.get_logger()
COMPLAIN_EVERY = timedelta(seconds=1)
# What waits of a sleeping camera: as much as its ring keeps, and a minute of sixty pictures a second and more. Beyond
# that its groups of pictures are too long to sleep through, or its times are wrong.
MOST_BYTES = 24 * 2**20
MOST_PACKETS = 5_000
BLANK_LOOKS = 2  # keyframes in a row that are whole and give no picture: the camera's pictures build up over several


class FrameReader:
    """Decodes what must be decoded and keeps the frames the sampler wants. Damage is counted, and goes no further.

    With a `governor`, a quiet stream is decoded by keyframes alone, while the packets since the last one wait; when it
    wakes, they are decoded first, so that no frame of what woke it is missed. Without one, every packet is decoded.
    """

    def __init__(
        self,
        stream: StreamInfo,
        *,
        governor: Governor | None = None,
        metrics: CameraMetrics | None = None,
        hwaccel: str = SOFTWARE,
    ) -> None:
        self._decoder = Decoder(stream, hwaccel)
        self._device = self._decoder.device
        self._reorders = stream.reorder_depth > 0
        self._sampler = FrameSampler()
        self._stir = Stir()
        self._governor = governor
        self._metrics = metrics
        self._waiting: list[Packet] = []  # of a sleeping camera: the last keyframe that was looked at, and all since
        self._waiting_bytes = 0
        self._damaged = 0  # packets that could not be decoded
        self._blank_looks = 0  # in a row
        self._unsaid = 0
        self._said_at: datetime | None = None
        self._note_device(asked_for=hwaccel != SOFTWARE)

    def frames(self, packet: Packet) -> Iterable[Frame]:
        """The frames to analyse that are complete with `packet`, in the order of display. Take all of them at once."""
        if self._governor is None:
            return self._sampled(self._decoded(packet))
        if self._governor.awake:
            return self._awake(packet, self._governor)
        return self._asleep(packet, self._governor)

    def awaited_s(self, packet: Packet) -> float:
        """How long after `packet` the next one is due that matters; 0 where that is not known.

        Of a sleeping camera the next keyframe that is looked at, else the next frame that is analysed: until it comes,
        nobody asks for those before it.
        """
        is_asleep = self._governor is not None and not self._governor.awake
        awaited_at = self._governor.awaited_at if self._governor and is_asleep else self._analysed_at()
        return 0.0 if awaited_at is None else (awaited_at - packet.captured_at).total_seconds()

    def _analysed_at(self) -> datetime | None:
        """When the next frame that is analysed is captured; None where pictures do not come with their packets."""
        return None if self._reorders else self._sampler.awaited_at

    def end(self) -> Iterator[Frame]:
        """The frames still held back when the stream has ended, and those that a sleeping camera has passed over."""
        if len(self._waiting) > 1:
            waiting, self._waiting = self._waiting, []
            self._decoder.restart()
            for packet in waiting:
                yield from self._sampled(self._decoded(packet))
        yield from self._sampled(self._decoded(None))

    def _awake(self, packet: Packet, governor: Governor) -> Iterator[Frame]:
        if packet.is_keyframe:
            governor.keyframe(packet)
        else:
            governor.watched(packet)
        yield from self._watched(self._decoded(packet), governor)
        if not governor.awake:
            yield from self._watched(self._put_out(packet), governor)
            self._decoder.rest(packet)
            self._wait_from(packet)

    def _asleep(self, packet: Packet, governor: Governor) -> Iterable[Frame]:
        """Nearly always nothing, and that quickly: most packets of a network come here."""
        if packet.is_keyframe:
            governor.keyframe(packet)
            if not self._waiting or governor.is_look_due(packet.captured_at):
                return self._looked_at(packet, governor)
        self._waiting.append(packet)
        self._waiting_bytes += len(packet.payload)
        reason = governor.reason_to_wake(packet)
        if reason is None and (self._waiting_bytes > MOST_BYTES or len(self._waiting) > MOST_PACKETS):
            reason = governor.sleep_no_more()
        return () if reason is None else self._woken(reason, governor)

    def _wait_from(self, keyframe: Packet) -> None:
        """What follows waits behind `keyframe`, which has been shown, should it be decoded again."""
        self._waiting, self._waiting_bytes = [replace(keyframe, is_hidden=True)], len(keyframe.payload)

    def _looked_at(self, keyframe: Packet, governor: Governor) -> Iterator[Frame]:
        """Decode a sleeping camera's keyframe alone; if it shows a change, decode what led to it first."""
        governor.looked_at(keyframe.captured_at)
        pictures = self._looked_into(keyframe)
        reason: Wake | None = None
        if any(self._stir.look(picture.small(), picture.captured_at) for picture in pictures):
            governor.stirred(keyframe.captured_at)
            reason = Wake.PICTURE
        elif self._blank_looks >= BLANK_LOOKS:
            reason = governor.sleep_no_more()
        if reason is not None:
            self._waiting.append(keyframe)
            yield from self._woken(reason, governor)
            return
        yield from self._sampled(pictures)
        if self._metrics and len(self._waiting) > 1:
            self._metrics.skipped.inc(len(self._waiting) - 1)  # those after the keyframe that it began with
        self._wait_from(keyframe)

    def _looked_into(self, keyframe: Packet) -> list[Frame]:
        """The pictures that `keyframe` gives alone. With intra refresh the first comes some packets later."""
        damaged = self._damaged
        pictures = [*self._decoded(keyframe), *self._put_out(keyframe, alone=keyframe)]
        is_blank = not pictures and not keyframe.is_hidden and self._damaged == damaged
        self._blank_looks = self._blank_looks + 1 if is_blank else 0
        return pictures

    def _woken(self, reason: Wake, governor: Governor) -> Iterator[Frame]:
        """Decode everything that has waited."""
        waiting, self._waiting = self._waiting, []
        governor.wake(reason, waiting[-1].captured_at)
        if self._metrics:
            self._metrics.wakes[reason].inc()
        self._decoder.restart()
        for packet in waiting[:-1]:
            for frame in self._watched(self._decoded(packet), governor):
                yield replace(frame, catching_up=True)
        yield from self._watched(self._decoded(waiting[-1]), governor)

    def _put_out(self, keyframe: Packet, alone: Packet | None = None) -> list[Frame]:
        """What the decoder holds back to put B-frames in order: of a keyframe decoded `alone`, itself."""
        return self._decoded(None, keyframe, alone) if self._reorders else []

    def _watched(self, pictures: list[Frame], governor: Governor) -> Iterator[Frame]:
        for frame in self._sampled(pictures):
            if self._stir.look(frame.small(), frame.captured_at):
                governor.stirred(frame.captured_at)
            yield frame

    def _sampled(self, pictures: list[Frame]) -> Iterator[Frame]:
        for frame in pictures:
            if self._sampler.wants(frame):
                if self._metrics:
                    self._metrics.sampled.inc()
                yield frame

    def _decoded(self, packet: Packet | None, cause: Packet | None = None, alone: Packet | None = None) -> list[Frame]:
        """The pictures complete with `packet`; with None those still held back, told of as `cause`'s.

        `alone` is the one whose they all are, if there is but one: its time is theirs, where they have no stamps.
        """
        try:
            pictures = self._decoder.flush(alone) if packet is None else self._decoder.decode(packet)
        except FrameError as error:
            self._damaged += 1
            if self._metrics:
                self._metrics.frame_errors.inc()
            self._complain(error, packet or cause)
            return []
        if self._decoder.device != self._device:
            self._device = self._decoder.device
            self._note_device(asked_for=True)
        if self._metrics:
            self._metrics.frames.inc(len(pictures))
        return pictures

    def _note_device(self, *, asked_for: bool) -> None:
        """Whether hardware decodes, for who watches; and that it does not although it was asked for."""
        if self._metrics is None:
            return
        self._metrics.hardware.set(1 if self._device else 0)
        if asked_for and not self._device:
            self._metrics.hardware_fallbacks.inc()

    def _complain(self, error: FrameError, packet: Packet | None) -> None:
        """One line a second, however many packets are damaged."""
        self._unsaid += 1
        at = packet.captured_at if packet else None
        if at is None or self._said_at is None or at - self._said_at >= COMPLAIN_EVERY:
            log.warning("packets cannot be decoded", packets=self._unsaid, newest=str(error))
            self._said_at = at
            self._unsaid = 0
