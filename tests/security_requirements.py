"""What must hold before a survivor's name comes in, and which tests show it.

Each requirement has a number; a test that proves it, or a part of it, carries the number in its
name (`test_s39_…`, or several: `test_s07_s37_…`). `make docs` writes docs/security-requirements.md from both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
NAMED = re.compile(r"^(?:    )?def (test_((?:s\d\d_)+)\w+)", re.M)
INTRO = """\
Each requirement has a number, and tests that carry it in their names. **A** must hold in whatever \
anybody runs, **B** before real people's data come in, **C** after that. A requirement without a \
test counts as not met, whatever the code does; what is known to be missing is said. *Figure*: what was asked for in \
numbers; where ours differs, both.
"""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    number: int
    stage: str
    attack: str
    holds: str
    """What must hold."""
    missing: str = ""
    """What is not there yet, or not shown."""
    figure: str = ""
    """What was asked for in numbers, where it was."""
    differs: str = ""
    """Where ours is another way than was asked for, and what that means."""


def _r(
    number: int,
    stage: str,
    attack: str,
    holds: str,
    missing: str = "",
    figure: str = "",
    differs: str = "",
) -> Requirement:
    return Requirement(
        number=number,
        stage=stage,
        attack=attack,
        holds=holds,
        missing=missing,
        figure=figure,
        differs=differs,
    )


REQUIREMENTS = (
    _r(1, "A", "default or shared secrets", "No secret has a default; the first start makes them for the owner alone; a weak, shared or readable one, or debug mode, stops the start."),
    _r(2, "A", "cracking offline, sign-in as a memory bomb", "argon2id with 64 MiB, two at once, eight wait, the rest are told to come back; an unknown account costs the same time.", figure="200 sign-ins at once: less than 200 MiB more, health under 1 s; known and unknown accounts within 5 % over 200 tries"),
    _r(3, "A", "guessing, stuffing, locking people out", "Five failures delay by a minute, doubling to a quarter of an hour, never for good; networks are limited too; forged addresses of clients change nothing. While an account is blocked, each coarse network (/24, /48) has two tries in a quarter of an hour, so that whoever fails on and on keeps nobody out; the ceiling for all together (300 a minute) counts those alone who come from where the person never came in.", figure="the 6th failure waits; 1,000 forged addresses give no try more; the owner is in within 15 min"),
    _r(4, "A", "forged access tokens", "One algorithm, our key, all claims, and the session's own secret, of which a hash is kept; everything else is 401.", figure="at least 20 kinds of forged tokens, none opens; nor does any made from a copy of the database and the file of secrets"),
    _r(5, "A", "stolen refresh tokens", "Each is used once; a used one that comes again ends the whole family, but for a lost reply within ten seconds.", figure="32 threads with one token: one family member lives"),
    _r(6, "A", "stale rights", "Sign-out, another role, deactivation and revocation act on the next request, in every process; a script does no more than its maker could give today."),
    _r(7, "A", "the token in a phone's address leaks", "Cut from the path before any log or route sees it; in no log, error, metric, redirect, cookie or page."),
    _r(8, "A", "a seized phone", "Its credential sends and fetches blank forms of its scope; nothing that was sent can be read, listed or counted with it; the database holds no usable token.", missing="A phone that a coordinator allowed to hold a list of people fetches it by its token, until that is ended: who has the phone then reads that list (each fetch is an entry); so it is with a list of which nobody has said yet whether it tells of people; *Today* and *Lists* ask while there is one. A phone that may hold the cases of where it assessed somebody, and of no area, gets those of a village once it has sent that somebody lives there, true or not, until that record is rejected or removed: give phones an area."),
    _r(9, "B", "Digest replayed or weakened", "Every nonce counts once, in a window; qop is demanded; slow uploads succeed.", figure="8 threads with one count: one wins; a window of 128; 70 minutes, and 17 hours, straight and behind nginx as documented, by a server's clock that runs fast"),
    _r(10, "A", "credentials over http", "With an https address in the settings, plain requests are refused before the body; only configured proxies are believed."),
    _r(11, "B", "a phished password", "Roles that read need a second factor; a code counts once; seeds are sealed; recovery codes work once; what lets in later on, and what is worse than looking, wants one given minutes ago.", differs="Links of invitations are good for 24 hours where 30 minutes were asked for: they are handed over by a message, to somebody who must find the time, and of whoever reads people a coordinator makes them. Those of resets are good for 30 minutes."),
    _r(12, "A", "somebody else's records", "Every look-up goes by project and area; what is not yours looks like what is not there; a matrix of all routes and roles shows it.", missing="Whether what is not yours answers in a similar time as what is not there is measured in statements to the database, not in seconds: of another project as many, of another area up to two more."),
    _r(13, "A", "routes without a right, tricks with methods", "A view that states no right stops the start; other spellings and methods of an address open nothing."),
    _r(14, "A", "fields that nobody offered", "Request schemas refuse what they do not know."),
    _r(15, "A", "answers that say too much", "What each role is answered is listed; a new column appears nowhere by itself.", missing="What is listed are fields of JSON answers; of pages, CSV and OData it is tested by canary words, not field by field."),
    _r(16, "B", "insiders who browse", "Reading names or testimony, whatever way, needs a purpose, leaves an entry, is listed for coordinators by person and by record, and many in a short time raise a notice. Tables and Briefcase may leave the purpose unsaid, and the list says so.", figure="each reading one entry; 20 records in 10 min raise a notice"),
    _r(17, "B", "climbing", "Nobody grants a role above or equal to their own, or to themselves; the administrator reads no people, and a role by which a puppet could waits for a coordinator, wherever there is or was one."),
    _r(18, "A", "requests from foreign pages", "With the cookie, every unsafe method needs our own origin; a foreign origin or referer is refused, and so is who says nothing."),
    _r(19, "A", "XML bombs and entities", "UTF-8, no DOCTYPE in whatever encoding, at most 64 deep and 200,000 nodes, 4 MiB; nothing from file or network; under a second.", figure="64 deep, 200,000 nodes, 4 MiB, under 1 s"),
    _r(20, "A", "multipart as a weapon", "Limits on headers, parts and bytes; chunked bodies are counted; memory stays flat.", figure="120 parts, 4 MiB of XML, 32 MiB of body (ours: 1,000, 4 MiB, 210 MB); a boundary of 1 MB, 64 MiB in chunks where 8 MB are allowed: refused, memory within 48 MiB; without end: cut off before three times the limit"),
    _r(21, "A", "using up the server", "Quotas by phone, a share of the disk by project, limits on pages and batches; 413, 429 and 507 with when to come back.", missing="API tokens are not counted by the minute (120 were asked for; the programs of people are). Batches hold 200 items and 8 MiB; tables and lists that stream have no largest page: `$top` and `limit` may ask for all, which flows in constant memory.", figure="500 records and 2 GiB a phone and day"),
    _r(22, "A", "file names that lead elsewhere", "Stored names are random; the sender's name is data, and used in one header alone."),
    _r(23, "A", "files that are not what they say", "The type is read from the content; only listed types are shown, all else is a download that runs nowhere."),
    _r(24, "A", "decoder bugs, floods of pixels", "Pictures are decoded in a child with limits; what breaks it is marked, the upload stays.", figure="50 megapixels, 256 MiB, 5 s; 12 KB that are 100 megapixels are refused"),
    _r(25, "B", "place and owner inside media", "Metadata is removed without recompressing; what is not understood is not shown."),
    _r(26, "A", "workbooks as bombs", "Size, members, ratio and links are looked at before unpacking; conversion runs in a child with limits. Workbooks of rows that are brought in are looked at too: what is read at once, each row, each text.", figure="5 MiB, 1,000 members, 64 MiB unpacked, ratio 100; a child of 256 MiB and 20 s; of rows: 512 MiB unpacked, 64 MiB beside the sheets, 10 MB of one text, read without a child"),
    _r(27, "B", "patterns that never end", "No pattern of a user is evaluated.", figure="(a+)+$ on 50 KB under 100 ms"),
    _r(28, "A", "SQL through parameters", "Bound parameters alone; names of orders and filters from lists; SQLite attaches nothing, changes no schema, loads no extension and trusts no schema while the server runs."),
    _r(29, "A", "script in data", "Pages escape; no page of any address has a script of its own in it; nothing of what people typed runs in a reader's browser.", figure="40 payloads, every page in a browser: 0 run"),
    _r(30, "A", "formulas in spreadsheets", "Cells that would be formulas are made text."),
    _r(31, "B", "requests forged through webhooks", "Off by default; addresses checked and pinned.", missing="There are no webhooks; comes with them."),
    _r(32, "A", "framing, sniffing, leaks by header", "A strict policy on every answer, errors included; nothing is cached; no version is told.", figure="every route and kind of error; with https HSTS for a year"),
    _r(33, "A", "foreign pages that read answers", "No CORS headers for anybody.", figure="10 origins and more"),
    _r(34, "A", "smuggled requests", "Contradicting lengths are refused; what follows is never taken for a request of somebody else.", figure="21 tricks, straight and through nginx as documented"),
    _r(35, "A", "forged host names", "Other hosts than the public one are 421; links are made from the setting."),
    _r(36, "A", "errors that talk", "A reference and a sentence; no stack, no SQL, no value."),
    _r(37, "A", "copies in temporary files", "Uploads are sealed while they arrive; nothing clear touches the disk, even if the server dies."),
    _r(38, "A", "a leaked database or disk", "What people sent, and the files of forms, are ciphertext; the keys lie apart, one for each class of what a record tells and for each file; files of forms are published with a declaration that they tell of nobody."),
    _r(39, "B", "ciphertext moved about", "It opens at its own place alone; what does not open is shown to nobody, and told to those who look after the machine.", figure="any two rows of every sealed column and file, with their keys and without; every column in every other"),
    _r(40, "B", "a wrapping key seen, people who leave", "Rotation online, at whatever moment it is killed; the old key opens nothing after.", figure="killed at random: 2 times in the suite, 200 with FULL=1 (asked for: 200)"),
    _r(41, "B", "a lost key file", "A backup of the key store, a sheet of paper and the copy beside it bring everything back; shown at set-up, yearly, and after each rotation."),
    _r(42, "B", "reading what was sealed on the phone", "Only what the manifest names is kept; clear text beside it is dropped; clear records for a sealed form are sealed to its key."),
    _r(43, "B", "the key of a sealed form swapped", "Another key needs a word that names it, and is told to coordinators."),
    _r(44, "B", "use beyond consent", "One gate by purpose before every output; without a record of consent nothing passes; whoever opens what is not masked is listed by name.", figure="every address of the server × callers: never asked, refused, over, narrowed, taken back, a child without the yes of all who can be asked; what shows anything is a list"),
    _r(45, "B", "withdrawal that does not withdraw", "Keys destroyed, facts gone, backups closed by date with paper and recovery copy at hand, and a restore erases again before the first answer. What nobody takes back goes when its period is over.", missing="Of what is sealed for a key kept offline, and of records whose form version nobody knows, no class goes alone. On PostgreSQL, coded answers lie for about a minute in dead rows and in its log, some more where the server's role may not ask for a checkpoint, in tables over 64 MB until the night; in archived copies of the log until these end, of which `flask doctor` tells.", figure="killed at each named moment, and at random: 8 times in the suite, 1,000 with FULL=1, on each database"),
    _r(46, "B", "a phone that sends the erased again", "It is told 202, and nothing is stored."),
    _r(47, "C", "a machine that was seized and started again", "Locked start: it takes records in and reads nothing.", missing="Not built."),
    _r(48, "A", "history rewritten", "Entries are chained and cannot be changed; a cut, changed or rewritten chain is found offline."),
    _r(49, "A", "acts without an entry", "Act and entry commit together.", figure="every act of the log in a test that would miss its entry; killed at random amid erasures, narrowings, roles, tokens, keys, forms, periods, moves, removals, looks, lists and imports: 8 times in the suite, 1,000 with FULL=1, on each database"),
    _r(50, "A", "personal data left lying about", "Words planted in every answer, secret and error are found nowhere in clear: database, log, files, backups, replies. Every route is visited, or named with a reason; so is what stands in clear in the database."),
    _r(51, "A", "one person read out of a table", "A solver over all tables narrows no hidden cell."),
    _r(52, "B", "forged signatures", "One person once; bursts and copies flagged."),
    _r(53, "A", "weak or foreign packages", "Pinned with hashes, asked for known weaknesses, listed; the static analysis of `make check` finds a planted fault of each kind that it is for."),
    _r(54, "A", "old parsers", "Versions of expat, libxml2, OpenSSL and SQLite are looked at when it starts.", missing="An old one is told in yellow, not in red, and does not stop the start: distributions mend without raising numbers (decision 0020).", figure="expat 2.6, libxml2 2.11, OpenSSL 3.0, SQLite 3.40"),
    _r(55, "A", "more rights than needed", "Runs as an ordinary user, writes to its data alone.", missing="A start as root is told in yellow, in red where the address is https, and not refused (decisions 0020, 0025): in a container and on a first try root is all that there is."),
    _r(56, "A", "stolen backups", "Backups are encrypted to a key that is not here.", missing="Comes with `flask backup`."),
    _r(57, "A", "forgotten surface", "Every route is in the published description."),
    _r(58, "B", "decay that nobody sees", "A command and a banner name what is not well.", missing="Backups that were made and restored: comes with `flask backup`."),
    _r(59, "A", "dangerous commands by mistake", "They say what will go, and ask."),
    _r(60, "C", "what nobody thought of", "A way to report, answered in time; an outside review before 1.0.", missing="SECURITY.md is there; the review is not."),
    _r(61, "A", "forms read on a seized phone", "Forms that ask for names are published only if the phone deletes them; the QR code says so and locks it. One that asks for testimony and has no key is refused, unless whoever publishes it says that it shall be open.", differs="Sealed by default was asked for. A key has to be made by people, off this server, and kept for years: one that we made would be none. So the default is to refuse, by page, API and shell, and to keep in the log who opened one (decision 0042)."),
)  # fmt: skip


def proofs() -> dict[int, list[str]]:
    """Number -> “file: test” of every test that carries it."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, numbers in NAMED.findall(path.read_text("utf-8")):
            for number in re.findall(r"\d\d", numbers):
                found[int(number)].append(f"{path.relative_to(TESTS.parent)}: {name}")
    return found


def page() -> str:
    """docs/security-requirements.md."""
    shown = proofs()
    met = sum(1 for each in REQUIREMENTS if shown.get(each.number) and not each.missing)
    lines = [
        f"{INTRO}\n{met} of {len(REQUIREMENTS)} are shown whole.\n",
        "| | Stage | Against | What must hold | Figure | Shown by |\n|---|---|---|---|---|---|",
    ]
    for each in REQUIREMENTS:
        tests = [f"`{proof.rpartition(': ')[2]}`" for proof in shown.get(each.number, ())]
        state = [*tests, f"**Missing:** {each.missing}"] if each.missing else tests
        told = "<br>".join(state) or "**Open**"
        holds = (
            f"{each.holds}<br>*Otherwise than asked:* {each.differs}"
            if each.differs
            else each.holds
        )
        lines.append(
            f"| S-{each.number:02} | {each.stage} | {each.attack} | {holds} "
            f"| {each.figure.replace('|', chr(92) + '|')} | {told} |"
        )
    return "\n".join(lines) + "\n"
