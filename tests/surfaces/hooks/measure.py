"""`measure.py STDIN PROGRAM...`: run it on a file; its peak memory and time go to stderr.

A process of its own, for a child's peak starts at that of the process which made it.
"""

import posix
import sys
import time

descriptor = posix.open(sys.argv[1], posix.O_RDONLY)
posix.dup2(descriptor, 0)
started = time.monotonic()
child = posix.posix_spawn(sys.argv[2], sys.argv[2:], posix.environ)
_, status, usage = posix.wait4(child, 0)
seconds = time.monotonic() - started
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
posix.write(2, b"\n%d %d %d" % (status, peak, seconds * 1000))
