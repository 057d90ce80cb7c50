"""The verbs of forms. Each asks the policy and leaves one audit entry of its name."""

from service.forms.actions.deleting import delete_form, restore_form
from service.forms.actions.drafts import (
    DRAFT_ENDED,
    clear_file,
    create_form,
    delete_draft,
    delete_file,
    get_draft,
    get_tried,
    publish_draft,
    put_file,
    replace_draft,
    token_of,
)
from service.forms.actions.files import content, draft_content, keep_draft_file, seal_files
from service.forms.actions.publishing import (
    Prepared,
    Published,
    prepare_workbook,
    prepare_xml,
    publish,
    publish_workbook,
    publish_xml,
    set_state,
    to_decide,
)
from service.forms.actions.uploading import (
    FormReception,
    files_of_lists,
    is_published,
    publish_taken_in,
    take_in_form,
)
from service.forms.file_names import media_type

__all__ = [
    "DRAFT_ENDED",
    "FormReception",
    "Prepared",
    "Published",
    "clear_file",
    "content",
    "create_form",
    "delete_draft",
    "delete_file",
    "delete_form",
    "draft_content",
    "files_of_lists",
    "get_draft",
    "get_tried",
    "is_published",
    "keep_draft_file",
    "media_type",
    "prepare_workbook",
    "prepare_xml",
    "publish",
    "publish_draft",
    "publish_taken_in",
    "publish_workbook",
    "publish_xml",
    "put_file",
    "replace_draft",
    "restore_form",
    "seal_files",
    "set_state",
    "take_in_form",
    "to_decide",
    "token_of",
]
