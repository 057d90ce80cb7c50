"""`gunicorn wsgi:app` and `flask` find the application here."""

import gc
import os
import sys

gc.disable()  # what is imported stays: to look through it for garbage takes a sixth of the start

from service.app import create_app, start_worker
from service.cli import offline
from service.foundation.settings import SettingsError

try:
    app = offline.bare_app() if offline.is_asked(sys.argv) else create_app()
except SettingsError as error:
    sys.stderr.write(f"Samleng cannot start: {error}\n")
    # Gunicorn starts its workers again without end, unless they exit with 3.
    sys.exit(1 if os.environ.get("FLASK_RUN_FROM_CLI") == "true" else 3)
if not offline.is_asked(sys.argv):
    start_worker(app)
gc.freeze()
gc.enable()
