"""`gunicorn wsgi:app` and `flask` find the application here."""

import os
import sys

from service.app import create_app, start_worker
from service.foundation.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"Samleng cannot start: {error}\n")
    # Gunicorn starts its workers again without end, unless they exit with 3.
    sys.exit(1 if os.environ.get("FLASK_RUN_FROM_CLI") == "true" else 3)
start_worker(app)
