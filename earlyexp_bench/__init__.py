"""earlyexp-bench: how should a capability be acquired so that it survives later fine-tuning?"""

__version__ = "0.1.0"
