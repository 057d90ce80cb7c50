"""Records of long lists, written by hand, are what their schema says."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from service.review.queries.records import RecordTold, VersionTold
from service.review.states import ReviewState
from service.web.api import submission_shapes as shapes
from service.web.api.schemas.submissions import SubmissionSchema

VERSIONS = st.builds(
    VersionTold,
    submission_pk=st.uuids(),
    instance_id=st.text(),
    received_at=st.datetimes(timezones=st.just(dt.UTC)),
    submitter_id=st.none() | st.integers(1, 99),
    device_key=st.none() | st.text(),
    user_agent=st.text(),
    version=st.text(),
    is_current=st.booleans(),
)


@given(
    VERSIONS,
    VERSIONS,
    st.none() | st.sampled_from(ReviewState),
    st.booleans(),
    st.none() | st.datetimes(timezones=st.just(dt.UTC)),
)
def test_both_say_the_same(
    first: VersionTold,
    current: VersionTold,
    state: ReviewState | None,
    is_edited: bool,
    decided_at: dt.datetime | None,
) -> None:
    found = RecordTold(
        record_pk=first.submission_pk,
        place=None,
        first=first,
        current=current if is_edited else first,
        state=state,
        sealed_to=None,
        decided_at=decided_at,
    )
    assert shapes.wire(found) == SubmissionSchema().dump(shapes.record(found))
