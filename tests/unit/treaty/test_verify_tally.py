"""The script by which strangers check: what is sound passes, and nothing else does.

`FORGERIES=10000` changes the log so often; the suite does less."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.foundation.sealing import Signer
from service.treaty import heads, merkle, receipts, verify_tally
from service.treaty.status import Status

FORGERIES = int(os.environ.get("FORGERIES", "300"))
SIGNER = Signer("5a" * 32)
AT = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)
KEY = heads.verifier_key(SIGNER.public_key, 1)


def a_log(size: int) -> tuple[list[bytes], list[str]]:
    """Lines, and codes of the signatures; every tenth was taken back."""
    lines, codes = list[bytes](), list[str]()
    while len(lines) < size:
        code = receipts.code_of(random.Random(len(codes)).randbytes(16)).replace("-", "")
        codes.append(code)
        lines.append(receipts.line(receipts.commitment(code, 0), None, Status.VALID))
        if len(codes) % 10 == 0:
            gone = receipts.commitment(code, 1)
            lines.append(receipts.line(gone, Status.VALID, Status.WITHDRAWN))
    return lines[:size], codes


def tree_of(lines: list[bytes]) -> merkle.Tree:
    leaves = [merkle.leaf_hash(one) for one in lines]
    tiles = merkle.new_tiles(leaves)
    return merkle.Tree(size=len(leaves), tiles=tiles, leaves=dict(enumerate(leaves)))


def signed(lines: list[bytes], signer: Signer = SIGNER, project_id: int = 1) -> str:
    head = heads.sign(signer, project_id, len(lines), tree_of(lines).root(), AT)
    return heads.note(signer.public_key, project_id, head)


def roots_of(lines: list[bytes], *sizes: int) -> dict[int, bytes]:
    text = "".join(signed(lines[:size]) for size in sizes)
    return verify_tally.read_heads(KEY, text)


def test_s52_what_is_sound_passes_and_is_counted_anew() -> None:
    lines, codes = a_log(400)
    assert verify_tally.check_log(lines, roots_of(lines, 1, 7, 256, 399, 400)) == {
        "valid": len(codes) - len(codes) // 10, "withdrawn": len(codes) // 10,
    }  # fmt: skip


def test_s52_no_insertion_removal_or_edit_of_the_log_goes_unseen() -> None:
    lines, _ = a_log(600)
    roots = roots_of(lines, 1, 77, 256, 600)
    chance, unseen = random.Random("samleng"), []
    for at in range(FORGERIES):
        forged, place = list(lines), chance.randrange(len(lines))
        kind = chance.choice(("insert", "remove", "edit", "swap", "repeat"))
        if kind == "insert":
            forged.insert(place, receipts.line(chance.randbytes(32), None, Status.VALID))
        elif kind == "remove":
            del forged[place]
        elif kind == "repeat":
            forged[place] = forged[place - 1]
        elif kind == "swap":
            forged[place], forged[place - 1] = forged[place - 1], forged[place]
        else:
            line, byte = bytearray(forged[place]), chance.randrange(len(forged[place]))
            line[byte] ^= 1 << chance.randrange(8)
            forged[place] = bytes(line)
        try:
            verify_tally.check_log(forged, roots)
        except (ValueError, LookupError, TypeError):
            continue
        unseen.append((at, kind, place))
    assert unseen == []


def test_s52_a_log_written_anew_contradicts_a_head_that_was_kept() -> None:
    lines, _ = a_log(50)
    anew = [*lines[:20], receipts.line(b"x" * 32, None, Status.VALID), *lines[21:]]
    with pytest.raises(ValueError, match="first 30 lines"):
        verify_tally.check_log(anew, roots_of(lines, 30) | roots_of(anew, 50))
    with pytest.raises(ValueError, match="two heads of 50"):
        verify_tally.read_heads(KEY, signed(lines) + signed(anew))


@pytest.mark.parametrize(("signer", "project_id"), [(Signer("6b" * 32), 1), (SIGNER, 2)])
def test_s52_a_head_of_another_key_or_log_is_none(signer: Signer, project_id: int) -> None:
    lines, _ = a_log(5)
    with pytest.raises(ValueError, match="not signed with this key"):
        verify_tally.read_heads(KEY, signed(lines, signer, project_id))


@pytest.mark.parametrize("change", [("\n5\n", "\n6\n"), ("02:00", "03:00"), ("\n\n—", "\n—")])
def test_s52_a_head_that_was_changed_is_none(change: tuple[str, str]) -> None:
    lines, _ = a_log(5)
    with pytest.raises(ValueError, match=r"signed|written"):
        verify_tally.read_heads(KEY, signed(lines).replace(*change))


def test_the_script_knows_signatures_as_the_library_does() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes_raw()
    for number in range(8):
        message = bytes([number]) * number
        made = private.sign(message)
        assert verify_tally.is_signed(public, message, made)
        assert not verify_tally.is_signed(public, message + b"!", made)
        assert not verify_tally.is_signed(public, message, made[:-1] + bytes([made[-1] ^ 1]))
    key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    first = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    second = "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    vector = (key, "72", first + second)  # RFC 8032 §7.1, test 2
    assert verify_tally.is_signed(*map(bytes.fromhex, vector))


def a_receipt(tree: merkle.Tree, index: int) -> dict[str, object]:
    proof = [one.hex() for one in tree.inclusion(index)]
    return {
        "included": True, "leaf": tree.leaves[index].hex(), "index": index, "size": tree.size,
        "proof": proof, "root": tree.root().hex(),
    }  # fmt: skip


def test_a_receipt_that_was_changed_in_any_part_does_not_hold() -> None:
    lines, _ = a_log(300)
    tree, roots = tree_of(lines), roots_of(lines, 300)
    for index in (0, 1, 150, 255, 256, 299):
        said = a_receipt(tree, index)
        verify_tally.check_receipt(said, roots)
        proof = list(said["proof"])  # type: ignore[call-overload]
        for changed in (
            {"leaf": "00" * 32}, {"index": index + 1}, {"index": -1}, {"size": 301},
            {"root": "00" * 32}, {"proof": proof[1:]}, {"proof": [*proof, "00" * 32]},
            {"proof": ["00" * 32, *proof[1:]]},
        ):  # fmt: skip
            with pytest.raises(ValueError, match="receipt of line"):
                verify_tally.check_receipt({**said, **changed}, roots)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, "-I", verify_tally.__file__, KEY, "heads", "log"]
    options = ["--receipts", "receipts", "--tally", "tally"]
    return subprocess.run(
        [*script, *options], cwd=folder, capture_output=True, text=True, check=False
    )


def test_ten_thousand_receipts_are_checked_offline_in_seconds(tmp_path: Path) -> None:
    lines, codes = a_log(10_000)
    tree = tree_of(lines)
    files = {
        "heads": signed(lines[:5000]) + signed(lines),
        "log": "".join(f"{line.decode()}\n" for line in lines),
        "receipts": "\n".join(json.dumps(a_receipt(tree, at)) for at in range(10_000)),
        "tally": json.dumps(
            {"signatures": {"valid": len(codes) - len(lines) // 11, "minors": 0,
                            "withdrawn": len(lines) // 11}}
        ),
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    began = sum(os.times()[2:4])
    ended = run(tmp_path)
    assert sum(os.times()[2:4]) - began < 5  # seconds of the child
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("sound: 2 heads")
    (tmp_path / "tally").write_text('{"signatures": {"valid": 10000}}')
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "the page says" in ended.stderr


def test_the_script_is_short_and_needs_nothing_but_python() -> None:
    source = Path(verify_tally.__file__).read_text("utf-8")
    assert len(source.splitlines()) <= 150
    assert "service" not in source
