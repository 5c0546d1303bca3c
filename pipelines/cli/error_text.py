"""What an error that nobody expected says to the user: one line without anything of the data."""

import re
import traceback

_SUBMITTING = {  # functions of Beam that only look at options and ask for services
    "create_job_service",
    "stage_job_resources",
    "create_job_resources",
    "_create_environment",
}
_LOST = (  # what runners say of a worker that has gone: Beam's own one, then Flink
    "Channel closed prematurely",
    "is no longer reachable",
    "CANCELLED: client cancelled",
    "Connection unexpectedly closed by remote task manager",
    "Heartbeat of TaskManager",
)


def error_text(error: BaseException) -> str:
    """What went wrong inside, without the runner's wrapping and without anything of the data."""
    from idweave.transforms.columnar.reading.records import BadFile
    from idweave.transforms.solve_components import SolveLimit
    from idweave.transforms.views.check_component import ComponentTooLarge

    if before := _before_the_run(error):
        return _published_nothing(before)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, BadFile | SolveLimit | ComponentTooLarge):
            return _published_nothing(str(seen))
        if isinstance(seen, OSError) and seen.filename is not None:
            return _published_nothing(f"{seen.filename}: {seen.strerror}")
        seen = seen.__cause__ or seen.__context__
    text = str(error)  # a runner may give the worker's error as text only
    for kind in (BadFile, SolveLimit, ComponentTooLarge):
        marker = f"{kind.__name__}: "
        if marker in text:
            return _published_nothing(text.split(marker, 1)[1].split("\n")[0])
    if of_file := re.search(r"\[Errno \d+\] ([^:'\n]+): '([^'\n]+)'", text):
        return _published_nothing(f"{of_file[2]}: {of_file[1]}")
    if any(words in text for words in _LOST):
        return _published_nothing(
            "a worker was lost while it was at work (killed, out of memory, or its machine is "
            "gone); run again"
        )
    return (
        f"the run failed inside ({type(error).__name__}); nothing was published; "
        "run again with --debug for where"
    )


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
