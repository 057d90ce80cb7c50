"""Moving in: forms, records and entity lists that a team brings along from the server it leaves.

A reader for each kind of source says what is there; a plan says what will happen with each item;
what comes passes the same door as what phones send. Run twice, nothing is doubled; killed and run
again, nothing is missing.
"""
