"""`python -m service`: serve what is set up already."""

from service.serving import serve

if __name__ == "__main__":
    serve()
