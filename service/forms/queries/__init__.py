"""Every SQL statement about forms.

Where a form, version or file is asked for, a number is our key and a text is the name that the
form itself uses.
"""

from service.forms.queries.files import (
    OfferedFile,
    find_file,
    insert_files,
    list_clear_files,
    list_files,
    update_file,
)
from service.forms.queries.lists import (
    find_list,
    get_or_insert_list,
    insert_property,
    list_lists,
    list_properties,
)
from service.forms.queries.offered import (
    OfferedForm,
    count_forms,
    find_source,
    find_version,
    get_xml,
    is_wanted,
    list_forms,
    list_open_forms,
    list_titles,
)
from service.forms.queries.schemas import (
    FormRef,
    find_form_for_submission,
    find_version_to_read_with,
    list_schemas,
    schema_for,
    schema_of,
    schemas_of,
)
from service.forms.queries.standing import (
    KeyChange,
    find_deleted,
    find_form,
    find_published_before,
    fingerprint_offered,
    get_form,
    get_or_insert_form,
    insert_version,
    is_deleted,
    list_key_changes,
    undelete,
)

__all__ = [
    "FormRef",
    "KeyChange",
    "OfferedFile",
    "OfferedForm",
    "count_forms",
    "find_deleted",
    "find_file",
    "find_form",
    "find_form_for_submission",
    "find_list",
    "find_published_before",
    "find_source",
    "find_version",
    "find_version_to_read_with",
    "fingerprint_offered",
    "get_form",
    "get_or_insert_form",
    "get_or_insert_list",
    "get_xml",
    "insert_files",
    "insert_property",
    "insert_version",
    "is_deleted",
    "is_wanted",
    "list_clear_files",
    "list_files",
    "list_forms",
    "list_key_changes",
    "list_lists",
    "list_open_forms",
    "list_properties",
    "list_schemas",
    "list_titles",
    "schema_for",
    "schema_of",
    "schemas_of",
    "undelete",
    "update_file",
]
