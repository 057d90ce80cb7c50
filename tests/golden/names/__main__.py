"""`python -m tests.golden.names`: how well names are told apart, beside plain RapidFuzz."""

from tests.golden.names.measured import table

print(table())
