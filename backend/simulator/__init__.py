"""Virtual stations: real OCPP clients of 1.6, 2.0.1 and 2.1, seeded and repeatable, against any central system."""
