"""All SQL about entities: lists and who holds them, entities and versions, records that speak of
them."""
