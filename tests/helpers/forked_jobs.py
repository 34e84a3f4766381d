"""Jobs as forks of a process that has imported the large libraries: they start in no time.

A job of the workflow is a Python of its own, which imports torch and scikit-learn for two seconds,
often to compute for a tenth of one. Most tests do not need that: their jobs are forks of a process
that has imported both, and nothing of this project.
"""

import atexit
import gc
import os
import runpy
import socket
import subprocess
import sys
from contextlib import contextmanager

LIBRARIES = [
    "snakemake.cli",
    "torch",
    "pandas",
    "h5py",
    "scipy.linalg",
    "sklearn.decomposition",
    "sklearn.linear_model",
    "sklearn.mixture",
    "sklearn.svm",
    "matplotlib.pyplot",
]


@contextmanager
def forked_jobs():
    """Within, Snakemake runs Python scripts as forks of this process as it is at the beginning.

    What has an environment or a container of its own starts as ever.
    """
    from snakemake.script import PythonScript

    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    server = os.fork()
    if server == 0:
        ours.close()
        _serve(theirs)
    theirs.close()
    execute = PythonScript.execute_script

    def execute_script(script, name, edit=False):
        if script.conda_env or script.container_img or script.env_modules:
            return execute(script, name, edit)
        reading, writing = os.pipe()
        place = f"{os.getcwd()}\0{name}"
        socket.send_fds(ours, [place.encode()], [writing])
        os.close(writing)
        with open(reading) as pipe:
            code = pipe.read()
        if code != "0":  # nothing, where it was killed
            raise subprocess.CalledProcessError(int(code or -9), f"{sys.executable} {name}")

    PythonScript.execute_script = execute_script
    try:
        yield
    finally:
        PythonScript.execute_script = execute
        ours.close()
        os.waitpid(server, 0)


def _serve(requests):
    """Fork for every folder and script that come, until there can be no more."""
    gc.freeze()
    while True:
        place, descriptors, *_ = socket.recv_fds(requests, 8192, 1)
        if not place:
            os._exit(0)
        if os.fork() == 0:
            requests.close()
            folder, name = place.decode().split("\0")
            os.chdir(folder)
            _run(name, descriptors[0])
        os.close(descriptors[0])


def _run(name, answer):
    """Be ``python name`` from here on; the exit code is written to the file ``answer``."""
    code = 1
    try:
        atexit._clear()
        sys.argv = [name]
        try:
            runpy.run_path(name, run_name="__main__")
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(answer, str(code).encode())
    finally:
        os._exit(code)
