"""The vocabulary of the house: pure values, no I/O, no clock of its own."""
