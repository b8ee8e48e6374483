"""usage: run.py noop|command COUNT; prints the seconds from the first submit to the last result at the client."""
import sys
import time

from celery import group

import tasks

kind, count = sys.argv[1], int(sys.argv[2])
# A first task, not counted, so that the worker is there.
tasks.noop.delay(0).get(timeout=60)
start = time.perf_counter()
if kind == "noop":
    jobs = group(tasks.noop.s(i) for i in range(count)).apply_async()
else:
    jobs = group(tasks.command.s() for _ in range(count)).apply_async()
results = jobs.get(timeout=600)
elapsed = time.perf_counter() - start
assert len(results) == count and (kind == "command" or results[-1] == count - 1)
print(f"{elapsed:.4f}")
