"""Which descriptions may be of one person: names as Khmer and Latin letters spell them, rough years
and ages, and what else is known. Says how likely and why; never decides, never merges."""
