"""Put on PYTHONPATH by the tests of the tests: cripples every Python process of a server.

The server starts its workers as fresh processes, so a patch in the first one would not reach them.
"""

import os

if os.environ.get("RELIABILITY_MUTANT"):
    from tests.reliability import mutants

    mutants.MUTANTS[os.environ["RELIABILITY_MUTANT"]]()
