"""Entity lists for offline follow-up: what a phone takes along, what came back, and where two
people changed the same thing. Every version of an entity is kept, sealed, until its person takes
back what she gave. Which lists and properties there are, forms declare (`forms.entity_lists`)."""
