"""What proves an operation: one state machine per kind of evidence (CONTRACT.md, what is proof; domain.md 2)."""
