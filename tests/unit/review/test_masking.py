"""A record's XML with what may not be seen taken out: every class, every shape, nothing more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from service.forms.classes import class_of
from service.forms.schema import Field, FormSchema, Sensitivity
from service.review.classes import CODED
from service.review.masking import masked

SECRET = "សុខ ម៉ារី"


def schema(*fields: Field) -> FormSchema:
    return FormSchema(form_id="f", version="1", title="t", root="data", fields=fields)


def field(
    path: str, sensitivity: Sensitivity, *, tag: str | None = None, kind: str = "string"
) -> Field:
    return Field(path=tuple(path.split("/")), type=kind, sensitivity=sensitivity, tag=tag)


def texts(xml: bytes) -> dict[str, str | None]:
    root = etree.fromstring(xml)
    return {
        root.getroottree().getpath(node): node.text
        for node in root.iter()
        if not len(node) and isinstance(node.tag, str)
    }


@pytest.mark.parametrize("shown", [CODED, CODED | {Sensitivity.IDENTITY}, frozenset(Sensitivity)])
@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_each_class_is_shown_where_it_may_be(
    sensitivity: Sensitivity, shown: frozenset[Sensitivity]
) -> None:
    xml = f"<data id='f'><g><a>{SECRET}</a></g></data>".encode()
    found = masked(xml, schema(field("g/a", sensitivity)), shown, today=None)
    assert texts(found) == {"/data/g/a": SECRET if sensitivity in shown else None}


def test_repeats_keep_their_rows() -> None:
    xml = f"<data><m><n>{SECRET}</n><age>4</age></m><m><n>{SECRET}</n><age>5</age></m></data>"
    form = schema(field("m/n", Sensitivity.IDENTITY), field("m/age", Sensitivity.CODED))
    found = texts(masked(xml.encode(), form, CODED, today=None))
    assert list(found.values()) == [
        None,
        "4",
        None,
        "5",
    ]


@pytest.mark.parametrize(
    "inside",
    [
        "<strange>{0}</strange>", "<!-- {0} --><a>1</a>", "<?x {0}?><a>1</a>", "<a who='{0}'>1</a>",
        "{0}<a>1</a>", "<a>1</a>{0}", "<a><b>{0}</b></a>", "<a>{0}<b/></a>",
        "<meta><instanceName>{0}</instanceName></meta>", "<meta><deviceID>{0}</deviceID></meta>",
        "<x:a xmlns:x='urn:mary'>1</x:a>", "<សុខ>1</សុខ>", "<g><a>{0}</a></g>",
    ],
)  # fmt: skip
def test_what_the_form_does_not_name_is_not_shown(inside: str) -> None:
    form = schema(
        field("a", Sensitivity.CODED),
        field("meta/instanceName", Sensitivity.TESTIMONY),
        field("meta/deviceID", Sensitivity.CODED),
    )
    for shown in (CODED, CODED | {Sensitivity.TESTIMONY}):
        found = masked(
            f"<data id='f'>{inside.format(SECRET)}</data>".encode(), form, shown, today=None
        )
        assert not [word for word in ("សុខ", "mary") if word in found.decode()], inside


def test_ids_stay_and_what_is_on_the_root_beside_them_goes() -> None:
    xml = (
        f"<data id='f' version='2' who='{SECRET}'><meta><instanceID>uuid:1</instanceID>"
        "<deprecatedID>uuid:0</deprecatedID></meta></data>"
    )
    found = etree.fromstring(masked(xml.encode(), None, CODED, today=None))
    assert dict(found.attrib) == {"id": "f", "version": "2"}
    assert [node.text for node in found[0]] == ["uuid:1", "uuid:0"]


def test_a_tag_that_says_who_somebody_is_stands_before_the_forms_class() -> None:
    form = schema(field("a", Sensitivity.CODED, tag="person.name"))
    xml = f"<data><a>{SECRET}</a></data>".encode()
    assert SECRET not in masked(xml, form, CODED | {Sensitivity.TESTIMONY}, today=None).decode()
    assert SECRET in masked(xml, form, CODED | {Sensitivity.IDENTITY}, today=None).decode()


NAMES = st.sampled_from(["a", "b", "meta", "instanceID", "g"])
TREES = st.recursive(
    st.just([]), lambda inner: st.lists(st.tuples(NAMES, inner), max_size=4), max_leaves=12
)


def written(tree: list[object]) -> str:
    return "".join(f"<{name}>{written(inner) or SECRET}</{name}>" for name, inner in tree)  # type: ignore[misc]


@given(TREES)
def test_no_shape_of_a_record_lets_an_answer_through_that_the_form_guards(
    tree: list[object],
) -> None:
    guarded = schema(*(field(name, Sensitivity.IDENTITY) for name in "abg"))
    found = masked(f"<data>{written(tree)}</data>".encode(), guarded, CODED, today=None)
    left = {path for path, text in texts(found).items() if text}
    assert all("/meta" in path and path.split("/")[-1].startswith("instanceID") for path in left)


@pytest.mark.parametrize("kind", ["geopoint", "geotrace", "geoshape"])
@pytest.mark.parametrize("said", Sensitivity)
def test_an_exact_place_says_who_somebody_is_whatever_its_class(
    kind: str, said: Sensitivity
) -> None:
    """Of forms that were published before such a class was refused, too; and a quote without name
    and village, for which testimony is opened, must not tell it."""
    where = Field(path=("at",), type=kind, sensitivity=said)
    assert class_of(where) is Sensitivity.IDENTITY
    well = Field(path=("at",), type=kind, sensitivity=said, is_nobodys_place=True)
    assert class_of(well) is said
