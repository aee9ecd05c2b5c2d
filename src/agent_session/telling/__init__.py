"""How what is kept is told to a person, on whatever surface."""
