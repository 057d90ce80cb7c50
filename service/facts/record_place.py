"""Where a record lies: the finest place that holds everything it tells of. Pure.

A record is seen whole or not at all, so it belongs to those whose area holds all of it: a visit
in Battambang to somebody who lives in Pailin lies in no province, and is for those who see the
whole project.
"""

from __future__ import annotations

from service.facts.kinds import Facts, OfSubmission
from service.facts.places import UNKNOWN


def place_of_record(facts: Facts) -> str | None:
    """Code of a commune, district or province; None where nothing is known to hold it all.

    On the way of every submission, so a plain loop. Needs and
    incidents are where their person is asked, follow-ups where their visit is.
    """
    told: tuple[OfSubmission, ...] = (
        *facts.households,
        *facts.consents,
        *facts.persons,
        *facts.visits,
        *facts.rights_issues,
        *facts.clearance_concerns,
        *facts.testimonies,
        *facts.signatures,
        *facts.sheets,
        *facts.providers,
    )
    if not told:
        return None
    adm1, adm2, adm3 = told[0].adm1, told[0].adm2, told[0].adm3
    for one in told:
        adm1 = adm1 if one.adm1 == adm1 else UNKNOWN
        adm2 = adm2 if one.adm2 == adm2 else UNKNOWN
        adm3 = adm3 if one.adm3 == adm3 else UNKNOWN
    if adm1 == UNKNOWN:
        return None
    if adm2 == UNKNOWN:
        return adm1
    return adm2 if adm3 == UNKNOWN else adm3
