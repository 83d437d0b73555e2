"""Whether the disk that alerts are kept on has room: said before one of them cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

LEAST_MIB = 16


def shortage(folder: Path) -> str:
    """What to say of the disk under `folder`; "" while more than `LEAST_MIB` are left."""
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        return f"the disk under {folder.name} cannot be looked at: {error.strerror}"
    left_mib = disk.f_bavail * disk.f_frsize // 2**20
    return "" if left_mib > LEAST_MIB else f"the disk under {folder.name} is full: {left_mib} MiB are left"
