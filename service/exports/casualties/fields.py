"""What a column of a list of casualties can mean, and what it is called elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from service.exports.casualties.words import plain


@dataclass(frozen=True, kw_only=True)
class Field:
    """`imsma`, `cmvis`: its heading in files of that style, "" where they have no such column.
    `others`: further headings by which it is recognised."""

    name: str
    imsma: str = ""
    cmvis: str = ""
    others: tuple[str, ...] = ()


FIELDS: tuple[Field, ...] = (
    Field(name="key", imsma="Victim ID", cmvis="Casualty No.",
          others=("id", "key", "no", "casualty id", "victim number", "victim no", "case id",
                  "case number", "record id", "cmvis id", "imsma id", "local id", "guid",
                  "លេខសម្គាល់", "លេខរៀង")),
    Field(name="source", imsma="Reporting organisation", cmvis="Source",
          others=("data source", "reported by", "reporting organization", "organisation",
                  "organization", "ប្រភព")),
    Field(name="reported_on", imsma="Date of report", cmvis="Report date",
          others=("date reported", "reported on", "ថ្ងៃរាយការណ៍")),
    Field(name="date", imsma="Date of accident", cmvis="Incident date",
          others=("date", "accident date", "date of incident", "date of casualty",
                  "date of injury", "កាលបរិច្ឆេទ", "ថ្ងៃកើតហេតុ", "ថ្ងៃខែឆ្នាំ")),
    Field(name="year", others=("year", "incident year", "accident year", "year of accident",
                               "year of incident", "ឆ្នាំ")),
    Field(name="month", others=("month", "incident month", "accident month", "ខែ")),
    Field(name="province", imsma="Province", cmvis="Province",
          others=("province of accident", "incident province", "accident province", "adm1",
                  "province name", "province code", "ខេត្ត", "ខេត្តក្រុង", "រាជធានី ខេត្ត")),
    Field(name="district", imsma="District", cmvis="District",
          others=("incident district", "adm2", "district name", "district code", "ស្រុក",
                  "ក្រុង ស្រុក ខណ្ឌ", "ស្រុកខណ្ឌ")),
    Field(name="commune", imsma="Commune", cmvis="Commune",
          others=("incident commune", "adm3", "commune name", "commune code", "ឃុំ",
                  "ឃុំ សង្កាត់")),
    Field(name="village", imsma="Village", cmvis="Village",
          others=("incident village", "adm4", "village name", "village code", "ភូមិ")),
    Field(name="sex", imsma="Gender", cmvis="Sex", others=("victim sex", "victim gender", "ភេទ")),
    Field(name="age", imsma="Age at accident", cmvis="Age",
          others=("age at incident", "age at the time", "victim age", "age years", "អាយុ")),
    Field(name="age_group", imsma="Age group", cmvis="Under/over 18",
          others=("adult child", "child adult", "age category", "age range", "under 18",
                  "ក្រុមអាយុ", "កុមារ មនុស្សពេញវ័យ")),
    Field(name="sex_age", others=("men women boys girls", "casualty group", "sex age",
                                  "sex and age", "man woman boy girl", "category")),
    Field(name="outcome", imsma="Victim status", cmvis="Injury type",
          others=("outcome", "casualty type", "type of casualty", "killed injured", "result",
                  "alive deceased", "type of injury", "injured killed", "injured killed amputated",
                  "លទ្ធផល", "ប្រភេទរបួស", "ស្លាប់ របួស")),
    Field(name="injury", imsma="Injuries", cmvis="Body part",
          others=("injury", "injury list", "body parts", "amputation level", "របួស")),
    Field(name="side", imsma="Side of body", others=("side", "injury side")),
    Field(name="device", imsma="Accident type", cmvis="Device type",
          others=("device", "type of device", "explosive device", "weapon", "weapon type",
                  "type of explosive", "mine erw", "cause", "ordnance", "ប្រភេទគ្រាប់", "គ្រាប់")),
    Field(name="submunition", imsma="Submunition kind", others=("submunition type",)),
    Field(name="activity", imsma="Activity", cmvis="Activity",
          others=("activity at time of accident", "victim activity", "activity at the time",
                  "activity at time of incident", "សកម្មភាព")),
    Field(name="civil_status", imsma="Victim category", cmvis="Civilian/military/deminer",
          others=("civil status", "status of victim", "civilian military", "occupation status",
                  "civilian or military", "ស៊ីវិល យោធា", "ឋានៈ")),
    Field(name="marked", imsma="Area marked", others=("marked", "marked area", "was area marked")),
    Field(name="count", others=("number", "count", "casualties", "number of casualties", "total",
                                "ចំនួន")),
)  # fmt: skip
NAMES = tuple(one.name for one in FIELDS)


def columns(style: str) -> dict[str, str]:
    """Field -> heading, of a file in the style of "imsma" or "cmvis"."""
    return {one.name: heading for one in FIELDS if (heading := getattr(one, style))}


@cache
def _known() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in FIELDS:
        for heading in (one.name, one.imsma, one.cmvis):
            if heading:
                found.setdefault(plain(heading), one.name)
    for one in FIELDS:
        for heading in one.others:
            found.setdefault(plain(heading), one.name)
    return found


def guess(headings: Iterable[str]) -> dict[str, str]:
    """Heading -> field, "" where none is meant. Of two headings for one field the first has it.
    Names, telephones and addresses mean no field: they are never taken in."""
    found: dict[str, str] = {}
    for heading in headings:
        field = _known().get(plain(heading), "")
        found[heading] = "" if field in found.values() else field
    return found
