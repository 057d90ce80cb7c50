"""What every fact carries, and the dimensions by which people are counted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from service.foundation.columns import BY_KEY, Uid


class OfSubmission:
    """What every fact carries: whose it is, when it happened, whether it may be counted."""

    # SQLAlchemy puts a class's own columns before inherited ones. The order of the key matters:
    # facts are deleted by its prefix, and a key that began with `ordinal` would scan the table.
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-9)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True, sort_order=-8)
    happened_on: Mapped[dt.date] = mapped_column(sa.Date)
    """Day of the interview or the signature, by the project's clock; the period of figures."""
    month: Mapped[str] = mapped_column(sa.String(7))
    """`happened_on` as "2026-03"."""
    adm1: Mapped[str] = mapped_column(sa.String(8))
    """Place codes of 2, 4, 6 and 8 digits, or "unknown". Where the interview took place."""
    adm2: Mapped[str] = mapped_column(sa.String(8))
    adm3: Mapped[str] = mapped_column(sa.String(8))
    adm4: Mapped[str] = mapped_column(sa.String(10))
    submitter_id: Mapped[int | None]
    """The app user or person who sent it: figures that rest on one reporter are not shown."""
    stats: Mapped[bool]
    """May be counted: consent scope `stats`, given and not withdrawn."""
    stats_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The last day on which it may be; null = no end."""
    scopes: Mapped[int] = mapped_column(server_default="0")
    """Scopes in force for whom this fact is about, as bits (`facts/scopes.py`)."""
    scopes_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The last day on which they are in force; null = no end."""
    standing: Mapped[str] = mapped_column(sa.String(12), server_default="received")
    """received | approved | rejected, written by review in the transaction that decides; which
    are counted says the project's policy (`facts.counting`)."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        name = cls.__tablename__  # type: ignore[attr-defined]
        return (
            sa.ForeignKeyConstraint(
                ["project_id", "submission_pk"],
                ["submissions.project_id", "submissions.submission_pk"],
                name=f"fk_{name}_submission",
                ondelete="CASCADE",
            ),
            BY_KEY,
        )


class OfHousehold:
    household_key: Mapped[str] = mapped_column(sa.String(16), server_default="")
    """The same for all visits to one household: a stand-in of its commune and of the code that the
    team gave it; without a code, a part of the submission's own key."""


class OfPerson(OfHousehold):
    """The dimensions by which people are counted. Codes as in `facts/codes.py`."""

    sex: Mapped[str] = mapped_column(sa.String(12))
    age_band: Mapped[str] = mapped_column(sa.String(12))
    disability: Mapped[str] = mapped_column(sa.String(16))
    """Washington Group identifier: yes | no | indeterminate | not_asked."""
    victim_type: Mapped[str] = mapped_column(sa.String(24))
    device: Mapped[str] = mapped_column(sa.String(24))
    remoteness: Mapped[str] = mapped_column(sa.String(8))
