"""The jobs of the Celery peer: results are kept, and a task is acknowledged only once it has run."""
import os
import subprocess

from celery import Celery

app = Celery("peers", broker=os.environ["PEERS_REDIS"], backend=os.environ["PEERS_REDIS"])
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=64, task_ignore_result=False)


@app.task
def noop(payload):
    return payload


@app.task
def command():
    done = subprocess.run(["/bin/true"], capture_output=True, check=True)
    return (done.stdout + done.stderr).decode()
