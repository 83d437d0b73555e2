"""What comes of one frame on its way through a camera's analysis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detect.detector import Picture
from detect.motion import STILL, Motion

if TYPE_CHECKING:
    from detect.complaints import Complaints
    from detect.messages import Detections, Event, Scene
    from ingest.messages import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What one frame brought."""

    scene: Scene | None  # None when the frame was not worth a look
    events: tuple[Event, ...] = ()
    failed: bool = False  # by a mistake of ours: nothing is known of the frame
    inferred: bool = False  # the detector was asked; a look at an unchanged picture goes on with its last answer
    unanswered: bool = False  # it failed when it was last asked, now or before: how things stand is not known
    cpu_s: dict[str, float] = field(default_factory=dict)  # CPU seconds by stage


FAILED = Analysis(scene=None, failed=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Begun:
    """A frame between its first look and the detector's answer."""

    frame: Frame
    complaints: Complaints  # where a detector that fails on it is told
    late: bool = False  # something later was judged already: it is passed over
    motion: Motion = STILL
    due: bool = False  # it is worth a look
    spared: bool = False  # it would be, but others wait, and the camera was looked at a moment ago
    held: Detections | None = None  # what the detector said of this very picture
    cpu_s: dict[str, float] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether the detector must be asked."""
        return self.due and self.held is None

    def picture(self) -> Picture:
        """What it is to be asked about."""
        return Picture(image=self.frame.bgr(), moving=self.motion.stirring)
