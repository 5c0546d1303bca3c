"""What fails inside is told in a line with file, reason and remedy, and nothing of the data."""

import errno
import os
import subprocess
from pathlib import Path

import grpc
import pytest

from idweave.pipelines.cli.error_text import error_text
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import command, write_config

SECRET = "jane.secret@example.com"


def wrapped(error: BaseException) -> BaseException:
    """As Beam raises what a function threw."""
    try:
        raise RuntimeError(f"{error!r} [while running 'Observe/Observe']") from error
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "; make room there"),
        (errno.EACCES, "; let this user read and write there"),
        (errno.EROFS, "; let this user read and write there"),
        (errno.EMFILE, "; raise the number of open files (ulimit -n)"),
        (errno.ENOTSUP, "; the file system can't do that"),
        (errno.EXDEV, " (nothing was published)"),
    ],
)
def test_what_the_system_refuses_has_file_reason_and_remedy(number: int, remedy: str) -> None:
    reason = os.strerror(number)
    error = OSError(number, reason, "/data/out/x")
    assert error_text(wrapped(error)).startswith(f"/data/out/x: {reason}{remedy}")
    as_text = RuntimeError(f"Traceback…\n  line\nOSError: {error}\n")
    assert error_text(as_text).startswith(f"/data/out/x: {reason}{remedy}")
    assert error_text(OSError(number, reason)).startswith(f"{reason}{remedy}")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(SECRET), "out of memory; "),
        (UnicodeEncodeError("utf-8", SECRET, 0, 1, "surrogates"), "a name that is not UTF-8 "),
        (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "bad"), "a name that is not UTF-8 "),
    ],
)
def test_what_is_known_is_told_without_its_content(error: Exception, said: str) -> None:
    for one in (error, wrapped(error), RuntimeError(f"{type(error).__name__}: {error}")):
        assert error_text(one).startswith(said)
        assert SECRET not in error_text(one)


LOST = "a worker was lost while it was at work (killed, out of memory, or its machine is gone)"


@pytest.mark.parametrize(
    ("cause", "reason"),
    [  # what Flink's job server said of workers and task managers that were killed, and may say
        (
            "org.apache.flink.runtime.io.network.netty.exception.RemoteTransportException: "
            "Connection unexpectedly closed by remote task manager '127.0.0.1/127.0.0.1:40527'.",
            "RemoteTransportException",
        ),
        (
            "org.apache.beam.vendor.grpc.v1p60p1.io.grpc.StatusRuntimeException: org.apache.beam."
            "vendor.grpc.v1p60p1.io.grpc.StatusRuntimeException: CANCELLED: client cancelled",
            "StatusRuntimeException",
        ),
        (
            "java.util.concurrent.ExecutionException: java.net.ConnectException: "
            "finishConnect(..) failed: Connection refused",
            "ConnectException",
        ),
        ("java.lang.IllegalStateException: SDK harness closed connection", "IllegalStateException"),
        (
            "org.apache.flink.runtime.jobmaster.JobMasterException: TaskManager with id 1 is no "
            "longer reachable.",
            "JobMasterException",
        ),
        (SECRET, "no reason given"),
        ("unknown error", "no reason given"),
    ],
)
def test_a_job_that_ends_without_a_worker_s_error_tells_of_the_cluster(
    cause: str, reason: str
) -> None:
    error = RuntimeError(f"Pipeline BeamApp-root-1_2 failed in state FAILED: {cause}")
    assert error_text(error) == (
        f"{LOST}, or the cluster failed ({reason}; its log and --debug say more); run again "
        "(nothing was published)"
    )


def test_a_worker_s_own_error_is_not_taken_for_the_cluster_s() -> None:
    error = RuntimeError(
        "Pipeline BeamApp-root-1_2 failed in state FAILED: java.lang.RuntimeException: Error "
        f"received from SDK harness for instruction 4: Traceback (most recent call last):\n{SECRET}"
    )
    assert error_text(error) == (
        "the run failed inside (RuntimeError); nothing was published; "
        "run again with --debug for where"
    )


@pytest.mark.parametrize(
    "said",
    [
        "CANCELLED: unknown error",
        "FAILED: org.apache.flink.runtime.client.JobCancellationException: Job was cancelled.",
    ],
)
def test_a_job_that_somebody_cancels_is_told_as_that(said: str) -> None:
    error = RuntimeError(f"Pipeline BeamApp-root-1_2 failed in state {said}")
    assert error_text(error) == "the job was cancelled on the cluster (nothing was published)"


def test_a_job_server_that_goes_away_is_told() -> None:
    channel = grpc.insecure_channel("localhost:1")
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/job.Service/State")(b"", timeout=10)
    assert error_text(raised.value) == (
        "the connection to the job server broke; the job may go on in the cluster: cancel it "
        "there, then run again (nothing was published)"
    )


def test_a_worker_that_beam_s_own_runner_loses_is_told() -> None:
    error = RuntimeError("Channel closed prematurely.")
    assert error_text(error) == f"{LOST}; run again (nothing was published)"


def test_an_error_of_no_known_kind_tells_its_kind_alone() -> None:
    assert error_text(wrapped(TypeError(SECRET))) == (
        "the run failed inside (RuntimeError); nothing was published; "
        "run again with --debug for where"
    )


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_of_an_answer_makes_no_noise(tmp_path: Path) -> None:
    config = write_config(tmp_path, small(tmp_path))
    validate = [*command(config, tmp_path)[:3], "validate", str(config), "--resolved"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(validate, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == 1
    assert "Exception ignored" not in done.stderr
    told = "standard output: Broken pipe (whoever read this is gone)"
    assert done.stderr.splitlines()[-1] == told
