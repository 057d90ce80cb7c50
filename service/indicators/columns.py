"""The facts of one project in columns of small numbers, to be counted in memory. Pure.

Rows are only added. The rows of a submission that changed are struck (they stay, and count no
more), and its new rows go to the end: so whoever counted up to a place can count on from there.
About 45 bytes a fact, with the fields of the whole catalogue: 450 MB for ten millions, in each
process that shows figures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.indicators.arrivals import KEY, Arrivals
from service.indicators.layout import SEPARATOR, columns_of
from service.indicators.measures import OF_HOUSEHOLDS, Kind
from service.indicators.units import Ints, Units

__all__ = ["SEPARATOR", "Columns", "Ints", "Kind", "Row", "Store"]
Bools: TypeAlias = NDArray[np.bool_]
Row: TypeAlias = Sequence[Any]
"""As `queries.stream` selects it: key of the submission, and a value for each of `names_of`."""

_BEFORE = ("first", "place", "day", "terms", "home", "submitter")
"""Of all kinds. `first`: whether it is of the first person of its visit; `home`: stand-in of its
household, incident or case, or "" where the report stands for itself."""
_CODED = ("place", "day", "terms", "submitter", "came")
"""`came`: the day on which the record came in, as `Arrivals` say."""
WORN = 0.25
"""Share of struck rows above which reading anew costs less than carrying them along."""
FEW_STRUCK = 10_000
MOST_LATE = 50_000
"""Units of one kind that came late, before all are numbered again."""


def names_of(kind: Kind) -> tuple[str, ...]:
    """The columns of a kind, in the order in which they are selected."""
    return (*_BEFORE, *columns_of(kind))


def coded_of(kind: Kind) -> tuple[str, ...]:
    """Those that hold numbers for values (`Codes`)."""
    return (*_CODED, *columns_of(kind))


class Codes(dict[Hashable, int]):
    """Values to numbers, in the order in which they were first seen. Never loses one."""

    def __init__(self) -> None:
        super().__init__()
        self.values_seen: list[Any] = []

    def __missing__(self, value: Hashable) -> int:
        number = self[value] = len(self.values_seen)
        self.values_seen.append(value)
        return number

    def numbers(self, values: Sequence[Hashable]) -> Ints:
        return np.fromiter(map(self.__getitem__, values), np.int64, len(values))

    def told(self, of_value: Callable[[Any], Any], dtype: Any = np.int64) -> NDArray[Any]:
        """What is told of each value, by its number."""
        return np.fromiter(map(of_value, self.values_seen), dtype, len(self.values_seen))


class Columns:
    """The rows of one kind of fact."""

    def __init__(self, kind: Kind = Kind.PERSON) -> None:
        self.count = 0
        self.codes = {name: Codes() for name in coded_of(kind)}
        self.units = Units()
        self.struck: list[Ints] = []
        """Rows in the order in which they were struck, in pieces."""
        self._held: dict[str, NDArray[Any]] = {name: np.empty(0, np.uint8) for name in self.codes}
        self._held |= {name: np.empty(0, np.bool_) for name in ("first", "stands")}
        self._held["unit"] = np.empty(0, np.int32)
        self._keys: list[NDArray[Any]] = []
        self._starts: list[Ints] = []
        self._late: dict[bytes, range] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._held[name][: self.count]

    def add(
        self,
        keys: NDArray[Any],
        homes: NDArray[np.int64],
        new: dict[str, NDArray[Any]],
        *,
        is_late: bool,
    ) -> None:
        """Rows at the end; those of a submission come together. The first ones come in the order
        of their keys; `is_late`: in any."""
        is_next = keys[1:] != keys[:-1]
        starts = np.flatnonzero(np.append(True, is_next))
        is_next |= homes[1:] != homes[:-1]
        of_unit = np.flatnonzero(np.append(True, is_next))
        in_unit = np.diff(np.append(of_unit, len(keys)))
        begin = self.count
        units = self.units.add(of_unit + begin, in_unit, homes[of_unit], is_late=is_late)
        more = {"unit": np.repeat(units, in_unit), "stands": np.ones(len(keys), np.bool_)}
        for name, values in (new | more).items():
            self._append(name, values)
        self.count += len(keys)
        if not is_late:
            self._keys.append(keys[starts])
            self._starts.append((starts + begin).astype(np.int32))
            return
        sizes = np.diff(np.append(starts, len(keys)))
        for key, start, size in zip(keys[starts].tolist(), starts, sizes, strict=True):
            self._late[key] = range(begin + start, begin + start + size)
        if self.units.count - self.units.settled > MOST_LATE:
            self._settle()

    def _append(self, name: str, values: NDArray[Any]) -> None:
        """Arrays grow by an eighth, and to wider numbers where codes become many."""
        held, end = self._held[name], self.count + len(values)
        dtype = held.dtype
        if name in self.codes and len(values):
            dtype = np.promote_types(dtype, np.min_scalar_type(int(values.max())))
        if end > len(held) or dtype != held.dtype:
            grown = np.empty(max(end, len(held) * 9 // 8) if end > len(held) else len(held), dtype)
            grown[: self.count] = held[: self.count]
            self._held[name] = held = grown
        held[self.count : end] = values

    def close(self) -> None:
        """All first ones have come."""
        if self._keys:
            self._keys = [np.concatenate(self._keys)]
            self._starts = [np.append(np.concatenate(self._starts), self.count)]
        self._settle()

    def _settle(self) -> None:
        numbers = self.units.settle()
        self._held["unit"][: self.count] = numbers[self["unit"]]

    def strike(self, keys: Iterable[bytes]) -> None:
        """The rows of these submissions count no more."""
        for rows in map(self._rows_of, keys):
            standing = rows[self._held["stands"][rows]]
            if len(standing):
                self._held["stands"][standing] = False
                self.struck.append(standing)

    def _rows_of(self, key: bytes) -> Ints:
        late = self._late.get(_bare(key))
        if late is not None:
            return np.arange(late.start, late.stop)
        if self._keys:
            at = int(np.searchsorted(self._keys[0], np.array(key, KEY)))
            if at < len(self._keys[0]) and self._keys[0][at] == _bare(key):
                return np.arange(self._starts[0][at], self._starts[0][at + 1])
        return np.empty(0, np.int64)

    @property
    def bytes(self) -> int:
        lists = (*self._held.values(), *self._keys, *self._starts)
        return sum(held.nbytes for held in lists) + self.units.bytes


class Store:
    """All columns of a project. One thread at a time."""

    def __init__(self) -> None:
        self.columns = {kind: Columns(kind) for kind in Kind}

    def add(
        self,
        kind: Kind,
        rows: Sequence[Row],
        arrivals: Arrivals = Arrivals(),  # noqa: B008 - none are known, and it does not change
        *,
        is_late: bool = True,
    ) -> None:
        if not rows:
            return
        keys, *rest = zip(*rows, strict=True)
        values = dict(zip(names_of(kind), rest, strict=True))
        columns, held = self.columns[kind], np.array(keys, KEY)
        codes = columns.codes
        new = {name: codes[name].numbers(values[name]) for name in codes if name != "came"}
        new["came"] = codes["came"].numbers(arrivals.days)[arrivals.of(held)]
        new["first"] = np.fromiter(values["first"], np.bool_, len(rows))
        stand_ins: Sequence[str] = values["home"]
        if kind not in OF_HOUSEHOLDS:
            pairs = zip(stand_ins, keys, strict=True)
            stand_ins = [home or bytes(key).hex()[16:] for home, key in pairs]
        _add(columns, held, homes(stand_ins), new, is_late=is_late)

    def close(self) -> None:
        for columns in self.columns.values():
            columns.close()

    def strike(self, keys: Iterable[bytes]) -> None:
        listed = list(keys)
        for columns in self.columns.values():
            columns.strike(listed)

    @property
    def is_worn(self) -> bool:
        struck = sum(len(one) for columns in self.columns.values() for one in columns.struck)
        count = sum(columns.count for columns in self.columns.values())
        return struck > max(FEW_STRUCK, WORN * count)

    @property
    def bytes(self) -> int:
        return sum(columns.bytes for columns in self.columns.values())


def _add(
    columns: Columns,
    keys: NDArray[Any],
    told: NDArray[np.int64],
    new: dict[str, NDArray[Any]],
    *,
    is_late: bool,
) -> None:
    """Those of a submission that rest on one household, incident or case together: one submission
    may tell of several, here and there."""
    if ((keys[1:] == keys[:-1]) & (told[1:] < told[:-1])).any():
        order = np.lexsort((told, np.cumsum(np.append(False, keys[1:] != keys[:-1]))))
        keys, told = keys[order], told[order]
        new = {name: values[order] for name, values in new.items()}
    columns.add(keys, told, new, is_late=is_late)


def homes(stand_ins: Sequence[str]) -> NDArray[np.int64]:
    """Stand-ins of households as numbers: they are 64 bits in hexadecimal."""
    joined = "".join(stand_ins)
    if len(joined) == 16 * len(stand_ins):
        try:
            return np.frombuffer(bytes.fromhex(joined), ">i8").astype(np.int64)
        except ValueError:
            pass  # not all of them
    return np.fromiter(map(_home, stand_ins), np.int64, len(stand_ins))


def _home(stand_in: str) -> int:
    try:
        data = bytes.fromhex(stand_in)
    except ValueError:
        data = b""
    if len(data) != 8:
        data = hashlib.blake2b(stand_in.encode(), digest_size=8).digest()
    return int.from_bytes(data, "big", signed=True)


def _bare(key: bytes) -> bytes:
    """As numpy gives it back: without zeros at the end, which no two keys differ by alone."""
    return key.rstrip(b"\0")
