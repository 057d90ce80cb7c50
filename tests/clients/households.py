"""Households that nobody visited: filled-in records of a small tagged form, made from a number.

`household(7)` is the same household in every run, so a record can be made again from its line in
the ledger, and the figures over any set of them can be counted here, by hand, from the answers
alone (`unmet_needs`), without a line of Samleng's code.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.clients.openrosa_phone import Record

FORM_ID = "household_drill"
VERSION = "2026-11-01"
PROVINCES = ("02", "03", "12", "22")
"""Battambang, Kampong Cham, Phnom Penh, Oddar Meanchey."""
NEEDS = ("reh_prosthesis", "reh_wheelchair", "psy_peer", "sei_livelihood")
STATUSES = ("unmet", "partly_met", "met")
OPEN = ("unmet", "partly_met")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One person and the needs told: code to status."""

    sex: str
    age: int
    needs: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Household:
    """One record before it is XML."""

    number: int
    instance_id: str
    province: str
    may_be_counted: bool
    persons: tuple[Told, ...]
    photos: dict[str, bytes]

    @property
    def record(self) -> Record:
        return Record(xml=_xml(self), files=self.photos, name=f"គ្រួសារ {self.number}")


def household(number: int, *, photos: bool = True, photo_bytes: int = 6000) -> Household:
    """The household of this number. Photos are noise, at most `photo_bytes` long."""
    chance = random.Random(f"household {number}")
    persons = tuple(_person(chance) for _ in range(chance.choice((1, 1, 2, 3))))
    names = [f"photo_{place}_{number}.jpg" for place in range(chance.choice((0, 1, 1, 2)))]
    noise = random.Random(f"photos {number}")
    return Household(
        number=number,
        instance_id=f"uuid:{uuid.UUID(int=chance.getrandbits(128), version=4)}",
        province=chance.choice(PROVINCES),
        may_be_counted=chance.random() < 0.9,
        persons=persons,
        photos={name: noise.randbytes(noise.randint(1, photo_bytes)) for name in names if photos},
    )


def _person(chance: random.Random) -> Told:
    codes = chance.sample(NEEDS, chance.randint(0, len(NEEDS)))
    return Told(
        sex=chance.choice(("female", "male")),
        age=chance.randint(5, 90),
        needs={code: chance.choice(STATUSES) for code in codes},
    )


@dataclass(frozen=True, kw_only=True)
class Count:
    """Of `assessed` persons, how many have the need open."""

    having: int
    assessed: int


def unmet_needs(households: Iterable[Household]) -> dict[tuple[str, str], Count]:
    """Indicator I12 counted by hand: (need, province) to persons; zeros are left out."""
    assessed: Counter[str] = Counter()
    having: Counter[tuple[str, str]] = Counter()
    for visited in households:
        if not visited.may_be_counted:
            continue
        assessed[visited.province] += len(visited.persons)
        for person in visited.persons:
            for need, status in person.needs.items():
                having[need, visited.province] += status in OPEN
    return {
        (need, province): Count(having=count, assessed=assessed[province])
        for (need, province), count in having.items()
        if count
    }


def photo_hashes(visited: Household) -> dict[str, str]:
    """SHA-256 of each photo, by its name."""
    return {name: hashlib.sha256(photo).hexdigest() for name, photo in visited.photos.items()}


def needs_assessment(visited: Household, form_id: str, version: str) -> Record:
    """The same household told in reference form F1, identity and all."""
    persons = "".join(
        f"<person><name>សុខ ចាន់ថា</name><phone>012 000 000</phone><sex>{person.sex}</sex>"
        f"<age_known>exact</age_known><age>{person.age}</age>"
        f"<victim_type>direct_injured</victim_type>{_needs_xml(person)}</person>"
        for person in visited.persons
    )
    day = f"2026-09-{visited.number % 28 + 1:02}"
    stats = "yes" if visited.may_be_counted else "no"
    xml = (
        "<?xml version='1.0' ?>"
        f'<data xmlns:orx="http://openrosa.org/xforms" id="{form_id}" version="{version}">'
        f"<start>{day}T09:15:00.000+07:00</start><end>{day}T09:45:00.000+07:00</end>"
        f"<today>{day}</today><deviceid>collect:aXb2c3d4e5f6g7h8</deviceid>"
        f"<c_store>yes</c_store><c_contact>yes</c_contact><c_stats>{stats}</c_stats>"
        f"<c_method>verbal_witnessed</c_method><prov>{visited.province}</prov>"
        f"<hh_id>{visited.number}</hh_id><hh_size>{len(visited.persons)}</hh_size>{persons}"
        f"<orx:meta><orx:instanceID>{visited.instance_id}</orx:instanceID></orx:meta></data>"
    )
    return Record(xml=xml.encode(), name=f"គ្រួសារ {visited.number}")


def _xml(visited: Household) -> bytes:
    persons = "".join(_person_xml(person) for person in visited.persons)
    photos = [*visited.photos, "", ""]
    stats = "yes" if visited.may_be_counted else "no"
    return (
        "<?xml version='1.0' ?>"
        f'<data id="{FORM_ID}" version="{VERSION}" xmlns:orx="http://openrosa.org/xforms">'
        f"<today>2026-09-{visited.number % 28 + 1:02}</today><prov>{visited.province}</prov>"
        f"<c_store>yes</c_store><c_stats>{stats}</c_stats>{persons}"
        f"<photo_1>{photos[0]}</photo_1><photo_2>{photos[1]}</photo_2>"
        f"<orx:meta><orx:instanceID>{visited.instance_id}</orx:instanceID></orx:meta></data>"
    ).encode()


def _person_xml(person: Told) -> str:
    return f"<person><sex>{person.sex}</sex><age>{person.age}</age>{_needs_xml(person)}</person>"


def _needs_xml(person: Told) -> str:
    return "".join(
        f"<need><need_code>{code}</need_code><need_status>{status}</need_status></need>"
        for code, status in person.needs.items()
    )


def _select(ref: str, label: str, codes: Iterable[str]) -> str:
    items = "".join(f"<item><label>{c}</label><value>{c}</value></item>" for c in codes)
    return f'<select1 ref="{ref}"><label>{label}</label>{items}</select1>'


def _bind(path: str, kind: str, tag: str = "") -> str:
    tagged = f' samleng:tag="{tag}"' if tag else ""
    return f'<bind nodeset="/data/{path}" type="{kind}"{tagged}/>'


_BINDS = "".join(
    [
        (
            '<bind nodeset="/data/today" type="date" jr:preload="date" jr:preloadParams="today"'
            ' samleng:tag="meta.date"/>'
        ),
        _bind("prov", "string", "geo.adm1"),
        _bind("c_store", "string", "consent.store"),
        _bind("c_stats", "string", "consent.stats"),
        _bind("person/sex", "string", "person.sex"),
        _bind("person/age", "int", "person.age"),
        _bind("person/need/need_code", "string", "need.code"),
        _bind("person/need/need_status", "string", "need.status"),
        _bind("photo_1", "binary"),
        _bind("photo_2", "binary"),
        (
            '<bind nodeset="/data/orx:meta/orx:instanceID" type="string" readonly="true()"'
            ' jr:preload="uid"/>'
        ),
    ]
)
_NEED_GROUP = (
    '<group ref="/data/person/need"><label>តម្រូវការ</label><repeat nodeset="/data/person/need">'
    + _select("/data/person/need/need_code", "តម្រូវការអ្វី?", NEEDS)
    + _select("/data/person/need/need_status", "បំពេញហើយឬនៅ?", STATUSES)
    + "</repeat></group>"
)
_BODY = (
    _select("/data/prov", "ខេត្ត", PROVINCES)
    + _select("/data/c_store", "យល់ព្រមឱ្យរក្សាទុកទេ?", ("yes", "no"))
    + _select("/data/c_stats", "យល់ព្រមឱ្យរាប់បញ្ចូលទេ?", ("yes", "no"))
    + '<group ref="/data/person"><label>មនុស្ស</label><repeat nodeset="/data/person">'
    + _select("/data/person/sex", "ភេទ", ("female", "male"))
    + '<input ref="/data/person/age"><label>អាយុ</label></input>'
    + _NEED_GROUP
    + "</repeat></group>"
    + "".join(
        f'<upload ref="/data/photo_{n}" mediatype="image/*"><label>រូបថត</label></upload>'
        for n in (1, 2)
    )
)
FORM = f"""<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"
 xmlns:samleng="https://samleng.org/xforms"><h:head><h:title>ការសួរសុខទុក្ខគ្រួសារ</h:title><model>
<instance><data id="{FORM_ID}" version="{VERSION}"><today/><prov/><c_store/><c_stats/>
<person jr:template=""><sex/><age/><need jr:template=""><need_code/><need_status/></need></person>
<photo_1/><photo_2/><orx:meta><orx:instanceID/></orx:meta></data></instance>
{_BINDS}</model></h:head><h:body>{_BODY}</h:body></h:html>
"""
"""The form as XForm XML, ready for `forms publish`."""
