"""Remote operations: what may be asked of a station, and each one followed from sent to answered to proved."""
