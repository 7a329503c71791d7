"""Floor 4: settings, wiring, the embedded PostgreSQL and the `placet` command."""
