"""Everything that decays unseen, in words: how bad it is, and what mends it.

When it is wrong, `rules` says.
"""

from __future__ import annotations

from service.checkup import rules
from service.checkup.vitals import Check, Finding, Severity, Vitals


def findings(vitals: Vitals) -> list[Finding]:
    """What is not well, the worst first."""
    found = (
        Finding(check=check, values=values)
        for check in CHECKS
        if (values := check.found(vitals)) is not None
    )
    return sorted(found, key=lambda one: not one.is_red)


_PAPER = {
    "mend_en": "Everything that people tell is locked. If this machine breaks and its key file is "
    "lost, only the recovery key on paper, with the recovery copy (flask keys recovery export "
    "FILE), opens the backups. Until then collect nobody's name.",
    "mend_km": "អ្វីៗដែលមនុស្សប្រាប់ ត្រូវបានចាក់សោ។ បើម៉ាស៊ីននេះខូច ហើយបាត់ឯកសារកូនសោ មានតែកូនសោសង្គ្រោះលើក្រដាស "
    "ជាមួយច្បាប់ចម្លងសង្គ្រោះ (flask keys recovery export FILE) ទេ "
    "ដែលបើកច្បាប់ចម្លងបម្រុងបាន។ មុននោះ សូមកុំប្រមូលឈ្មោះនរណាឡើយ។",
}
_RENEW = {
    "mend_en": "Renew it where the proxy keeps it.",
    "mend_km": "សូមបន្តសុពលភាពវា នៅកន្លែងដែល proxy រក្សាវា។",
    "command": "sudo certbot renew",
}

_ROTATE = {
    "mend_en": "Older copies of the key store would still open it in an old backup. Replace the "
    "wrapping keys, with the recovery copy that is kept beside the paper at hand, and destroy "
    "copies of the key store that are older than 30 days.",
    "mend_km": "ច្បាប់ចម្លងចាស់នៃឃ្លាំងកូនសោ នៅអាចបើកវាក្នុងច្បាប់ចម្លងបម្រុងចាស់បាន។ សូមប្តូរកូនសោ "
    "ដោយមានច្បាប់ចម្លងសង្គ្រោះដែលទុកក្បែរក្រដាសនៅជាប់ ហើយបំផ្លាញច្បាប់ចម្លងនៃឃ្លាំងកូនសោដែលចាស់ជាង 30 ថ្ងៃ។",
    "command": ".venv/bin/flask keys rotate --copy FILE",
}

_SHARE = {
    "mend_en": "Give it a larger share, if the disk has room, or keep things for a shorter time "
    "(page “How long things are kept”).",
    "mend_km": "សូមផ្តល់កន្លែងបន្ថែម បើថាសនៅមានកន្លែង ឬរក្សាទុករយៈពេលខ្លីជាងមុន (ទំព័រ “រយៈពេលរក្សាទុក”)។",
    "command": ".venv/bin/flask projects share --project ID --megabytes N",
}

_ACCOUNT = {
    "mend_en": "Whoever breaks into it has the whole machine. Give it an account of its own: "
    "docs/for-operators.md, On a server.",
    "mend_km": "អ្នកណាដែលវាយលុកចូលវាបាន នឹងកាន់កាប់ម៉ាស៊ីនទាំងមូល។ សូមឱ្យវាមានគណនីផ្ទាល់ខ្លួន៖ "
    "docs/for-operators.md, On a server។",
}

CHECKS = (
    Check(
        name="durability",
        severity=Severity.RED,
        found=rules.weak,
        en="The database may lose what it has acknowledged: {settings}.",
        km="មូលដ្ឋានទិន្នន័យអាចបាត់អ្វីដែលបានបញ្ជាក់ថាទទួលរួច៖ {settings}។",
        mend_en="Set this right in the database, then start the server again.",
        mend_km="សូមកំណត់វាឱ្យត្រឹមត្រូវក្នុងមូលដ្ឋានទិន្នន័យ រួចចាប់ផ្តើមម៉ាស៊ីនមេម្តងទៀត។",
        command="make run",
    ),
    Check(
        name="keys",
        severity=Severity.RED,
        found=rules.keys,
        en="The file of wrapping keys cannot be used: {why}.",
        km="ឯកសារកូនសោមិនអាចប្រើបាន៖ {why}។",
        mend_en="Until then nothing that was sent can be read, and nothing is taken in.",
        mend_km="មុននោះ អ្វីដែលបានផ្ញើមិនអាចអានបាន ហើយមិនអាចទទួលអ្វីថ្មីបានទេ។",
        command=".venv/bin/flask keys status",
    ),
    Check(
        name="disk",
        severity=Severity.RED,
        found=rules.disk,
        en="Only {free} MB of disk are free; {floor} MB are the least. Records are refused, and "
        "stay on the phones.",
        km="ថាសនៅសល់តែ {free} MB ដែលយ៉ាងតិចត្រូវមាន {floor} MB។ កំណត់ត្រាត្រូវបានបដិសេធ ហើយនៅក្នុងទូរសព្ទដដែល។",
        mend_en="Free space on the disk. How full it is:",
        mend_km="សូមបង្កើនទំហំទំនេរលើថាស។ មើលថាវាពេញប៉ុណ្ណា៖",
        command="df -h {data_dir}",
    ),
    Check(
        name="share_full",
        severity=Severity.RED,
        found=rules.share_full,
        en="The space on the disk for a project is used up ({percent} %). Records are refused, and "
        "stay on the phones.",
        km="កន្លែងផ្ទុកលើថាសសម្រាប់គម្រោងអស់ហើយ ({percent} %)។ កំណត់ត្រាត្រូវបានបដិសេធ ហើយនៅក្នុងទូរសព្ទដដែល។",
        **_SHARE,
    ),
    Check(
        name="clock",
        severity=Severity.RED,
        found=rules.clock,
        en="The server's clock is wrong: records have arrived later than it says it is now.",
        km="នាឡិកាម៉ាស៊ីនមេខុស៖ មានកំណត់ត្រាមកដល់ក្រោយពេលដែលវាបង្ហាញឥឡូវនេះ។",
        mend_en="Codes, links, and the days that people were promised depend on it. Set it right.",
        mend_km="លេខកូដ តំណ និងថ្ងៃដែលបានសន្យាដល់មនុស្ស អាស្រ័យលើវា។ សូមកំណត់វាឱ្យត្រូវ។",
        command="sudo timedatectl set-ntp true",
    ),
    Check(
        name="public_root",
        severity=Severity.RED,
        found=rules.public_root,
        en="The server runs as root, and is open to others.",
        km="ម៉ាស៊ីនមេដំណើរការក្រោមគណនី root ហើយបើកឱ្យអ្នកដទៃ។",
        **_ACCOUNT,
    ),
    Check(
        name="jobs",
        severity=Severity.RED,
        found=rules.jobs,
        en="Work that follows the receipt of records has failed for good: {n}. Facts or pictures "
        "of some records are missing.",
        km="ការងារក្រោយពេលទទួលកំណត់ត្រា បានបរាជ័យទាំងស្រុង៖ {n}។ ចម្លើយជាកូដ ឬរូបភាពនៃកំណត់ត្រាខ្លះនៅខ្វះ។",
        mend_en="Nothing that was sent is lost. Look for job_failed in the log, mend the cause, "
        "then have it tried again.",
        mend_km="អ្វីដែលបានផ្ញើមិនបាត់ទេ។ សូមរក job_failed ក្នុងកំណត់ហេតុ ជួសជុលមូលហេតុ រួចឱ្យវាព្យាយាមម្តងទៀត។",
        command=".venv/bin/flask jobs retry",
    ),
    Check(
        name="erasures",
        severity=Severity.RED,
        found=rules.erasures,
        en="The list of erasures does not know of what people took back: {n}. A backup that is put "
        "back would bring it back.",
        km="បញ្ជីនៃការលុប មិនស្គាល់អ្វីដែលមនុស្សបានដកវិញ៖ {n}។ ច្បាប់បម្រុងដែលដាក់មកវិញ នឹងនាំវាមកវិញ។",
        mend_en="Put the newest copy of erasures.jsonl back beside the key file, before any backup "
        "is put back. Where there is none, destroy backups from before.",
        mend_km="សូមដាក់ច្បាប់ចម្លងថ្មីបំផុតនៃ erasures.jsonl នៅក្បែរឯកសារកូនសោវិញ មុនដាក់ច្បាប់បម្រុងណាមួយ។ "
        "បើគ្មាន សូមបំផ្លាញច្បាប់បម្រុងពីមុន។",
    ),
    Check(
        name="unsealable",
        severity=Severity.RED,
        found=rules.unsealable,
        en="Something that is stored did not open on {on}: it was altered, or moved.",
        km="អ្វីមួយដែលបានរក្សាទុក បើកមិនបាននៅថ្ងៃ {on}៖ វាត្រូវបានកែ ឬផ្លាស់ទី។",
        mend_en="Nothing of it was shown. Look for “unsealable” in the log, find out who can write "
        "to the database or the disk, and take the record from a backup.",
        mend_km="គ្មានអ្វីនៃវាត្រូវបានបង្ហាញទេ។ សូមរក “unsealable” ក្នុងកំណត់ហេតុ "
        "ស្វែងរកអ្នកដែលអាចសរសេរលើមូលដ្ឋានទិន្នន័យ ឬថាស "
        "ហើយយកកំណត់ត្រាពីច្បាប់បម្រុង។",
    ),
    Check(
        name="recovery_make",
        severity=Severity.RED,
        found=rules.no_recovery_key,
        en="There is no recovery key yet.",
        km="មិនទាន់មានកូនសោសង្គ្រោះនៅឡើយទេ។",
        command=".venv/bin/flask keys recovery make",
        **_PAPER,
    ),
    Check(
        name="recovery_prove",
        severity=Severity.RED,
        found=rules.unproven,
        en="Nobody has shown yet that the recovery key on paper works.",
        km="មិនទាន់មាននរណាបានសាកល្បងថាកូនសោសង្គ្រោះលើក្រដាសប្រើបាននៅឡើយទេ។",
        command=".venv/bin/flask keys recovery prove --copy FILE",
        **_PAPER,
    ),
    Check(
        name="recovery_copy",
        severity=Severity.RED,
        found=rules.copy_due,
        en="A fresh recovery copy is due: the one beside the paper is of earlier wrapping keys.",
        km="ត្រូវធ្វើច្បាប់ចម្លងសង្គ្រោះថ្មី៖ ច្បាប់ដែលនៅក្បែរក្រដាសគឺសម្រាប់កូនសោមុនៗ។",
        mend_en="If this machine burns before that, nothing that backups hold from now on can be "
        "opened. Write the copy over the old one, then show that it works: "
        "flask keys recovery prove --copy FILE.",
        mend_km="បើម៉ាស៊ីននេះឆេះមុននោះ អ្វីដែលច្បាប់ចម្លងបម្រុងរក្សាទុកចាប់ពីពេលនេះ មិនអាចបើកបានទេ។ "
        "សូមសរសេរច្បាប់ថ្មីជំនួសច្បាប់ចាស់ រួចសាកល្បងវា៖ flask keys recovery prove --copy FILE។",
        command=".venv/bin/flask keys recovery export FILE",
    ),
    Check(
        name="rotation_due",
        severity=Severity.RED,
        found=rules.rotation_due,
        en="A record was taken back {days} days ago, and the wrapping keys were not replaced "
        "since. The person was promised that no backup can be read by now.",
        km="កំណត់ត្រាមួយត្រូវបានដកវិញ {days} ថ្ងៃមុន ហើយកូនសោមិនទាន់ត្រូវបានប្តូរតាំងពីពេលនោះ។ "
        "បានសន្យាដល់សាមីខ្លួនថា មកដល់ពេលនេះគ្មានច្បាប់ចម្លងបម្រុងណាអាចអានបានទេ។",
        **_ROTATE,
    ),
    Check(
        name="certificate_over",
        severity=Severity.RED,
        found=rules.certificate_over,
        en="The certificate of {host} has ended. Phones and browsers refuse the address.",
        km="វិញ្ញាបនបត្ររបស់ {host} ផុតកំណត់ហើយ។ ទូរសព្ទ និងកម្មវិធីរុករកបដិសេធអាសយដ្ឋាននេះ។",
        **_RENEW,
    ),
    Check(
        name="certificate_ends",
        severity=Severity.RED,
        found=rules.certificate_ends,
        en="The certificate of {host} ends in {days} days. Then phones can send no more.",
        km="វិញ្ញាបនបត្ររបស់ {host} ផុតកំណត់ក្នុង {days} ថ្ងៃ។ បន្ទាប់មកទូរសព្ទលែងផ្ញើបាន។",
        **_RENEW,
    ),
    Check(
        name="certificate_refused",
        severity=Severity.RED,
        found=rules.certificate_refused,
        en="Phones and browsers do not believe the certificate of {host}: {why}.",
        km="ទូរសព្ទ និងកម្មវិធីរុករកមិនជឿលើវិញ្ញាបនបត្ររបស់ {host}៖ {why}។",
        mend_en="Let the proxy give the whole chain of a certificate that is made for this name.",
        mend_km="សូមឱ្យ proxy ផ្តល់ខ្សែវិញ្ញាបនបត្រទាំងមូល ដែលបង្កើតសម្រាប់ឈ្មោះនេះ។",
    ),
    Check(
        name="certificate_ends_soon",
        severity=Severity.YELLOW,
        found=rules.certificate_ends_soon,
        en="The certificate of {host} ends in {days} days.",
        km="វិញ្ញាបនបត្ររបស់ {host} ផុតកំណត់ក្នុង {days} ថ្ងៃ។",
        **_RENEW,
    ),
    Check(
        name="address_silent",
        severity=Severity.YELLOW,
        found=rules.address_silent,
        en="{host} does not answer this machine ({why}), so its certificate could not be seen.",
        km="{host} មិនឆ្លើយតបម៉ាស៊ីននេះទេ ({why}) ដូច្នេះមិនអាចពិនិត្យវិញ្ញាបនបត្ររបស់វាបានទេ។",
        mend_en="Ask for the address from a phone. If that works, this machine alone cannot reach "
        "it.",
        mend_km="សូមសាកបើកអាសយដ្ឋានពីទូរសព្ទ។ បើបើកបាន មានតែម៉ាស៊ីននេះទេដែលភ្ជាប់ទៅមិនបាន។",
    ),
    Check(
        name="backup",
        severity=Severity.YELLOW,
        found=rules.backup,
        en="No backup of this installation is known.",
        km="មិនដឹងថាមានច្បាប់ចម្លងបម្រុងណាមួយនៃប្រព័ន្ធនេះទេ។",
        mend_en="Samleng makes none by itself yet, and does not see those that you make. If this "
        "disk breaks, what no copy holds is lost. How to copy: docs/for-operators.md, Backup.",
        mend_km="Samleng មិនទាន់ធ្វើវាដោយខ្លួនឯងទេ ហើយមិនឃើញច្បាប់ចម្លងដែលអ្នកធ្វើទេ។ បើថាសនេះខូច "
        "អ្វីដែលគ្មានច្បាប់ចម្លងនឹងបាត់។ របៀបចម្លង៖ docs/for-operators.md, Backup។",
    ),
    Check(
        name="recovery_prove_again",
        severity=Severity.YELLOW,
        found=rules.proven_long_ago,
        en="A year has passed since somebody showed that the recovery key works.",
        km="មួយឆ្នាំហើយ តាំងពីមានអ្នកបានសាកល្បងថាកូនសោសង្គ្រោះប្រើបាន។",
        mend_en="Paper gets lost. Type the key in from the paper once more.",
        mend_km="ក្រដាសអាចបាត់។ សូមវាយកូនសោពីក្រដាសម្តងទៀត។",
        command=".venv/bin/flask keys recovery prove --copy FILE",
    ),
    Check(
        name="rehearsal",
        severity=Severity.YELLOW,
        found=rules.rehearsals_due,
        en="For a year nobody has shown that trustees can open what sealed forms bring: keys, {n}.",
        km="មួយឆ្នាំហើយ គ្មាននរណាបង្ហាញថាអ្នកជាប់ទុកចិត្ត អាចបើកអ្វីដែលទម្រង់បិទជិតនាំមក៖ "
        "កូនសោ {n}។",
        mend_en="Bring the trustees together, let them try their sheets on a computer of their "
        "own, and write it down under Forms, “Keys that trustees hold”.",
        mend_km="សូមជួបជុំអ្នកជាប់ទុកចិត្ត សាកល្បងសន្លឹកលើកុំព្យូទ័រផ្ទាល់ខ្លួន ហើយកត់វានៅ ទម្រង់ "
        "“កូនសោដែលអ្នកជាប់ទុកចិត្តកាន់រួមគ្នា”។",
        command=".venv/bin/flask sealed trustees rehearse LOCKED",
    ),
    Check(
        name="rotation_soon",
        severity=Severity.YELLOW,
        found=rules.rotation_soon,
        en="A record was taken back {days} days ago: replace the wrapping keys within {left} days.",
        km="កំណត់ត្រាមួយត្រូវបានដកវិញ {days} ថ្ងៃមុន៖ សូមប្តូរកូនសោក្នុងរយៈពេល {left} ថ្ងៃ។",
        **_ROTATE,
    ),
    Check(
        name="heads",
        severity=Severity.YELLOW,
        found=rules.heads,
        en="No signed head of the audit log was handed out for {days} days.",
        km="ចុងដែលបានចុះហត្ថលេខានៃកំណត់ហេតុ មិនត្រូវបានប្រគល់ចេញអស់ {days} ថ្ងៃហើយ។",
        mend_en="Whoever owns this machine could write the log anew, and nobody would see it. Send "
        "the heads to the coordinators and to a partner each day; they name nobody.",
        mend_km="អ្នកកាន់កាប់ម៉ាស៊ីននេះអាចសរសេរកំណត់ហេតុឡើងវិញ ដោយគ្មានអ្នកណាដឹង។ "
        "សូមផ្ញើវាទៅអ្នកសម្របសម្រួល និងដៃគូរៀងរាល់ថ្ងៃ។ វាមិនបញ្ចេញឈ្មោះអ្នកណាទេ។",
        command=".venv/bin/flask audit head",
    ),
    Check(
        name="wrapping_key",
        severity=Severity.YELLOW,
        found=rules.wrapping_key,
        en="The wrapping key is {days} days old; a year is long enough.",
        km="កូនសោដែលប្រើមានអាយុ {days} ថ្ងៃហើយ។ មួយឆ្នាំគឺយូរល្មម។",
        mend_en="A new one makes old copies of the key file worthless to whoever has stolen one.",
        mend_km="កូនសោថ្មីធ្វើឱ្យច្បាប់ចម្លងចាស់នៃឯកសារកូនសោ គ្មានតម្លៃសម្រាប់អ្នកដែលលួចវា។",
        command=".venv/bin/flask keys rotate --copy FILE",
    ),
    Check(
        name="parsers",
        severity=Severity.YELLOW,
        found=rules.parsers,
        en="Old libraries read what strangers send: {which}.",
        km="បណ្ណាល័យកម្មវិធីចាស់កំពុងអានអ្វីដែលអ្នកក្រៅផ្ញើមក៖ {which}។",
        # Not red: a stable distribution mends its packages without raising the number.
        mend_en="Weaknesses of these numbers are known, and mended only where this machine gets "
        "its updates. Install them, then start the server again.",
        mend_km="ចំណុចខ្សោយនៃលេខទាំងនេះគេដឹងហើយ ហើយជួសជុលបានតែនៅពេលម៉ាស៊ីននេះទទួលបច្ចុប្បន្នភាព។ "
        "សូមដំឡើងវា រួចចាប់ផ្តើមម៉ាស៊ីនមេម្តងទៀត។",
        command="sudo apt-get update && sudo apt-get upgrade",
    ),
    Check(
        name="root",
        severity=Severity.YELLOW,
        found=rules.root,
        en="The server runs as root, which it needs for nothing.",
        km="ម៉ាស៊ីនមេដំណើរការក្រោមគណនី root ដែលវាមិនត្រូវការឡើយ។",
        # Told and not refused: in a container, and on a first try, root is all that there is.
        **_ACCOUNT,
    ),
    Check(
        name="log",
        severity=Severity.YELLOW,
        found=rules.log,
        en="The log beside the database has grown to {mb} MB: something reads without end.",
        km="កំណត់ហេតុក្បែរមូលដ្ឋានទិន្នន័យបានកើនដល់ {mb} MB៖ មានអ្វីមួយកំពុងអានមិនឈប់។",
        mend_en="What was erased may still lie in it. End long reports and open shells, then start "
        "the server again.",
        mend_km="អ្វីដែលបានលុបអាចនៅមានក្នុងនោះ។ សូមបញ្ចប់របាយការណ៍យូរ និងផ្ទាំងបញ្ជាដែលនៅបើក "
        "រួចចាប់ផ្តើមម៉ាស៊ីនមេម្តងទៀត។",
        command="make run",
    ),
    Check(
        name="log_kept",
        severity=Severity.YELLOW,
        found=rules.log_kept,
        en="PostgreSQL keeps copies of its log ({which}); erased coded answers are in them.",
        km="PostgreSQL រក្សាទុកច្បាប់ចម្លងនៃកំណត់ហេតុរបស់វា ({which})។ ចម្លើយជាលេខកូដដែលបានលុប ស្ថិតនៅក្នុងនោះ។",
        mend_en="The log of this server is written over in the nights after an erasure; copies are "
        "not. Let them end after 30 days at most, and drop slots that nobody reads from.",
        mend_km="កំណត់ហេតុរបស់ម៉ាស៊ីនមេនេះត្រូវសរសេរជាន់ពីលើនៅពេលយប់ក្រោយការលុប តែច្បាប់ចម្លងវិញមិនត្រូវទេ។ "
        "សូមកុំទុកវាលើសពី ៣០ ថ្ងៃ ហើយលុប slot ដែលគ្មានអ្នកណាអាន។",
    ),
    Check(
        name="quarantine",
        severity=Severity.YELLOW,
        found=rules.quarantine,
        en="Records wait that could not be read.",
        km="មានកំណត់ត្រាដែលអានមិនបាន កំពុងរង់ចាំ។",
        mend_en="They are kept byte for byte. Coordinators see on Today what waits, and why.",
        mend_km="វាត្រូវបានរក្សាទុកទាំងស្រុង។ អ្នកសម្របសម្រួលឃើញនៅ “ថ្ងៃនេះ” ថាអ្វីរង់ចាំ និងហេតុអ្វី។",
    ),
    Check(
        name="share_soon",
        severity=Severity.YELLOW,
        found=rules.share_soon,
        en="The space on the disk for a project is used up to {percent} %.",
        km="កន្លែងផ្ទុកលើថាសសម្រាប់គម្រោងបានប្រើអស់ {percent} %។",
        **_SHARE,
    ),
    Check(
        name="queue",
        severity=Severity.YELLOW,
        found=rules.queue,
        en="Copies wait that contradict what is stored.",
        km="មានច្បាប់ចម្លងដែលផ្ទុយពីអ្វីដែលបានរក្សាទុក កំពុងរង់ចាំ។",
        mend_en="They are kept, and not counted until a coordinator compares and settles them: "
        "Today leads there.",
        mend_km="វាត្រូវបានរក្សាទុក តែមិនទាន់រាប់ រហូតដល់អ្នកសម្របសម្រួលប្រៀបធៀប និងសម្រេច៖ “ថ្ងៃនេះ” នាំទៅទីនោះ។",
    ),
)  # fmt: skip
