"""The file by which a form shows, on the phone that sent them, records that the office returned.

No phone pulls back what it sent (Collect keeps finished forms read-only, or deletes them). So a
form that refers to this file gets it made for each phone: a choice of what was returned to it. What
is chosen there, in the question tagged `record.corrects`, is what the new record takes the place
of. Pure.
"""

LIST = "returned"
FILE = f"{LIST}.csv"
"""No entity list may have the name, and no form need bring it."""
CORRECTS = "record.corrects"
