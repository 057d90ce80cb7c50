"""Copies without what a camera or a recorder wrote beside picture and sound. Pure.

Where, when, with which device and by whom is removed, without decoding anything again. The rule
is an allow-list: what is needed to show the content is kept, everything else goes, and a file that
is not understood exactly has no clean copy (`NotUnderstood`). What lies in the pixels, the sound
and the codec's own stream is not touched.
"""

from service.foundation.formats.metadata.cleaning import (
    CLEANED_TYPES,
    MAX_PICTURE,
    Cleaned,
    clean,
)
from service.foundation.formats.metadata.patches import NotUnderstood

__all__ = ["CLEANED_TYPES", "MAX_PICTURE", "Cleaned", "NotUnderstood", "clean"]
