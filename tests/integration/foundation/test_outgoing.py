"""Asking other people's servers: what must not be reached, and what ends."""

from __future__ import annotations

import socket
from typing import Any

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
        "https://0.0.0.0", "https://100.64.0.1", "ftp://example.org", "https://", "file:///etc",
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
    answers = iter(["93.184.215.14", "93.184.215.14", "127.0.0.1"])

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
