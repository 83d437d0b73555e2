"""The sample clips as a labelled set, for `ringwatch evaluate`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from config.model import Intrusion
from sample_streams.catalogue import Catalogue
from sample_streams.truth import POST_ABSENT, Span

if TYPE_CHECKING:
    from config.model import Camera, Network
    from sample_streams.catalogue import SampleClip

DEMO_CONFIG = Path(__file__).parent / "demo" / "network.yaml"
TOLERANCE = timedelta(seconds=3)


def write_set(catalogue: Catalogue, network: Network, config: Path, folder: Path) -> Path:
    """Write `samples.yaml` to `folder`: what each camera of `network` should raise on the clip it names.

    `config` is the file that `network` was read from. A camera that names no clip is left out.
    """
    clips = {clip.name: clip for clip in catalogue.clips()}
    entries = [_entry(camera, clips[camera.sample], config) for camera in network.cameras if camera.sample in clips]
    path = folder / "samples.yaml"
    path.write_text("clips:\n" + "".join(f"  - {json.dumps(entry, ensure_ascii=False)}\n" for entry in entries))
    return path


def _entry(camera: Camera, clip: SampleClip, config: Path) -> dict[str, object]:
    """One clip of the set; JSON is YAML too."""
    due = [(span, after) for span in clip.truth if (after := _own_time(camera, span)) is not None]
    return {
        "file": str(clip.path.resolve()),
        "config": str(config.resolve()),
        "camera": camera.id,
        "events": [
            {
                "rule": span.rule,
                "zone": span.zone,
                "from": round(span.from_s + after.total_seconds(), 3),
                "to": span.to_s,
                "tolerance": f"{TOLERANCE.total_seconds():g}s",
            }
            for span, after in due
            if span.from_s + after.total_seconds() < span.to_s
        ],
    }


def _own_time(camera: Camera, span: Span) -> timedelta | None:
    """How long the cause must hold before the camera's rule raises; None where the camera has no such rule."""
    if span.rule == POST_ABSENT:
        return next((post.absent_after for post in camera.posts if post.zone == span.zone), None)
    return next((rule.dwell for rule in camera.rules if isinstance(rule, Intrusion) and rule.zone == span.zone), None)
