"""Events in: one (`record`), many (`batch`), and what late events and corrections change (`replay`)."""
