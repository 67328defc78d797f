"""What a container's health check asks, and what it makes of the answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from libs.node.healthy import ask


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A process that gives one *answer* to whatever it is asked, on the port that the block gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("variable", ["PLAANET_HEALTH_PORT", "PLAANET_PORT"])
def test_a_ready_process_is_well(variable: str) -> None:
    """A service is asked at its health port, the gateway at its own."""
    with answering(b'HTTP/1.1 200 OK\r\n\r\n{"status":"ready"}') as port:
        assert ask({variable: str(port)}) == (True, '{"status":"ready"}')


@pytest.mark.parametrize(
    "answer",
    [b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"reason":"starting"}', b"HTTP/1.1 500 2\r\n\r\n", b"200", b""],
)
def test_any_other_answer_is_none(answer: bytes) -> None:
    """A process that says no, or says nothing that one understands, is not taken for ready."""
    with answering(answer) as port:
        assert not ask({"PLAANET_HEALTH_PORT": str(port)})[0]


def test_nobody_there_is_not_ready() -> None:
    """A process that has not opened its port yet is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    is_ready, said = ask({"PLAANET_HEALTH_PORT": str(port)})
    assert not is_ready
    assert f"Nothing answers on port {port}" in said


@pytest.mark.parametrize("environment", [{}, {"PLAANET_PORT": ""}, {"PLAANET_HEALTH_PORT": "many"}])
def test_an_environment_without_a_port_is_told(environment: dict[str, str]) -> None:
    """A container that was given no port is not well, and the sentence says so."""
    is_ready, said = ask(environment)

    assert not is_ready
    assert "port" in said.lower()
