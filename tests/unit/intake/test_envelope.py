"""Files of a request meet the names that its XML uses, whatever a client makes of them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake.envelope import MAX_NAME_BYTES, ArrivedFile, match_files, safe_name
from service.intake.instance import Instance

KHMER = "រូបថត ផ្ទះ.jpg"
DECOMPOSED = unicodedata.normalize("NFD", "café.jpg")


@dataclass
class InMemory:
    """As much of a file in staging as matching looks at."""

    size: int = 1

    def write(self, chunk: bytes | bytearray | memoryview) -> None: ...
    def commit(self) -> object: ...
    def discard(self) -> None: ...
    def retract(self) -> None: ...


def a_file(filename: str, field_name: str = "", size: int = 1) -> ArrivedFile:
    return ArrivedFile(filename=filename, field_name=field_name or filename, content=InMemory(size))


def an_instance_naming(*names: str) -> Instance:
    return Instance(form_id="visit", version="1", instance_id="uuid:1", expected_files=names)


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        (KHMER, KHMER),
        ('it\'s "fine" & <small>.jpg', 'it\'s "fine" & <small>.jpg'),
        (DECOMPOSED, "café.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\arun\\photo.jpg", "photo.jpg"),
        ("/storage/emulated/0/photo.jpg", "photo.jpg"),
        ("..", ""),
        (".", ""),
        ("a/..", ""),
        ("photos/", ""),
        ("", ""),
        ("  photo.jpg\r\n", "photo.jpg"),
        ("pho\x00to\x7f.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        (".hidden", ".hidden"),
        ("a" * 300, "a" * 255),
        ("ក" * 100, "ក" * 85),
    ],
)
def test_a_name_is_data_and_no_path(raw: str, safe: str) -> None:
    assert safe_name(raw) == safe


@given(st.text(max_size=400))
def test_every_name_ends_short_flat_and_the_same_when_cleaned_again(raw: str) -> None:
    name = safe_name(raw)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert not {"/", "\\", "\0", "\n"} & set(name)
    assert name not in (".", "..")


def test_collect_names_the_file_as_the_xml_does() -> None:
    photo = a_file("1732439911023.jpg")
    assert match_files(an_instance_naming("1732439911023.jpg"), (photo,)) == {
        "1732439911023.jpg": photo
    }


def test_c41_the_file_name_comes_first_and_the_field_name_second() -> None:
    """Kobo's clients send a path as file name; others name the field alone."""
    first, second = a_file("photo.jpg", "attachment[0]"), a_file("blob", "sound.m4a")
    matched = match_files(an_instance_naming("photo.jpg", "sound.m4a"), (first, second))
    assert matched == {"photo.jpg": first, "sound.m4a": second}
    twice = a_file("photo.jpg", "sound.m4a")
    assert match_files(an_instance_naming("photo.jpg", "sound.m4a"), (twice,)) == {
        "photo.jpg": twice
    }


def test_names_meet_in_one_normal_form_and_without_their_folder() -> None:
    for sent in (DECOMPOSED, f"instances/visit/{DECOMPOSED}", "C:\\x\\café.jpg"):
        assert [*match_files(an_instance_naming("café.jpg"), (a_file(sent),))] == ["café.jpg"]
    assert [*match_files(an_instance_naming(KHMER), (a_file(KHMER),))] == [KHMER]


def test_case_matters() -> None:
    assert match_files(an_instance_naming("photo.jpg"), (a_file("PHOTO.JPG"),)) == {}


def test_what_the_xml_does_not_name_is_left_out() -> None:
    """Leftovers in the folder of a record, and plain files beside sealed ones after a crash."""
    files = (a_file("old.jpg"), a_file("photo.jpg"), a_file("photo.jpg.enc"), a_file(""))
    assert [*match_files(an_instance_naming("photo.jpg.enc"), files)] == ["photo.jpg.enc"]
    assert match_files(an_instance_naming(), files) == {}


def test_an_empty_file_is_still_missing() -> None:
    """A phone whose storage is full sends it in place of the file."""
    assert match_files(an_instance_naming("photo.jpg"), (a_file("photo.jpg", size=0),)) == {}


def test_of_two_under_one_name_the_last_is_meant_and_an_empty_one_never() -> None:
    first, last, empty = a_file("a.jpg"), a_file("a.jpg"), a_file("a.jpg", size=0)
    matched = match_files(an_instance_naming("a.jpg"), (first, last, empty))
    assert matched["a.jpg"] is last
