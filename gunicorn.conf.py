"""For `gunicorn wsgi:app`, which reads this file by itself; `make run` needs none of it."""

limit_request_line = 0
"""Any length: phones ask what to forget with every ID of a list in the address."""
