"""`gunicorn wsgi:app` and `flask` find the application here."""

from service.app import create_app

app = create_app()
