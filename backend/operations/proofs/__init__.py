"""What shows that an operation had an effect: one small state machine each, fed with what stations do."""
