"""What the Flink on this machine is made of: jars, boot program, workers' environments."""

import os
import shutil
import subprocess
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".flink"
JAR = FOLDER / "flink.jar"
TASK_MANAGERS = 2
BOOT = FOLDER / "bin" / "container"
BOOT_LOGGED = FOLDER / "bin" / "boot"  # the command of the PROCESS environment
_BOOT = """#!/bin/sh
# each task manager has a folder of its own for what is staged
exec "{boot}" "$@" --semi_persist_dir="$WORKER_FOLDER" >> "{log}" 2>&1
"""


def install() -> None:
    """Fetch the jars, build the boot program, make the workers' environment; once.

    Raises:
        SystemExit: Java, Maven or Go is missing, or a download failed.
    """
    for program, what in (("java", "Java 17"), ("mvn", "Maven"), ("go", "Go")):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not there: the Flink tests need {what}")
    if not JAR.exists():
        made = FOLDER / "target"
        recipe = str(ROOT / "configs/flink/pom.xml")
        _run(["mvn", "-q", "-B", "-f", recipe, "package", f"-Dtarget={made}"])
        (made / JAR.name).rename(JAR)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = project["dependencies"]
    (beam,) = (need.partition("==")[2] for need in needs if need.startswith("apache-beam=="))
    if not BOOT.exists():
        package = f"github.com/apache/beam/sdks/v2/python/container@v{beam}"
        _run(["go", "install", package], {"GOBIN": str(BOOT.parent)})
    (FOLDER / "log").mkdir(parents=True, exist_ok=True)
    BOOT_LOGGED.write_text(_BOOT.format(boot=BOOT, log=FOLDER / "log" / "workers.log"))
    BOOT_LOGGED.chmod(0o755)
    for number in range(TASK_MANAGERS):
        folder = worker(number)
        if not (folder / "done").exists():
            venv.create(folder, with_pip=True, clear=True)
            python = str(folder / "bin/python")
            _run([python, "-m", "pip", "install", "-q", "-U", "setuptools>=70.1", *needs])
            (folder / "done").touch()


def worker(number: int) -> Path:
    """The environment of one task manager's workers: the dependencies, not the project."""
    return FOLDER / f"worker-{number}"


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    if subprocess.run(command, env=os.environ | (more or {}), check=False).returncode:
        raise SystemExit(f"{' '.join(command)}: failed")
