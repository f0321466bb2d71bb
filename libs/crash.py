"""Named places where a test may kill the process, to prove that nothing is lost there."""

import os
import signal

_place, _, _nth = os.environ.get("ZTC_CRASH_AT", "").partition(":")
_left = int(_nth or 1)


def crash_point(place: str) -> None:
    """End this process at once, as a power cut would, at the n-th pass of the place named in `ZTC_CRASH_AT`."""
    global _left
    if place == _place:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
