"""What each stage kind does: one short file each, with a function ``run(context)``."""
