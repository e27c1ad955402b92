"""lm-eval tasks that bring their data: named in `evaluators`, they need no network."""
