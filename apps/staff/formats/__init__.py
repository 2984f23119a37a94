"""How numbers and moments are written, a folder a language."""
