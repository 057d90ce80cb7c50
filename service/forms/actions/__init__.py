"""The verbs of forms. Each asks the policy and leaves one audit entry of its name."""

from service.forms.actions.files import content, seal_files
from service.forms.actions.publishing import (
    Prepared,
    Published,
    prepare_workbook,
    prepare_xml,
    publish,
    publish_workbook,
    publish_xml,
    set_state,
)

__all__ = [
    "Prepared",
    "Published",
    "content",
    "prepare_workbook",
    "prepare_xml",
    "publish",
    "publish_workbook",
    "publish_xml",
    "seal_files",
    "set_state",
]
