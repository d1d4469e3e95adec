"""How the C library of a worker keeps memory between pictures. Touches nothing but this process."""

import ctypes
import logging
import sys

_LOG = logging.getLogger(__name__)
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt in glibc
_BUFFER = 32 << 20  # bytes: the largest that glibc takes; a picture in float32 is smaller
_KEPT = 256 << 20  # bytes at the end of the heap that stay with the process


def keep_buffers() -> bool:
    """Reuse buffers of pictures instead of giving them back to the system each time.

    A buffer of a megabyte is by default mapped and cleared anew for every picture, which was measured to take
    several times as long as the arithmetic on it. Up to 256 MiB of free memory stay with the process.

    Returns:
        Whether the C library has these settings; it has not on systems without glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        set_option = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    done = bool(set_option(_MMAP_THRESHOLD, _BUFFER)) and bool(set_option(_TRIM_THRESHOLD, _KEPT))
    _LOG.info("buffers are kept between pictures: %s", done)
    return done
