"""Measurements of this machine with the real server: `make bench`."""
