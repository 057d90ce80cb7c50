"""`python -m service`: serve what is set up already."""

import gc

gc.disable()  # until all is made: to search for garbage meanwhile takes a sixth of the start

from service.serving import serve

if __name__ == "__main__":
    serve()
