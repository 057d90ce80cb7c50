"""One reader for each kind of source. They ask through `source.Http`, and touch no network."""
