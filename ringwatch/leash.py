"""`python -m ringwatch.leash PARENT COMMAND…`: become COMMAND, and be ended by the kernel when PARENT dies."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # Source: prctl(2)


def main() -> None:
    """Ask for SIGTERM at the parent's death, then exec; the setting survives the exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(0)  # the parent died before the kernel was asked
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command is the parent's own list


if __name__ == "__main__":
    main()
