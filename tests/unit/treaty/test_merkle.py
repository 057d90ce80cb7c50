"""RFC 9162 §2.1: the published vectors of Certificate Transparency, and every tree of some size."""

from __future__ import annotations

import hashlib

import pytest

from service.treaty import merkle
from service.treaty.merkle import TILE, Tree

ENTRIES = [
    bytes.fromhex(one)
    for one in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
_SIX, _FOUR = ROOTS[4], "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CONSISTENCY = {
    (2, 8): INCLUSION[0, 8][1:],
    (6, 8): (_FOUR, INCLUSION[5, 8][1], _SIX),
}


def tree_of(entries: list[bytes]) -> Tree:
    leaves = [merkle.leaf_hash(one) for one in entries]
    return Tree(size=len(leaves), tiles=merkle.new_tiles(leaves), leaves=dict(enumerate(leaves)))


def leads_to(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root, by the recursion of the definition and not by anybody's loop."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    half = merkle.split(size)
    *rest, last = proof
    if index < half:
        below = leads_to(leaf, index, half, rest)
        return below and merkle.node_hash(below, last)
    below = leads_to(leaf, index - half, size - half, rest)
    return below and merkle.node_hash(last, below)


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert tree_of(ENTRIES[:size]).root().hex() == ROOTS[size]


def test_a_leaf_is_no_node_and_no_bare_hash() -> None:
    assert merkle.leaf_hash(b"a") == hashlib.sha256(b"\0a").digest()
    assert merkle.node_hash(b"a", b"b") == hashlib.sha256(b"\1ab").digest()


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_is_proved_as_in_the_vectors(index: int, size: int) -> None:
    found = tree_of(ENTRIES[:size]).inclusion(index)
    assert tuple(one.hex() for one in found) == INCLUSION[index, size]


@pytest.mark.parametrize(("earlier", "size"), CONSISTENCY)
def test_consistency_is_proved_as_in_the_vectors(earlier: int, size: int) -> None:
    found = tree_of(ENTRIES[:size]).consistency(earlier)
    assert tuple(one.hex() for one in found) == CONSISTENCY[earlier, size]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 255, 256, 257, 511, 512, 700, 1025])
def test_every_leaf_leads_to_the_root_with_what_a_question_loads_alone(size: int) -> None:
    leaves = [merkle.leaf_hash(str(at).encode()) for at in range(size)]
    tiles, root = merkle.new_tiles(leaves), merkle.root_of(leaves)
    for index in {0, 1, size // 3, size // 2, TILE - 1, TILE, size - 2, size - 1}:
        if not 0 <= index < size:
            continue
        asked = merkle.needed(size, index)
        loaded = {at: leaves[at] for first, end in asked for at in range(first, end)}
        assert len(loaded) <= 2 * TILE
        tree = Tree(size=size, tiles=tiles, leaves=loaded)
        assert tree.root() == root
        assert leads_to(leaves[index], index, size, tree.inclusion(index)) == root


def checks_out(first: int, second: int, old: bytes, new: bytes, proof: list[bytes]) -> bool:
    """RFC 9162 §2.1.4.2, word for word."""
    if first == second:
        return old == new and not proof
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = merkle.node_hash(c, fr), merkle.node_hash(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = merkle.node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old and sr == new and sn == 0


@pytest.mark.parametrize("size", [2, 5, 8, 31, 256, 300, 513, 900])
def test_every_later_tree_is_shown_to_only_add(size: int) -> None:
    leaves = [merkle.leaf_hash(str(at).encode()) for at in range(size)]
    tiles, root = merkle.new_tiles(leaves), merkle.root_of(leaves)
    for earlier in {1, 2, 3, size // 2, TILE - 1, TILE, TILE + 1, size - 1, size}:
        if not 1 <= earlier <= size:
            continue
        asked = merkle.needed(size, earlier)
        loaded = {at: leaves[at] for first, end in asked for at in range(first, end)}
        proof = Tree(size=size, tiles=tiles, leaves=loaded).consistency(earlier)
        old = merkle.root_of(leaves[:earlier])
        assert checks_out(earlier, size, old, root, proof)
        assert not checks_out(earlier, size, merkle.leaf_hash(b"another"), root, proof)
