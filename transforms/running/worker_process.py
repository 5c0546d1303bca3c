"""What a worker process of one machine runs: Beam's worker, for as long as its launcher lives.

Standard input is a pipe that the launcher holds and never writes to. The system closes it when the
launcher ends, however it ends: the worker ends then, whatever it is at.
"""

import os
import shutil
import threading

SOCKETS = "IDWEAVE_SOCKETS"  # in the environment: the folder of the launcher's socket


def main() -> None:
    """Work until the launcher has no more, or is gone."""
    threading.Thread(target=_end_with_launcher, daemon=True).start()
    import sys

    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


def _end_with_launcher() -> None:
    while os.read(0, 1):
        pass
    shutil.rmtree(os.environ[SOCKETS], ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    main()
