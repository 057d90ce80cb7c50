"""The pieces that every XForm has, and what Collect refuses about them when it opens one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from service.forms.itext import text_of
from service.forms.mistakes import Mistake, Words, mistake
from service.forms.namespaces import OPENROSA, XFORMS, XHTML, children, local_name

MAX_ID = 249
MAX_TITLE = 1000

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Parts:
    """Head, title, model, primary instance, submission and body; None where absent."""

    def __init__(self, html: etree._Element) -> None:
        self.head = _child(html, "head", XHTML)
        self.body = _child(html, "body", XHTML)
        title = None if self.head is None else _child(self.head, "title", XHTML)
        self.title = "" if title is None else text_of(title)
        self.model = None if self.head is None else _child(self.head, "model")
        self.primary = None if self.model is None else _primary(self.model)
        self.submission = None if self.model is None else _child(self.model, "submission")

    @property
    def form_id(self) -> str:
        if self.primary is None:
            return ""
        namespace = etree.QName(self.primary).namespace
        fallback = "" if namespace in (None, XFORMS) else str(namespace)
        return (self.primary.get("id") or fallback).strip()

    @property
    def version(self) -> str:
        if self.primary is None:
            return ""
        given = self.primary.get("version") or self.primary.get(f"{{{OPENROSA}}}version") or ""
        return given.strip()  # as that of a record is read

    @property
    def action(self) -> str | None:
        """Where the form says its records go; None = to the server it came from."""
        return None if self.submission is None else self.submission.get("action")

    def mistakes(self) -> Iterator[Mistake]:
        """What a phone would refuse."""
        if self.head is None:
            yield _missing("h:head")
        elif self.model is None:
            yield _missing("model")
        elif self.primary is None:
            yield mistake(_NO_INSTANCE, _ONE_ROOT)
        if not self.title:
            yield mistake(_NO_TITLE, _GIVE_TITLE)
        if self.body is None:
            yield _missing("h:body")
        if self.primary is not None:
            yield from self._mistakes_of_ids()
        if self.action is not None and not _is_plain_url(self.action):
            yield mistake(_BAD_ACTION, _REMOVE_ACTION, text=self.action)

    def _mistakes_of_ids(self) -> Iterator[Mistake]:
        if not self.form_id:
            yield mistake(_NO_ID, _GIVE_ID)
        for text in (self.form_id, self.version):
            if len(text) > MAX_ID or _CONTROL.search(text):
                yield mistake(_LONG_ID, _SHORTEN, text=text[:MAX_ID])
        if len(self.title) > MAX_TITLE:
            yield mistake(_LONG_TITLE, _SHORTEN, text=self.title[:MAX_ID])


def _child(node: etree._Element, name: str, namespace: str | None = None) -> etree._Element | None:
    for child in children(node):
        if local_name(child) == name and namespace in (None, etree.QName(child).namespace):
            return child
    return None


def _primary(model: etree._Element) -> etree._Element | None:
    """The one child of the first instance."""
    instance = _child(model, "instance")
    roots = [] if instance is None else children(instance)
    return roots[0] if len(roots) == 1 else None


def _is_plain_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and has_host and not re.search(r"\s", text)


def _missing(name: str) -> Mistake:
    return mistake(
        Words(en=f"The form has no {name}.", km=f"ទម្រង់គ្មាន {name} ទេ។"),
        Words(
            en="Build the form again with an XLSForm tool.",
            km="សូមបង្កើតទម្រង់ឡើងវិញដោយឧបករណ៍ XLSForm។",
        ),
    )


_NO_INSTANCE = Words(
    en="The first instance of the form does not hold exactly one root element.",
    km="instance ទីមួយនៃទម្រង់ត្រូវមានធាតុដើមតែមួយគត់។",
)
_ONE_ROOT = Words(
    en="Give the first instance one child, such as <data id=…>.",
    km="សូមដាក់ធាតុតែមួយក្នុង instance ទីមួយ ដូចជា <data id=…>។",
)
_NO_TITLE = Words(en="The form has no title.", km="ទម្រង់គ្មានចំណងជើងទេ។")
_GIVE_TITLE = Words(
    en="Fill in form_title on the settings sheet.",
    km="សូមបំពេញ form_title លើសន្លឹក settings។",
)
_NO_ID = Words(en="The form has no form ID.", km="ទម្រង់គ្មានលេខសម្គាល់ (form ID) ទេ។")
_GIVE_ID = Words(en="Fill in form_id on the settings sheet.", km="សូមបំពេញ form_id លើសន្លឹក settings។")
_LONG_ID = Words(
    en=f"Form ID and version must be at most {MAX_ID} characters on one line.",
    km=f"លេខសម្គាល់ និងកំណែទម្រង់ត្រូវមានមិនលើស {MAX_ID} តួអក្សរ ក្នុងមួយបន្ទាត់។",
)
_LONG_TITLE = Words(en="The title is too long.", km="ចំណងជើងវែងពេក។")
_SHORTEN = Words(en="Make it shorter.", km="សូមធ្វើឱ្យខ្លីជាងនេះ។")
_BAD_ACTION = Words(
    en="The address that records are sent to (submission_url) is not a web address.",
    km="អាសយដ្ឋានដែលត្រូវផ្ញើកំណត់ត្រាទៅ (submission_url) មិនមែនជាអាសយដ្ឋានបណ្តាញទេ។",
)
_REMOVE_ACTION = Words(
    en="Remove submission_url from the settings sheet: phones send to the server they know.",
    km="សូមលុប submission_url ចេញពីសន្លឹក settings៖ ទូរសព្ទផ្ញើទៅម៉ាស៊ីនមេដែលវាស្គាល់។",
)
