"""The Python API: plan, run and report a benchmark. The command line calls it, and a notebook may."""
