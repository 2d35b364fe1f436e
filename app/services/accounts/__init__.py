"""Accounts: who a request comes from, how users log in, what they and administrators change."""
