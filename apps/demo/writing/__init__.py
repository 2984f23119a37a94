"""Cities written finished: rows of every table that the product's stages fill, consistent with each other."""
