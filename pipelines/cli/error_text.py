"""What an error that nobody expected says to the user: one line without anything of the data."""

import errno
import os
import re
import traceback

from idweave.pipelines.cli.standard_output import READER_GONE

_OURS = (
    "BadFile",
    "SolveLimit",
    "ComponentTooLarge",
    "RunFailed",
    "ConditionFailed",
)  # they say it in one line

_SUBMITTING = {  # functions of Beam that only look at options and ask for services
    "create_job_service",
    "stage_job_resources",
    "create_job_resources",
    "_create_environment",
}
_GONE = "Channel closed prematurely"  # what Beam's own runner says of a worker
_JOB = re.compile(r"^Pipeline \S+ failed in state (\w+): ")  # what a job server says begins so
_JAVA = re.compile(r"\b[a-z][\w.]*\.([A-Z]\w*(?:Exception|Error))\b")
_LOST = "a worker was lost while it was at work (killed, out of memory, or its machine is gone)"
_NO_JOB_SERVER = (
    "the connection to the job server broke; the job may go on in the cluster: cancel it there, "
    "then run again"
)
_LET_WRITE = "let this user read and write there, or name another folder"
_MAKE_ROOM = "make room there (temporary files take more than the result, see docs/operations.md)"
_REMEDIES = {  # of what a system refuses
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EACCES: _LET_WRITE,
    errno.EPERM: _LET_WRITE,
    errno.EROFS: _LET_WRITE,
    errno.EFBIG: "raise the largest size of a file (ulimit -f)",
    errno.EMFILE: "raise the number of open files (ulimit -n)",
    errno.ENFILE: "raise the system's number of open files",
    errno.ENAMETOOLONG: "choose a shorter --output or --run-id",
    errno.ENOENT: "sources and output folder must stand still while a run goes; launch again",
    errno.ENOTDIR: "a file is where a folder has to be; take it away, or name another folder",
    errno.ENOTSUP: "the file system can't do that; name another folder",
    errno.EIO: "the disk or share fails; look at it, then launch again",
    errno.ESTALE: "the share was mounted anew; launch again",
    errno.EPIPE: READER_GONE,
}
_OUT_OF_MEMORY = (
    "out of memory; give the process more, or set split_rows lower (sizes: docs/operations.md)"
)
_NOT_UTF8 = "a name that is not UTF-8 where only UTF-8 can go; rename the file, folder or column"
_OF_FILE = re.compile(r"\[Errno (\d+)\] ([^:'\n]+)(?:: '([^'\n]+)')?")


def error_text(error: BaseException) -> str:
    """What went wrong inside, without the runner's wrapping and without anything of the data."""
    if before := _before_the_run(error):
        return _published_nothing(before)
    if known := _of_exception(error) or _of_text(str(error)):
        return _published_nothing(known)
    return (
        f"the run failed inside ({type(error).__name__}); nothing was published; "
        "run again with --debug for where"
    )


def _of_exception(error: BaseException) -> str | None:
    """What an exception, or one that led to it, says."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__name__ in _OURS:
            return str(seen)
        if isinstance(seen, OSError) and seen.strerror:
            return _of_system(seen.errno, seen.strerror, seen.filename)
        if isinstance(seen, MemoryError):
            return _OUT_OF_MEMORY
        if isinstance(seen, UnicodeError):
            return _NOT_UTF8
        if any(kind.__name__ == "RpcError" for kind in type(seen).__mro__):  # of gRPC
            return _NO_JOB_SERVER
        seen = seen.__cause__ or seen.__context__
    return None


def _of_text(text: str) -> str | None:
    """The same of a text: a runner may give the worker's error as nothing else."""
    for kind in _OURS:
        if f"{kind}: " in text:
            return text.split(f"{kind}: ", 1)[1].split("\n")[0]
    if found := _OF_FILE.search(text):
        return _of_system(int(found[1]), found[2], found[3])
    if "MemoryError" in text:
        return _OUT_OF_MEMORY
    if re.search(r"\bUnicode(En|De)codeError\b", text):
        return _NOT_UTF8
    if _GONE in text:
        return f"{_LOST}; run again"
    return _of_job(text)


def _of_job(text: str) -> str | None:
    """Of a job that ended with no worker's own error, which would have a traceback.

    Which of dozens of errors stands there depends on who notices first, so none is looked for.
    """
    found = _JOB.match(text)
    if found is None or "Traceback (most recent call last)" in text:
        return None
    named = _JAVA.findall(text)
    reason = named[-1] if named else "no reason given"
    if found[1] == "CANCELLED" or reason == "JobCancellationException":
        return "the job was cancelled on the cluster"
    return f"{_LOST}, or the cluster failed ({reason}; its log and --debug say more); run again"


def _of_system(number: int | None, reason: str, file: object) -> str:
    """File, reason and remedy."""
    name = os.fsdecode(file) if isinstance(file, str | bytes) else ""
    said = f"{name}: {reason}" if name else reason
    return f"{said}; {_REMEDIES[number]}" if number in _REMEDIES else said


def _published_nothing(text: str) -> str:
    line = " ".join(text.split()).split(" [while running")[0]
    return f"{line} (nothing was published)"


def _before_the_run(error: BaseException) -> str | None:
    """What went wrong when the job was handed in; no data was read by then."""
    text = str(error)
    if found := re.search(r"Unable to fetch remote job server jar at (\S+): ", text):
        return (
            f"Beam could not fetch the job server jar {found[1]}; name a running job server with "
            "--runner=PortableRunner --job_endpoint=HOST:PORT"
        )
    if found := re.search(r"Unable to fetch remote prism binary at (\S+): ", text):
        return f"Beam could not fetch {found[1]}; choose another --runner"
    called = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if not called & _SUBMITTING:
        return None
    if type(error).__name__ == "FutureTimeoutError":
        return "--job_endpoint: no job server answered there in --job_server_timeout seconds"
    return f"the job could not be submitted: {text or type(error).__name__}"
