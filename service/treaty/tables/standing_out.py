"""What stands out among signatures, for people to look at."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import ByValue
from service.foundation.db import Base
from service.treaty.oddities import Oddity


class OddityRow(Base):
    """Found once; whoever looked at it says so."""

    __tablename__ = "treaty_oddities"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[Oddity] = mapped_column(ByValue(Oddity), primary_key=True)
    about: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    """The number of a sheet; of a burst, through whom the signatures came (`SignerRow.sender`)."""
    signed_on: Mapped[dt.date] = mapped_column(sa.Date, primary_key=True)
    beside: Mapped[str] = mapped_column(sa.String(40))
    """Of a copy, the sheet that it repeats; else ""."""
    count: Mapped[int]
    """Lines or signatures by which it stands out."""
    is_looked_at: Mapped[bool] = mapped_column(server_default=sa.false())
