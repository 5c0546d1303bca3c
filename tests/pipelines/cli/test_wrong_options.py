"""Options of Beam and paths that can't work end before anything runs, with what to do."""

from pathlib import Path

import pytest

from idweave.pipelines.cli.error_text import error_text
from idweave.pipelines.cli.main import main
from tests.pipelines.published.test_publish import small
from tests.pipelines.running import write_config

ENDPOINT = ["--runner=PortableRunner", "--job_endpoint=localhost:1"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--runner="], "--runner: '': no such runner"),
        (["--runner=nope.Class"], "--runner: nope.Class: no such runner"),
        (["--runner=json.JSONDecoder"], "--runner: json.JSONDecoder: no such runner"),
        (["--runner=os.path"], "--runner: os.path: no such runner"),
        (["--runner=DaskRunner"], "--runner: DaskRunner: no such runner, or it is not installed"),
        (["--direct_num_workers=-1"], "--direct_num_workers: -1: at least 1, or 0"),
        (["--resource_hint=x"], "Beam options: Unknown resource hint: x."),
        (["--resource_hint=min_ram=x"], "Resource hint min_ram has invalid value x."),
        (["--runner=DataflowRunner"], "Missing required option: project."),
        (["--type_check_additional=foo"], "Unrecognized --type_check_additional feature: foo"),
        ([*ENDPOINT, "--environment_type=FOO"], "Unknown environment type: FOO"),
        (["--runner=FlinkRunner", "--environment_type=FOO"], "Unknown environment type: FOO"),
        (["--runner=PortableRunner"], "needs --job_endpoint=HOST:PORT"),
        (["--", "--direct_running_mode=xx"], "invalid choice: 'xx'"),
        (["--run-id", "a\nb"], r"--run-id: a\nb: allowed are letters"),
        (["--from", "a\nb"], r"--from: a\nb: no time; allowed"),
        (["--output", ""], "--output: '': no path; allowed: a local path"),
        (["--output", "a\0b"], r"--output: a\x00b: no path; allowed: a local path"),
        (["--output=~/out"], "--output: ~/out: the shell left `~` as it is; write $HOME, or ./~"),
        (["--output", "foo://x"], "--output: foo://x: unknown scheme; allowed: a local path, s3"),
        (["--set", "sources.web.path=foo://x"], "sources.web.path: foo://x: unknown scheme"),
        (["--set", "sources.web.path=file:///x"], "sources.web.path: file:///x: unknown scheme"),
        (["--set", 'sources.web.path="a\\0b"'], r"a\x00b: no path; allowed: a local path"),
    ],
)
def test_what_can_not_work_is_wrong_usage(
    more: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    status = main(["backfill", str(config), "--output", str(tmp_path / "out"), *more])
    message = capsys.readouterr().err
    assert said in message
    assert status == 2
    assert len(message.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["runs", "--", "-dash"], "-dash: no run is published in this folder"),
        (["validate", "--", "-x.yaml"], "-x.yaml: No such file or directory; name a YAML file"),
        (["runs", "--", "-dash", "-more"], "-more: no option of runs"),
        (["runs", "-dash"], "idweave runs: the following arguments are required: DIR"),
    ],
)
def test_after_two_dashes_a_name_may_begin_with_one(
    words: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize(
    ("scheme", "extra"), [("s3", "aws"), ("gs", "gcp"), ("hdfs", "hadoop"), ("azfs", "azure")]
)
@pytest.mark.parametrize("key", ["--output", "sources.web.path"])
def test_a_store_whose_extra_is_missing_is_named(
    key: str,
    scheme: str,
    extra: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("idweave.pipelines.run.inputs._is_installed", lambda module: False)
    config = write_config(tmp_path, small(tmp_path))
    path = f"{scheme}://bucket/x"
    out = path if key == "--output" else str(tmp_path / "out")
    more = [] if key == "--output" else ["--set", f"{key}={path}"]
    assert main(["backfill", str(config), "--output", out, *more]) == 2
    said = f"{key}: {path}: Beam can't open {scheme}://; install apache-beam[{extra}]\n"
    assert capsys.readouterr().err == said


def test_a_job_server_that_does_not_answer_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, small(tmp_path))
    arguments = ["backfill", str(config), "--output", str(tmp_path / "out"), *ENDPOINT]
    assert main([*arguments, "--job_server_timeout=1"]) == 1
    said = "--job_endpoint: no job server answered there in --job_server_timeout seconds "
    assert capsys.readouterr().err.splitlines()[-1] == f"{said}(nothing was published)"


def test_a_job_server_that_can_not_be_fetched_is_told_with_the_remedy() -> None:
    url = "https://repo.example.com/beam-runners-flink-job-server.jar"
    error = RuntimeError(f"Unable to fetch remote job server jar at {url}: HTTP Error 404. Also …")
    error.__cause__ = FileNotFoundError(2, None, url)
    assert error_text(error) == (
        f"Beam could not fetch the job server jar {url}; name a running job server with "
        "--runner=PortableRunner --job_endpoint=HOST:PORT (nothing was published)"
    )


def test_an_error_of_a_worker_shows_nothing_of_the_data() -> None:
    assert "secret" not in error_text(ValueError("secret"))
