"""Becomes the command it is given, tied to the process that asked for it: when that one dies, this one does too.

Run as a script (`python leash.py <parent pid> <command> ...`), never imported. A kill -9 of a supervisor leaves it
no moment to stop what it started; the kernel's parent-death signal needs none.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

parent, *command = sys.argv[1:]
if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
    sys.exit(f"cannot be tied to its parent: {os.strerror(ctypes.get_errno())}")
# A parent that died before the line above sent no signal.
if os.getppid() != int(parent):
    sys.exit("its parent is gone already")
os.execvpe(command[0], command, os.environ)
