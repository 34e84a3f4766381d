"""The allocator's settings for jobs that use large arrays."""

import contextlib
import ctypes


def reuse_large_blocks() -> None:
    """Let glibc keep large blocks for reuse: getting them anew costs more than computing in them.

    Does nothing with another C library: that is slower, no worse.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(m_trim_threshold, 2**30)
        libc.mallopt(m_mmap_threshold, 2**25)
