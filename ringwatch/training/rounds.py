"""What a round is."""

from __future__ import annotations

ROUND = 2048  # pictures between two checkpoints: a kill loses at most the round it falls in
