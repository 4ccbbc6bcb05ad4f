"""The embedded CSMS: stations in, live state, alarms, uptime and operations out. Runs without a screen."""
