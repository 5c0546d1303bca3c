"""Several worker processes on this machine, that nobody else can reach.

Beam's own way opens ports on all addresses, without authentication, and unpickles what comes:
whoever reached the machine could read the data and run code. Here launcher and workers meet at a
Unix socket in a folder of this user alone. Workers end with their launcher.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2_grpc, endpoints_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner, worker_handlers
from apache_beam.runners.worker import data_plane
from apache_beam.transforms import environments
from apache_beam.utils import thread_pool_executor
from google.protobuf import json_format, text_format

from idweave.pipelines.cli.stop import WORKER
from idweave.pipelines.errors import RunFailed
from idweave.transforms.running.worker_process import SOCKETS

_URN = "idweave:environment:worker_processes:v1"
_LONGEST_PATH = 100  # bytes; systems allow a socket's path 104 or 108
_SECONDS_TO_END = 10.0
_SECONDS_TO_NOTICE = 0.5
_SERVER_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
]


class WorkerProcesses(FnApiRunner):  # type: ignore[misc]
    """The in-process runner with worker processes.

    Args:
        debug: whether workers log on our standard error.
    """

    def __init__(self, debug: bool) -> None:
        super().__init__(_Environment(debug))

    def run_stages(self, *arguments: Any) -> Any:
        """Run with our server in the place of Beam's, whose addresses can't be chosen."""
        with _private_server():
            return super().run_stages(*arguments)


@contextlib.contextmanager
def _private_server() -> Iterator[None]:
    before = worker_handlers.GrpcServer
    vars(worker_handlers)["GrpcServer"] = _PrivateServer
    try:
        yield
    finally:
        vars(worker_handlers)["GrpcServer"] = before


@environments.Environment.register_urn(_URN, bytes)
class _Environment(environments.Environment):  # type: ignore[misc]
    """Where the stages run, as Beam's graph names it."""

    def __init__(self, debug: bool) -> None:
        super().__init__(capabilities=environments.python_sdk_capabilities(), artifacts=())
        self._debug = debug

    def to_runner_api_parameter(self, context: Any) -> tuple[str, bytes]:
        """The name of the environment and its payload."""
        return _URN, b"debug" if self._debug else b""

    @staticmethod
    def from_runner_api_parameter(payload: bytes, *_: Any) -> "_Environment":
        """The environment of a payload."""
        return _Environment(payload == b"debug")


class _PrivateServer(worker_handlers.GrpcServer):  # type: ignore[misc]
    """All of the launcher's services at one Unix socket."""

    def __init__(self, state: Any, provision_info: Any, worker_manager: Any) -> None:
        self.state, self.provision_info = state, provision_info
        self.folder = _socket_folder()
        self.address = f"unix:{self.folder}/launcher"
        # the base class calls these ports
        self.control_port = self.data_port = self.state_port = self.logging_port = self.address
        self.control_address = self.address
        self.control_handler = worker_handlers.BeamFnControlServicer(worker_manager)
        self.data_plane_handler = data_plane.BeamFnDataServicer(
            worker_handlers.DATA_BUFFER_TIME_LIMIT_MS
        )
        pool = thread_pool_executor.shared_unbounded_instance()
        self._server = grpc.server(pool, options=_SERVER_OPTIONS)
        api = beam_fn_api_pb2_grpc
        api.add_BeamFnControlServicer_to_server(self.control_handler, self._server)
        api.add_BeamFnDataServicer_to_server(self.data_plane_handler, self._server)
        api.add_BeamFnStateServicer_to_server(
            worker_handlers.GrpcStateServicer(state), self._server
        )
        api.add_BeamFnLoggingServicer_to_server(worker_handlers.BasicLoggingService(), self._server)
        self._server.add_insecure_port(self.address)
        self._server.start()

    def close(self) -> None:
        """End the services."""
        self.control_handler.done()
        self._server.stop(self._DEFAULT_SHUTDOWN_TIMEOUT_SECS).wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _socket_folder() -> str:
    """A folder that only this user may enter, with a short path."""
    for parent in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(parent)) < _LONGEST_PATH - 40:
            with contextlib.suppress(OSError):
                return tempfile.mkdtemp(prefix="idweave-sockets-", dir=parent)
    raise RunFailed(
        f"--direct_running_mode: multi_processing: {tempfile.gettempdir()}: no socket can be made "
        "there; set TMPDIR to a folder with a short path that can be written"
    )


@worker_handlers.WorkerHandler.register_environment(_URN, bytes)
class _Worker(worker_handlers.GrpcWorkerHandler):  # type: ignore[misc]
    """One worker process."""

    def __init__(self, payload: bytes, state: Any, provision_info: Any, server: Any) -> None:
        if not isinstance(server, _PrivateServer):
            raise RunFailed(
                "--direct_running_mode: multi_processing: this version of Beam would open ports "
                "on all addresses without authentication; leave the option out"
            )
        super().__init__(state, provision_info, server)
        self._folder, self._debug = server.folder, payload == b"debug"
        self._ending = threading.Event()

    def port_from_worker(self, port: object) -> str:
        """The address of a service; the server calls it a port."""
        return str(port)

    def start_worker(self) -> None:
        """Begin the process."""
        at = text_format.MessageToString(
            endpoints_pb2.ApiServiceDescriptor(url=self.control_address)
        )
        options = json_format.MessageToJson(self.provision_info.provision_info.pipeline_options)
        environment = {
            **os.environ,
            "CONTROL_API_SERVICE_DESCRIPTOR": at,
            "LOGGING_API_SERVICE_DESCRIPTOR": at,
            "PIPELINE_OPTIONS": options,
            "WORKER_ID": self.worker_id,
            SOCKETS: self._folder,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            env=environment,
            stdin=subprocess.PIPE,  # it ends when this does
            stdout=subprocess.DEVNULL,
            stderr=None if self._debug else subprocess.DEVNULL,
        )
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def _watch(self) -> None:
        """Let nobody wait for a process that is gone.

        Beam sees the end of a connection alone: of a process that has none yet, or that only owes
        an answer, it would wait for ever.
        """
        while not self._ending.wait(_SECONDS_TO_NOTICE):
            if self._process.poll() is not None:
                gone = RuntimeError("Channel closed prematurely.")  # as Beam says it
                self.data_conn._exception = gone
                for future in list(self.control_conn._futures_by_id.values()):
                    future.abort(gone)

    def close(self) -> None:
        """End the connections and the process."""
        self._ending.set()
        self._watching.join()
        self.data_conn._exception = None
        if self.control_conn._state == self.control_handler.UNSTARTED_STATE:
            self._process.kill()  # it can't be told that there is no work
        super().close()

    def stop_worker(self) -> None:
        """Wait until the process has ended: it was told that there is no more work."""
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
