"""One request while it comes in: what must not be stored never touches the disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.accounts.actor import Actor
from service.foundation import keys
from service.foundation.blobs import Draft, LocalBlobs
from service.foundation.db import reading
from service.foundation.problems import Problem
from service.intake.actions.sealing_here import SUFFIX, SealedDraft
from service.intake.actions.understanding import Understood, Unreadable, understand
from service.intake.envelope import ArrivedFile, Bytes, match_files, name_in, safe_name
from service.intake.queries import receiving


class Reception:
    """Decides, for each file of a request, where its bytes go: sealed for the disk; sealed for
    the key kept offline and then for the disk; or nowhere.

    Phones send the XML first, so files are known by the time they come. Those that come before it
    wait sealed, under keys that are destroyed where they turn out not to belong there.
    """

    def __init__(
        self,
        actor: Actor,
        project_id: int,
        blobs: LocalBlobs,
        refuses_new: Problem | None = None,
    ) -> None:
        """`refuses_new`: what a record is told that is not here yet. What is may come again, and be
        completed: its phone is to be rid of it."""
        self.actor = actor
        self._refuses_new = refuses_new
        self.project_id = project_id
        self._blobs = blobs
        self._xml: bytes | None = None
        self._outcome: Understood | Unreadable | Problem | None = None
        self._drafts: list[Draft] = []
        self._dropped_in_clear = 0

    # --- while it comes in ----------------------------------------------------------------------
    def xml(self, xml: bytes) -> None:
        """The XML is here. It is read when the next file comes, or at the end."""
        self._xml = xml

    def draft(self, filename: str, field_name: str) -> Bytes | None:
        """Where to put a file that begins; None: nowhere."""
        if self._xml is None:
            return self._sealed_for_disk()
        try:
            record = self.understood
        except Unreadable:
            return self._sealed_for_disk()
        except Problem:
            return None  # nothing of this request is kept; it is told at the end
        name = name_in(record.instance, filename, field_name)
        if name is None:
            self._count_dropped(record, filename)
            return None
        draft = self._sealed_for_disk()
        return draft if record.seal is None else record.seal.draft(draft, name)

    def _sealed_for_disk(self) -> Draft:
        draft = self._blobs.draft(keys.current().take(self.project_id))
        self._drafts.append(draft)
        return draft

    def discard(self) -> None:
        """Forget all files that were not committed."""
        for draft in self._drafts:
            draft.discard()

    # --- when all of it is here -----------------------------------------------------------------
    @property
    def understood(self) -> Understood:
        """What the XML says: found out once, though asked for with every file. Raises Unreadable
        or a Problem."""
        if self._outcome is None:
            self._outcome = self._understood()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def _understood(self) -> Understood | Unreadable | Problem:
        if self._xml is None:
            raise AssertionError("no XML yet")
        try:
            found = understand(self.actor, self.project_id, self._xml)
        except (Unreadable, Problem) as refused:
            return self._refuses_new or refused
        if self._refuses_new is not None and not self._is_here(found):
            return self._refuses_new
        return found

    def _is_here(self, record: Understood) -> bool:
        with reading() as session:
            return receiving.is_stored(
                session, self.project_id, record.form.form_pk, record.instance.instance_id
            )

    @property
    def spilled(self) -> int:
        """Files in clear that came beside an encrypted record. None of them is here any more."""
        return self._dropped_in_clear

    def named_files(self, files: tuple[ArrivedFile, ...]) -> dict[str, Bytes]:
        """Files by the name that the record gives them, each sealed as it must be; the others are
        gone for good."""
        record = self.understood
        matched = match_files(record.instance, files)
        kept = {id(file) for file in matched.values()}
        strangers = [file for file in files if id(file) not in kept]
        for file in strangers:
            if file.content.size:
                self._count_dropped(record, file.filename)
            file.content.discard()
        named: dict[str, Bytes] = {name: file.content for name, file in matched.items()}
        early: list[Bytes] = [file.content for file in strangers]
        if record.seal is not None:
            early += [content for content in named.values() if isinstance(content, Draft)]
            named = self._sealed_late(record, named)
        if record.seal is not None or record.instance.is_encrypted:
            self._destroy_keys(early)
        return named

    def sealed_record(self, record: Understood, xml: bytes) -> SealedDraft:
        """The record itself as one of its files, where it is sealed here."""
        if record.seal is None:
            raise AssertionError("nothing to seal it with")
        draft = record.seal.draft(self._sealed_for_disk(), record.seal.xml_name)
        draft.write(xml)
        return draft

    def _sealed_late(self, record: Understood, named: Mapping[str, Bytes]) -> dict[str, Bytes]:
        """Files that came before the XML, sealed again, for the key kept offline."""
        done: dict[str, Bytes] = {}
        for name, content in named.items():
            done[name] = content
            if record.seal is not None and isinstance(content, Draft):
                done[name] = again = record.seal.draft(self._sealed_for_disk(), name)
                for piece in content.read_again():
                    again.write(piece)
                content.discard()
        return done

    def _destroy_keys(self, contents: Iterable[Bytes]) -> None:
        """Of files that lay on the disk for a moment: what may be left of them there is noise."""
        held = [content.key for content in contents if isinstance(content, Draft)]
        if held:
            keys.current().destroy(self.project_id, [key.key_pk for key in held if key])

    def _count_dropped(self, record: Understood, filename: str) -> None:
        """Leftovers of an encryption that was cut off are sealed; anything else lay open."""
        if record.instance.is_encrypted and not safe_name(filename).endswith(SUFFIX):
            self._dropped_in_clear += 1
