"""Memory that is free in this process, given back to the machine.

glibc keeps what is freed between two things that are not, and fifty cameras free at any time: it would grow for hours.
Source: malloc_trim(3).
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def give_back() -> bool:
    """Give free pages back; False where nothing was free, or the C library has no way to do it."""
    trim = _trim()
    return trim is not None and bool(trim(0))


@cache
def _trim() -> Callable[[int], int] | None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl, for one, has none
    if trim is not None:
        trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    return trim
