"""A disk that keeps only what was fsynced: the preloaded library, and the disk it models."""
