"""Words of leaders that the office shows on the public page; what they are stays in the record."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import Uid
from service.foundation.db import Base


class QuoteRow(Base):
    """Somebody of the office read it, and shows it."""

    __tablename__ = "treaty_quotes"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signer_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The version that was read: other words are read anew."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "signer_pk"],
            ["treaty_signers.project_id", "treaty_signers.signer_pk"],
            name="fk_treaty_quotes_signer",
            ondelete="CASCADE",
        ),
    )
