"""A worker: a shard of cameras and one detector, in one process. Frames never leave it.

Threads: one a camera (packets in), the main thread (analysis), the outbox's sender, evidence's writer, the report.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import cv2
import structlog
from prometheus_client import REGISTRY

from alerts.metrics import AlertMetrics
from alerts.occurrences import Occurrences
from alerts.outbox import Outbox
from alerts.queue import AlertQueue
from alerts.sender import OutboxSender
from detect.metrics import DetectMetrics
from detect.models import load_detector
from detect.pipeline import CameraAnalysis
from ingest.metrics import IngestMetrics
from ingest.ring import PacketRing
from ingest.slot import LatestFrames
from ingest.sources import open_source
from ingest.supervisor import CameraSupervisor
from ringwatch.board import Board, Report
from ringwatch.layout import Layout
from ringwatch.periodic import Periodic
from ringwatch.raiser import Raiser
from ringwatch.wiring import CameraWire
from storage.evidence import EvidenceStore

if TYPE_CHECKING:
    from config.model import Camera
    from detect.detector import Detector
    from ringwatch.job import Job

log = structlog.get_logger()
