"""Remote operations: the catalogue, what they would end, the way out, and the proof that they had an effect."""
