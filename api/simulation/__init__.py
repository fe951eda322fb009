"""The simulator: seeded days of tills, networks, crashes and wrong clocks against the real money path."""
