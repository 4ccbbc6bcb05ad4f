"""What the server keeps an eye on beside its work: itself, what stations teach, what the log is told."""
