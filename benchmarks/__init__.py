"""Measurements anyone can run; every speed claim is a ratio against a floor measured in the same run."""
