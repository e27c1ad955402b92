"""Records → cells → board: what a benchmark fixes, what its cells came to, who is disqualified, and the files of it."""
