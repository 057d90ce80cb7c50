"""Forms as they were published: their bytes never change; schema and tags are read from them."""
