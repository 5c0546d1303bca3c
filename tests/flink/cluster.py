"""A small real Flink on this machine: `python -m tests.flink.cluster up | down`.

A job manager, two task managers with two slots each, and a job server, from the jars that
Maven fetches; workers are processes that Beam's own boot program starts in an environment with the
project's dependencies only. Everything is under `.flink/`; each process is ended by its own id.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.flink.install import (
    CLASSPATH,
    FOLDER,
    ROOT,
    TASK_MANAGERS,
    install,
    worker,
)
from tests.free_ports import free_ports

PIDS = FOLDER / "processes.json"
_STARTED: dict[int, subprocess.Popen[bytes]] = {}  # by this process, not by an earlier one
_OPENED = [
    "lang", "util", "nio", "net", "text", "time", "util.concurrent", "util.concurrent.atomic",
    "util.concurrent.locks", "io", "lang.reflect",
]  # fmt: skip
_MEMORY = {
    "taskmanager.cpu.cores": "2.0",
    "taskmanager.memory.task.heap.size": "384m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.network.min": "256m",
    "taskmanager.memory.network.max": "256m",
    "taskmanager.memory.managed.size": "64m",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
}


def up(managers: int = TASK_MANAGERS, slots: int = 2) -> dict[str, int]:
    """Start everything; ports and process ids are kept in `.flink/processes.json`."""
    if PIDS.exists():
        down()
    install()
    names = ("rpc_port", "rest_port", "job_port", "artifact_port")
    ports = dict(zip(names, free_ports(4), strict=True))
    settings = FOLDER / "conf"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "config.yaml").write_text(
        (ROOT / "configs/flink/config.yaml").read_text().format(slots=slots, **ports)
    )
    given = ["--configDir", str(settings)]
    entry = "org.apache.flink.runtime"
    start("job manager", f"{entry}.entrypoint.StandaloneSessionClusterEntrypoint", given)
    for number in range(managers):
        start_task_manager(number)
    master = f"localhost:{ports['rest_port']}"
    start(
        "job server",
        "org.apache.beam.runners.flink.FlinkJobServerDriver",
        [f"--job-port={ports['job_port']}", f"--artifact-port={ports['artifact_port']}",
         "--expansion-port=0", f"--flink-master={master}",
         f"--artifacts-dir={FOLDER / 'artifacts'}"],
    )  # fmt: skip
    _keep(ports)
    wait_until(lambda: overview()["taskmanagers"] == managers)
    _wait_for_port(ports["job_port"])
    return ports


def start_task_manager(number: int) -> None:
    """Start one task manager; its workers find the boot program's Python on the PATH."""
    given = ["--configDir", str(FOLDER / "conf")]
    given += [argument for key, value in _MEMORY.items() for argument in ("-D", f"{key}={value}")]
    path = f"{worker(number) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    staged = FOLDER / f"staged-{number}"
    staged.mkdir(exist_ok=True)
    start(
        f"task manager {number}",
        "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        given,
        {
            "PATH": path,
            "WORKER_FOLDER": str(staged),
            "RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the wrong way round: no isolation
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        },
    )


def start(name: str, main: str, given: list[str], more: dict[str, str] | None = None) -> None:
    """Start one JVM, its output under `.flink/log`."""
    log = FOLDER / "log"
    away = FOLDER / "cwd"  # the project's own folder is on no worker's path
    for folder in (log, away):
        folder.mkdir(parents=True, exist_ok=True)
    opened = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in _OPENED]
    opened += ["--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"]
    opened += ["--add-exports=java.base/sun.net.util=ALL-UNNAMED"]
    # most of a short job's time goes into classes that are loaded and compiled
    lean = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    lean += ["-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with open(log / f"{name.replace(' ', '-')}.log", "ab") as output:
        process = subprocess.Popen(
            ["java", *lean, *opened, "-cp", str(CLASSPATH), main, *given],
            stdout=output, stderr=output, cwd=away, start_new_session=True,
            env=environment | (more or {}),
        )  # fmt: skip
    _STARTED[process.pid] = process
    kept = state()
    kept[name] = process.pid
    _keep(kept)


def state() -> dict[str, int]:
    """Ports, and the ids of the processes."""
    found: dict[str, int] = json.loads(PIDS.read_text()) if PIDS.exists() else {}
    return found


def _keep(values: dict[str, int]) -> None:
    FOLDER.mkdir(exist_ok=True)
    PIDS.write_text(json.dumps(state() | values))


def down() -> None:
    """End every process of the cluster, and the workers that it started."""
    for name, pid in reversed(state().items()):
        if not name.endswith("_port"):
            end(pid)
    PIDS.unlink(missing_ok=True)


def end(pid: int) -> None:
    """End one process and those that it started: they are a session of its own."""
    if str(FOLDER) not in _command(pid):
        return  # it has ended, and the number may be another's by now
    for number in (signal.SIGTERM, signal.SIGKILL):
        for member in members(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, number)
        for _ in range(50):
            if pid in _STARTED:
                _STARTED[pid].poll()  # a child that has ended is there until somebody asks
            if not members(pid):
                return
            time.sleep(0.1)


def members(pid: int) -> list[int]:
    """The processes of the session that a process leads; workers have groups of their own."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, ProcessLookupError):
                if os.getsid(int(folder.name)) == pid:
                    found.append(int(folder.name))
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def overview() -> dict[str, Any]:
    """What the job manager says of its task managers and slots."""
    return _ask("overview")


def last_job_seconds() -> float:
    """How long the job that was started last has taken, from Flink's own clock."""
    return float(_last_job()["duration"]) / 1000


def last_start_seconds() -> float:
    """How much of it went until the first stage was through: until the workers had started."""
    job = _last_job()
    stages = _ask(f"jobs/{job['jid']}")["vertices"]
    (first,) = (stage for stage in stages if "Splits/Each" in stage["name"])
    return float(first["end-time"] - job["start-time"]) / 1000


def _last_job() -> dict[str, Any]:
    job: dict[str, Any] = max(_ask("jobs/overview")["jobs"], key=lambda job: job["start-time"])
    return job


def _ask(what: str) -> dict[str, Any]:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"http://127.0.0.1:{state()['rest_port']}/{what}", timeout=5) as a:
        body: dict[str, Any] = json.load(a)
    return body


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds of the cluster, five minutes at most."""
    for _ in range(1500):
        with contextlib.suppress(OSError):
            if holds():
                return
        time.sleep(0.2)
    raise SystemExit(f"Flink did not get there; see {FOLDER / 'log'}")


def _wait_for_port(port: int) -> None:
    for _ in range(1500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise SystemExit(f"the job server did not start; see {FOLDER / 'log'}")


if __name__ == "__main__":
    if sys.argv[1:] == ["up"]:
        found = up()
        rest, job = found["rest_port"], found["job_port"]
        print(f"Flink at http://127.0.0.1:{rest}, job server at localhost:{job}")
    elif sys.argv[1:] == ["down"]:
        down()
    else:
        raise SystemExit("python -m tests.flink.cluster up | down")
