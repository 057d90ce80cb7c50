"""What changed between two versions, of a form with names, codes and nested repeats."""

from __future__ import annotations

from service.forms.schema import Field, FormSchema, Sensitivity
from service.review.classes import CODED
from service.review.diffs import Change, changes, tree

REPEATS = frozenset({("child",), ("child", "aid")})
SCHEMA = FormSchema(
    form_id="f", version="1", title="t", root="data", repeats=REPEATS,
    fields=(
        Field(path=("name",), type="string", sensitivity=Sensitivity.IDENTITY),
        Field(path=("need",), type="select1", sensitivity=Sensitivity.CODED),
        Field(path=("home", "road"), type="string", sensitivity=Sensitivity.CODED),
        Field(path=("child", "age"), type="int", sensitivity=Sensitivity.CODED),
        Field(path=("child", "called"), type="string", sensitivity=Sensitivity.IDENTITY),
        Field(path=("child", "aid", "kind"), type="string", sensitivity=Sensitivity.CODED),
    ),
)  # fmt: skip
ALL = frozenset(Sensitivity)


def between(old: str, new: str, shown: frozenset[Sensitivity] = CODED) -> list[Change]:
    before, after = (
        tree(f'<data id="f" version="1">{one}</data>'.encode(), SCHEMA, shown, today=SCHEMA)
        for one in (old, new)
    )
    return list(changes(before, after))


def child(age: int, called: str = "សុខ", aid: str = "") -> str:
    kinds = "".join(f"<aid><kind>{one}</kind></aid>" for one in aid.split())
    return f"<child><age>{age}</age><called>{called}</called>{kinds}</child>"


def test_an_answer_that_changed_came_or_went() -> None:
    assert between("<need>a</need>", "<need>b</need>") == [Change(path=("need",), old="a", new="b")]
    assert between("", "<need>b</need>") == [Change(path=("need",), new="b")]
    assert between("<need>a</need>", "") == [Change(path=("need",), old="a")]
    assert between("<need/>", "<need>b</need>") == [Change(path=("need",), old="", new="b")]
    assert between("<need>a</need>", "<need>a</need>") == []


def test_groups_are_entered_and_told_whole_where_they_came() -> None:
    home = "<home><road>5</road></home>"
    assert between(home, "<home><road>6</road></home>") == [
        Change(path=("home", "road"), old="5", new="6")
    ]
    assert between("", home) == [Change(path=("home",), new={"road": "5"})]
    assert between("<home/>", home) == [Change(path=("home", "road"), new="5")]


def test_nothing_tells_whether_a_hidden_answer_is_the_same() -> None:
    """Else whoever may edit tries names until the diff is silent."""
    same, other = "<name>សុខ</name>", "<name>ម៉ារី</name>"
    assert between(same, same) == between(same, other) == []
    assert between(same, other, ALL) == [Change(path=("name",), old="សុខ", new="ម៉ារី")]
    assert between("", child(3)) == [Change(path=(("child", 0),), new={"age": "3", "called": None})]
    assert between(child(3), child(3, "ម៉ារី")) == []


def test_rows_of_repeats_are_named_by_their_place() -> None:
    three = child(1) + child(2) + child(3)
    assert between(three, child(1) + child(9) + child(3)) == [
        Change(path=(("child", 1), "age"), old="2", new="9")
    ]
    gone = {"age": "2", "called": None}
    assert between(three, child(1) + child(3)) == [Change(path=(("child", 1),), old=gone)]
    assert between(child(1) + child(3), three) == [Change(path=(("child", 1),), new=gone)]
    assert between(child(1, aid="x y"), child(1, aid="x z")) == [
        Change(path=(("child", 0), ("aid", 1), "kind"), old="y", new="z")
    ]


def test_more_rows_than_before_stand_against_each_other_first() -> None:
    found = between(child(1), child(5) + child(6))
    assert found == [
        Change(path=(("child", 0), "age"), old="1", new="5"),
        Change(path=(("child", 1),), new={"age": "6", "called": None}),
    ]


def test_without_a_schema_nothing_but_the_ids_is_told() -> None:
    def of(need: str, key: str) -> dict[str, object]:
        xml = f"<data><need>{need}</need><meta><instanceID>{key}</instanceID></meta></data>"
        return dict(tree(xml.encode(), None, ALL, today=None))

    assert list(changes(of("a", "1"), of("b", "2"))) == [  # type: ignore[arg-type]
        Change(path=("meta", "instanceID"), old="1", new="2")
    ]
