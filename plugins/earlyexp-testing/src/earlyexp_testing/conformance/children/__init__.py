"""A folder that interpreters started by code under test find on their path."""
