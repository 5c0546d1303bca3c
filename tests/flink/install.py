"""What the Flink on this machine is made of: jars, boot program, workers' environments."""

import os
import shutil
import subprocess
import tomllib
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import Distribution, distribution, version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".flink"
CLASSPATH = FOLDER / "jars" / "classpath.jar"
TASK_MANAGERS = 2
BOOT = FOLDER / "bin" / "container"
BOOT_LOGGED = FOLDER / "bin" / "boot"  # the command of the PROCESS environment
_BOOT = """#!/bin/sh
# each task manager has a folder of its own for what is staged
exec "{boot}" "$@" --semi_persist_dir="$WORKER_FOLDER" >> "{log}" 2>&1
"""


def install() -> None:
    """Fetch the jars, build the boot program, make the workers' environments; once.

    Raises:
        SystemExit: Java, Maven or Go is missing, or a download failed.
    """
    for program, what in (("java", "Java 17"), ("mvn", "Maven"), ("go", "Go")):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not there: the Flink tests need {what}")
    (FOLDER / "log").mkdir(parents=True, exist_ok=True)
    BOOT_LOGGED.parent.mkdir(exist_ok=True)
    BOOT_LOGGED.write_text(_BOOT.format(boot=BOOT, log=FOLDER / "log" / "workers.log"))
    BOOT_LOGGED.chmod(0o755)
    with ThreadPoolExecutor() as pool:
        others = [pool.submit(_fetch_jars), pool.submit(_build_boot)]
        for number in range(TASK_MANAGERS):
            _make_environment(worker(number))
        for other in others:
            other.result()


def _fetch_jars() -> None:
    """Fetch all jars, and write one that only names them.

    A job server sends each jar of its classpath with each job; the cluster has them.
    """
    if CLASSPATH.exists():
        return
    jars = CLASSPATH.parent
    recipe = str(ROOT / "configs/flink/pom.xml")
    _run(["mvn", "-q", "-B", "-f", recipe, "package", f"-Dtarget={jars}"])
    names = "Class-Path: " + " ".join(sorted(jar.name for jar in jars.glob("*.jar")))
    lines = [names[at : at + 70] for at in range(0, len(names), 70)]  # 72 bytes at most
    with zipfile.ZipFile(CLASSPATH, "w") as named:
        named.writestr("META-INF/MANIFEST.MF", "\r\n ".join(lines) + "\r\n")


def _build_boot() -> None:
    if not BOOT.exists():
        package = f"github.com/apache/beam/sdks/v2/python/container@v{version('apache-beam')}"
        _run(["go", "install", package], {"GOBIN": str(BOOT.parent)})


def _make_environment(folder: Path) -> None:
    """An environment of links to what is installed here of the project's dependencies.

    pip and setuptools, with which a worker installs the project, are among it.
    """
    if (folder / "done").exists():
        return
    venv.create(folder, clear=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for needed in _with_dependencies([*project["dependencies"], "pip", "setuptools"]):
        for name in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
            link = packages / name
            if not link.exists():  # distributions may have a folder in common
                link.symlink_to(Path(str(needed.locate_file(name))))
    (folder / "done").touch()


def _with_dependencies(requirements: list[str]) -> list[Distribution]:
    """What is installed of some requirements, and of all that those require."""
    waiting = [Requirement(text) for text in requirements]
    found: dict[str, Distribution] = {}
    while waiting:  # some sixty
        needed = waiting.pop()
        wanted = [{"extra": extra} for extra in ("", *needed.extras)]
        if str(needed) not in found:
            found[str(needed)] = distribution(needed.name)
            for each in map(Requirement, found[str(needed)].requires or ()):
                if each.marker is None or any(map(each.marker.evaluate, wanted)):
                    waiting.append(each)
    return list(found.values())


def worker(number: int) -> Path:
    """The environment of one task manager's workers: the dependencies, not the project."""
    return FOLDER / f"worker-{number}"


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    if subprocess.run(command, env=os.environ | (more or {}), check=False).returncode:
        raise SystemExit(f"{' '.join(command)}: failed")
