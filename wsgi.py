"""`gunicorn wsgi:app` and `flask` find the application here."""

from service.app import create_app, start_worker

app = create_app()
start_worker(app)
