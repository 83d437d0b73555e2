"""Hardware decoding is used where it is, and costs nothing where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from av.codec.hwaccel import hwdevices_available
from prometheus_client import CollectorRegistry

from ingest import decoder
from ingest.errors import FrameError
from ingest.frames import FrameReader
from ingest.hardware import open_codec
from ingest.metrics import IngestMetrics
from tests.ingest.clips import packets_of

NOWHERE = "amf"  # no machine that runs these tests has an AMD encoder's runtime


class BrokenDevice:
    """Opens as hardware does, then fails on every packet, as when a driver is updated under it."""

    def decode(self, _packet: object) -> list[Any]:
        raise av.FFmpegError(5, "the device is gone")

    def flush_buffers(self) -> None: ...


def counted(registry: CollectorRegistry, name: str) -> float | None:
    return registry.get_sample_value(f"ringwatch_ingest_{name}", {"camera": "gate", "stream": "analysis"})


def test_nothing_is_tried_unless_it_is_asked_for() -> None:
    """The processor decodes by default."""
    assert open_codec("h264", "none")[1] == ""


def test_a_machine_without_the_device_decodes_all_the_same(clip: Path) -> None:
    """Every picture comes, and a metric says that hardware was asked for in vain."""
    packets = packets_of(clip)
    registry = CollectorRegistry()
    reader = FrameReader(packets[0].stream, metrics=IngestMetrics(registry).of("gate"), hwaccel=NOWHERE)

    frames = [frame for packet in packets for frame in reader.frames(packet)]

    assert len(frames) > 10
    assert counted(registry, "hardware_decoding") == 0
    assert counted(registry, "hardware_fallbacks_total") == 1


def test_auto_takes_the_first_device_that_opens_or_none() -> None:
    """Whatever the machine has, a decoder comes of it."""
    codec, device = open_codec("h264", "auto")

    assert device in {"", *hwdevices_available()}
    assert codec.name == "h264"


def test_a_device_that_breaks_is_given_up(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three failures in a row the processor goes on with the next keyframe."""
    real = open_codec
    monkeypatch.setattr(
        decoder,
        "open_codec",
        lambda codec, wanted: (BrokenDevice(), "cuda") if wanted == "cuda" else real(codec, wanted),
    )
    packets = packets_of(clip)
    keyframe = next(packet for packet in packets if packet.is_keyframe)
    whole = decoder.Decoder(packets[0].stream, "cuda")

    for _ in range(decoder.GIVE_UP_AFTER):
        assert whole.device == "cuda"
        with pytest.raises(FrameError):
            whole.decode(keyframe)

    assert whole.device == ""
    assert len([frame for packet in packets for frame in whole.decode(packet)] + whole.flush()) == len(packets)
