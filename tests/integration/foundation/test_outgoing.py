"""Asking other people's servers: what must not be reached, and what ends."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from service.foundation import outgoing
from service.foundation.outgoing import Outgoing, Rules
from service.foundation.problems import SOURCE_ADDRESS, SOURCE_AWAY, SOURCE_TOO_LARGE, Problem
from tests.clients.scripted_server import Answer, Asked, scripted

HERE = Rules(allows_private=True)


def ask(address: str, path: str = "x", *, rules: Rules = HERE, **more: Any) -> bytes:
    client = Outgoing(address, rules, pause=more.pop("pause", lambda _: None))
    try:
        headers = {"Authorization": "Token t"}
        with client.ask("GET", path, headers=headers, most_bytes=more.get("most", 1000)) as reply:
            return reply.read()
    finally:
        client.close()


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9", "https://127.0.0.1", "https://[::1]", "https://10.1.2.3",
        "https://192.168.0.1", "https://169.254.169.254", "https://2130706433", "https://0x7f.1",
        "https://[::ffff:127.0.0.1]", "https://[64:ff9b::7f00:1]", "https://[fe80::1]",
        "https://0.0.0.0", "https://100.64.0.1", "https://[fec0::1]",
        "https://192.88.99.1", "ftp://example.org", "https://", "file:///etc",
        "https://user:pw@example.org", "https://exa mple.org", "http://8.8.8.8", "https://[::",
    ],
)  # fmt: skip
def test_s31_what_only_this_machine_reaches_is_not_asked(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **_: connected.append(a))
    with pytest.raises(Problem) as problem:
        ask(address, rules=Rules())
    assert problem.value.kind is SOURCE_ADDRESS
    assert connected == []


def test_s31_a_cloud_s_own_secrets_are_asked_for_by_no_setting() -> None:
    with pytest.raises(Problem) as problem:
        ask("https://169.254.169.254")
    assert problem.value.kind is SOURCE_ADDRESS


def test_s31_a_name_that_leads_elsewhere_the_second_time_is_connected_where_it_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rebinding: public when it is looked at, this machine when it is connected."""
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    connected: list[Any] = []

    def connect(target: Any, *_: Any, **__: Any) -> Any:
        connected.append(target)
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Problem):
        ask("https://rebinding.example", rules=Rules())
    assert connected == [("93.184.215.14", 443)]


def test_s31_a_redirect_into_the_own_network_is_not_followed() -> None:
    with scripted(lambda _: Answer(status=302, headers={"Location": "http://10.0.0.1/"})) as (
        address,
        _,
    ):
        with pytest.raises(Problem) as problem:
            ask(address)
        assert problem.value.kind is SOURCE_ADDRESS


def test_the_token_goes_to_its_own_server_alone() -> None:
    with scripted(lambda _: Answer(body=b"file")) as (other, asked_other):
        moved = Answer(status=307, headers={"Location": f"{other}/kept"})
        with scripted(lambda _: moved) as (address, asked):
            assert ask(address) == b"file"
        assert asked[0].headers["Authorization"] == "Token t"
        assert "Authorization" not in asked_other[0].headers


@pytest.mark.parametrize(
    ("other", "is_trusted"),
    [
        ("https://kf.example.org/x", True),
        ("https://kc.example.org", True),
        ("http://kc.example.org", False),
        ("https://kc.example.org:8443", False),
        ("https://kc.example.net", False),
        ("https://example.org", False),
        ("https://kc.evil.example.org", False),
    ],
)
def test_only_a_sister_of_a_server_that_it_names_gets_its_token(
    other: str, is_trusted: bool
) -> None:
    """KoboToolbox answers phones and people under two names."""
    assert Outgoing("https://kf.example.org", Rules()).trust(other) is is_trusted
    assert not Outgoing("https://10.0.0.1", Rules()).trust("https://11.0.0.1")


def test_redirects_end() -> None:
    with scripted(lambda _: Answer(status=302, headers={"Location": "/again"})) as (address, asked):
        with pytest.raises(Problem) as problem:
            ask(address)
        assert problem.value.kind is SOURCE_AWAY
        assert len(asked) == outgoing.MOST_REDIRECTS + 1


def test_sizes_end() -> None:
    with scripted(lambda _: Answer(body=b"x" * 2000)) as (address, _):
        with pytest.raises(Problem) as problem:
            ask(address)
        assert problem.value.kind is SOURCE_TOO_LARGE


def test_an_answer_that_is_cut_is_none() -> None:
    def cut(_: Asked) -> Answer:
        return Answer(headers={"Content-Length": "50"}, body=b"")

    with scripted(cut) as (address, _), pytest.raises(Problem) as problem:
        ask(address, pause=lambda _: None)
    assert problem.value.kind is SOURCE_AWAY


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    answers = [Answer(status=429, headers={"Retry-After": "7"}), Answer(body=b"now")]
    paused: list[float] = []
    with scripted(lambda _: answers.pop(0)) as (address, _):
        assert ask(address, pause=paused.append) == b"now"
    assert paused == [7.0]


def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    seen: list[int] = []

    def answer(_: Asked) -> Answer:
        seen.append(1)
        return Answer(hang_up=True) if len(seen) == 2 else Answer(body=b"yes")

    with scripted(answer) as (address, _):
        client = Outgoing(address, HERE, pause=lambda _: None)
        for _ in range(2):
            with client.ask("GET", "x", headers={}, most_bytes=9) as reply:
                assert reply.read() == b"yes"
        client.close()


@contextlib.contextmanager
def trickling(head: bytes) -> Iterator[str]:
    """A server that sends `head`, and then a byte now and again without an end."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(head)
                    while not ended.wait(0.02):
                        connection.sendall(b"x")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        ended.set()
        thread.join()


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["in its headers", "in its body"],
)
def test_a_server_that_sends_a_byte_now_and_again_holds_nobody_for_ever(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "DEADLINE_S", 0.3)
    with trickling(head) as address:
        with pytest.raises(Problem) as problem:
            ask(address, most=10**6)
        assert problem.value.kind is SOURCE_AWAY


@pytest.mark.parametrize("is_encoded", [False, True])
def test_file_names_in_khmer_are_asked_for(is_encoded: bool) -> None:
    name = quote("រូប ១.png") if is_encoded else "រូប ១.png"
    with scripted(lambda _: Answer(body=b"picture")) as (address, asked):
        assert ask(address, f"{address}/files/{name}?name={name}") == b"picture"
    wanted = quote("រូប ១.png")
    assert asked[0].path == f"/files/{wanted}?name={wanted}"


def test_redirects_to_file_names_in_khmer_are_followed() -> None:
    """Sent as bytes of UTF-8, as careless servers do."""
    place = "/រូប.png".encode().decode("latin-1")
    answers = [Answer(status=302, headers={"Location": place}), Answer(body=b"picture")]
    with scripted(lambda _: answers.pop(0)) as (address, asked):
        assert ask(address) == b"picture"
    assert asked[1].path == quote("/រូប.png")


def test_where_its_first_address_is_dead_the_next_one_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect, look_up = socket.create_connection, socket.getaddrinfo

    def resolve(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if host != "old.example":
            return look_up(host, port, *more, **named)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in ("127.0.0.9", "127.0.0.1")
        ]

    def connected(target: Any, *given: Any) -> socket.socket:
        if target[0] == "127.0.0.9":
            raise OSError("no route")
        return connect(target, *given)

    with scripted(lambda _: Answer(body=b"yes")) as (address, _):
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket, "create_connection", connected)
        port = address.rpartition(":")[2]
        assert ask(f"http://old.example:{port}") == b"yes"


def test_a_name_that_is_nobody_s_just_now_is_one_of_a_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Typed, it is a mistake; in the middle of a move the line is cut."""

    def resolve(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Problem) as typed:
        outgoing.look_at("https://data.example", Rules())
    assert typed.value.kind is SOURCE_ADDRESS
    with pytest.raises(Problem) as later:
        ask("https://data.example", rules=Rules())
    assert later.value.kind is SOURCE_AWAY


def test_whoever_waits_for_an_answer_is_seen_to_go_on() -> None:
    beats: list[int] = []
    with scripted(lambda _: Answer(body=b"x" * 300_000)) as (address, _):
        client = Outgoing(address, HERE, beat=lambda: beats.append(1))
        with client.ask("GET", "x", headers={}, most_bytes=10**6) as reply:
            assert len(reply.read()) == 300_000
        client.close()
    assert len(beats) > 3, "with the question, and with pieces of the answer"
