"""Asking other people's servers over HTTP, where somebody of the team typed the address.

Whoever may type an address must not reach by it what only this machine reaches (SSRF). So: https
alone; every address that the name stands for is public; the connection goes to the very address
that was looked at; redirects are few, and each is looked at in the same way; a token goes to the
server it is for, and to no other but one that this names as a part of itself. Times and sizes have
an end, from the connection on: whoever sends a byte a minute does not hold a thread for ever.
Nothing of it is logged.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from service.foundation.problems import SOURCE_ADDRESS, SOURCE_AWAY, SOURCE_TOO_LARGE, Problem

TIMEOUT_S = 60.0
"""For a connection, and for the next bytes to come."""
DEADLINE_S = 1800.0
"""For all of one answer, its headers included: 200 MB at 1 Mbit/s."""
MOST_REDIRECTS = 3
PIECE = 1 << 16
TRIES = 4
LONGEST_PAUSE_S = 60.0
_LATER = (429, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_NOBODY = tuple(map(ipaddress.ip_network, ("fec0::/10", "192.88.99.0/24")))
"""Site-local addresses and relays of 6to4: given up, but not private for `ipaddress`."""
_ASCII = "%/:?#[]@!$&'()*+,;=~-._"
"""What stays as it is in a path or query; all else is percent-encoded, names in Khmer too."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What may be asked."""

    allows_private: bool = False
    """Addresses of the own network too, and plain http to this very machine: for installations
    whose old server stands beside the new one (SAMLENG_MOVE_IN_PRIVATE)."""


class Reply:
    """One answer, read as it comes."""

    def __init__(
        self, response: http.client.HTTPResponse, most_bytes: int, beat: Callable[[], None]
    ) -> None:
        self.status = response.status
        self._response = response
        self._most = most_bytes
        self._beat = beat

    def header(self, name: str) -> str:
        return self._response.headers.get(name, "")

    def pieces(self) -> Iterator[bytes]:
        """Raises SOURCE_AWAY where it is cut or takes too long, SOURCE_TOO_LARGE."""
        seen, length = 0, self._response.length
        while True:
            try:
                piece = self._response.read1(PIECE)
            except (OSError, http.client.HTTPException) as error:
                raise _away(error) from None
            if not piece:
                break
            seen += len(piece)
            if seen > self._most:
                raise Problem(SOURCE_TOO_LARGE, limit_mb=self._most // 1_000_000)
            self._beat()
            yield piece
        if length is not None and seen < length:
            raise Problem(SOURCE_AWAY, reason="its answer was cut off")
        self._response.read()  # nothing: `read1` leaves it to this that the connection is free

    def read(self) -> bytes:
        return b"".join(self.pieces())


class Outgoing:
    """One server. Connections are kept open between questions. For one thread."""

    def __init__(
        self,
        address: str,
        rules: Rules,
        *,
        pause: Callable[[float], None] = time.sleep,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """`beat` is called with each question and each piece of an answer: whatever it raises ends
        the conversation. Nothing is asked or looked up yet. Raises SOURCE_ADDRESS."""
        self.base = _split(address)
        self._rules = rules
        self._pause = pause
        self.beat = beat
        self._open: dict[tuple[str, str, int], _Pinned] = {}
        self._trusted = {_origin(self.base)}

    def trust(self, address: str) -> bool:
        """Let a second server have the token, which the first one says is a part of it: one whose
        name differs in its first part alone, as kc.example.org does from kf.example.org."""
        other = _split(address)
        is_sister = _is_sister(self.base, other)
        if is_sister:
            self._trusted.add(_origin(other))
        return is_sister

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    @contextlib.contextmanager
    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        most_bytes: int,
    ) -> Iterator[Reply]:
        """An answer of whatever status. `path`: below the address, or a whole URL that the server
        gave. Raises SOURCE_ADDRESS, SOURCE_AWAY, SOURCE_TOO_LARGE."""
        target = self._target(path)
        for attempt in range(1, TRIES + 1):
            response = self._follow(method, target, headers, body)
            if response.status not in _LATER or attempt == TRIES:
                break
            asked = response.headers.get("Retry-After", "")
            self._drop(response)
            is_number = asked.isascii() and asked.isdigit()
            self._pause(min(float(asked) if is_number else 2.0**attempt, LONGEST_PAUSE_S))
        try:
            yield Reply(response, most_bytes, self.beat)
        finally:
            if not response.isclosed():  # what nobody read would be taken for the next answer
                self._drop(response)

    def _target(self, path: str) -> SplitResult:
        if "://" in path:
            return _split(path)
        root = f"{self.base.scheme}://{self.base.netloc}{self.base.path.rstrip('/')}"
        return _split(f"{root}/{path.lstrip('/')}")

    def _follow(
        self, method: str, target: SplitResult, headers: Mapping[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        for _ in range(MOST_REDIRECTS + 1):
            self.beat()
            response = self._send(method, target, headers, body)
            place = response.headers.get("Location")
            if response.status not in _REDIRECTS or not place:
                return response
            self._drop(response)
            if method != "GET":
                break
            target = _split(urljoin(target.geturl(), _as_sent(place)))
        raise Problem(SOURCE_AWAY, reason="it sends on and on to other addresses")

    def _send(
        self, method: str, target: SplitResult, headers: Mapping[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        is_its_own = _origin(target) in self._trusted
        sent = {
            "Accept-Encoding": "identity",
            "User-Agent": "Samleng",
            **{
                name: value
                for name, value in headers.items()
                if is_its_own or name.casefold() != "authorization"
            },
        }
        path = f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"
        for is_last in (False, True):
            is_reused = _origin(target) in self._open
            connection = self._connection(target)
            try:
                connection.request(method, path, body=body, headers=sent)
                return connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self._open.pop(_origin(target), None)
                connection.close()
                if is_last or not is_reused:  # one kept open may have been closed meanwhile
                    raise _away(error) from None
        raise AssertionError("the second try answers or raises")

    def _connection(self, target: SplitResult) -> _Pinned:
        origin = _origin(target)
        if origin not in self._open:
            self._open[origin] = _Pinned(target, self._look_up(target))
        return self._open[origin]

    def _drop(self, response: http.client.HTTPResponse) -> None:
        response.close()
        self.close()

    def _look_up(self, target: SplitResult) -> list[str]:
        """Addresses of the server. A name that is nobody's just now is one of a server that is
        away: the line to whoever knows names may be cut too. Raises SOURCE_ADDRESS, SOURCE_AWAY."""
        try:
            found = _resolve(target)
        except (OSError, UnicodeError):
            raise Problem(SOURCE_AWAY, reason=NAMELESS) from None
        _demand(target, found, self._rules)
        return [str(one) for one in found]


NAMELESS = "no server has this name"


def look_at(address: str, rules: Rules) -> None:
    """What can be said of an address that somebody types, before anything is asked of it. Waits for
    whoever knows names: never within a transaction. Raises SOURCE_ADDRESS."""
    target = _split(address)
    try:
        found = _resolve(target)
    except (OSError, UnicodeError):
        raise Problem(SOURCE_ADDRESS, reason=NAMELESS) from None
    _demand(target, found, rules)


def _demand(target: SplitResult, found: Sequence[_Address], rules: Rules) -> None:
    """All addresses of the server may be asked. Raises SOURCE_ADDRESS."""
    allows = rules.allows_private
    if target.scheme == "http" and not (allows and all(one.is_loopback for one in found)):
        raise Problem(SOURCE_ADDRESS, reason="it must begin with https://")
    for one in found:
        if not (_is_neighbour(one) if allows else _is_public(one)):
            raise Problem(
                SOURCE_ADDRESS, reason="it leads into a private network or to this machine"
            )


class _Timed(io.RawIOBase):
    """What a server sends until its time is up, however slowly it sends it."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self._until = time.monotonic() + DEADLINE_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(TIMEOUT_S, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose time runs from its first byte on, those of its headers included."""

    def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(sock, *given, **named)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, whatever its name stands for by now."""

    response_class = _Answer

    def __init__(self, target: SplitResult, addresses: Sequence[str]) -> None:
        is_https = target.scheme == "https"
        self.default_port = 443 if is_https else 80
        super().__init__(str(target.hostname), _port(target), timeout=TIMEOUT_S)
        self._addresses = addresses
        self._tls = ssl.create_default_context() if is_https else None

    def connect(self) -> None:
        plain = self._reach()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain

    def _reach(self) -> socket.socket:
        """The first of its addresses that answers: where IPv6 leads nowhere, IPv4 may."""
        *others, last = self._addresses
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), self.timeout)
        return socket.create_connection((last, self.port), self.timeout)


def _split(address: str) -> SplitResult:
    try:
        target = urlsplit(address.strip())
        is_whole = target.scheme in ("https", "http") and bool(target.hostname)
        _port(target)
    except ValueError:
        is_whole = False
    if not is_whole:
        raise Problem(SOURCE_ADDRESS, reason="it must look like https://data.example.org")
    if target.username is not None or target.password is not None:
        raise Problem(SOURCE_ADDRESS, reason="a name and password do not belong into it")
    if any(ord(sign) <= 32 or ord(sign) == 127 for sign in target.netloc):
        raise Problem(SOURCE_ADDRESS, reason="it holds a blank")
    path, query = quote(target.path, safe=_ASCII), quote(target.query, safe=_ASCII)
    return target._replace(path=path, query=query, fragment="")


def _as_sent(place: str) -> str:
    """A header as its server meant it, where it did not encode it: `http.client` reads Latin-1."""
    try:
        return place.encode("latin-1").decode()
    except UnicodeError:
        return place


def _port(target: SplitResult) -> int:
    return target.port or (443 if target.scheme == "https" else 80)


def _origin(target: SplitResult) -> tuple[str, str, int]:
    return target.scheme, str(target.hostname), _port(target)


def _is_sister(one: SplitResult, other: SplitResult) -> bool:
    if _origin(one) == _origin(other):
        return True
    above = str(one.hostname).partition(".")[2]
    is_name = "." in above and not above.rpartition(".")[2].isdigit()
    is_above_both = above == str(other.hostname).partition(".")[2]
    return is_name and is_above_both and (one.scheme, _port(one)) == (other.scheme, _port(other))


def _resolve(target: SplitResult) -> list[_Address]:
    """Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(target.hostname, _port(target), type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return [_inner(one) for one in dict.fromkeys(addresses)]


def _inner(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 address stands for, where it is one in disguise."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.sixtofour is not None:
            return address.sixtofour
    return address


def _is_public(address: _Address) -> bool:
    if any(address in network for network in _NOBODY if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _is_neighbour(address: _Address) -> bool:
    """Anything but what is nobody's server; a cloud's own secrets are asked for link-locally."""
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _away(error: Exception) -> Problem:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Problem(SOURCE_AWAY, reason="its certificate is not valid")
    if isinstance(error, TimeoutError):
        return Problem(SOURCE_AWAY, reason="it does not answer in time")
    return Problem(SOURCE_AWAY, reason="the connection failed or broke off")
