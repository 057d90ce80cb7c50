"""What the campaign recommends under an article, in its own words: written by a coordinator."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.foundation.problems import BUSY, INVALID_PARAMETER, Problem
from service.products import queries
from service.products.law import ARTICLES
from service.products.tables import Recommendation

LONGEST = 1200


def list_newest(session: Session, actor: Actor, project_id: int) -> Sequence[Recommendation]:
    """Of each article under which something was written, in the order of the Convention."""
    policy.demand(actor, Act.PRODUCT_LIST, project_id=project_id)
    places = [*ARTICLES]
    rows = queries.recommendations(session, project_id)
    return sorted(rows, key=lambda one: places.index(one.article))


def write(session: Session, actor: Actor, project_id: int, article: str, en: str, km: str) -> int:
    """The number of the version; earlier ones stay for the packs that cite them. In both languages,
    or in none: then nothing is recommended any more. Raises INVALID_PARAMETER; BUSY where somebody
    else writes there."""
    policy.demand(actor, Act.PRODUCT_MAKE, project_id=project_id)
    if article not in ARTICLES:
        raise Problem(INVALID_PARAMETER, name="article", reason=", ".join(ARTICLES))
    en, km = en.strip(), km.strip()
    if bool(en) is not bool(km) or max(len(en), len(km)) > LONGEST:
        reason = f"in both languages, each of at most {LONGEST} characters; or in none"
        raise Problem(INVALID_PARAMETER, name="km" if en else "en", reason=reason)
    known = {one.article: one for one in queries.recommendations(session, project_id)}
    before = known.get(article)
    if (before.en, before.km) == (en, km) if before else not en:
        return before.version if before else 0
    version = before.version + 1 if before else 1
    row = {"project_id": project_id, "article": article, "version": version, "en": en, "km": km,
           "written_by": actor.id, "written_at": clock.now()}  # fmt: skip
    if not queries.insert_recommendation(session, row):
        raise Problem(BUSY)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.PRODUCT_MAKE,
        subject=article,
        what="recommended",
        version=version,
    )
    return version
