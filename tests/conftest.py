import signal

from hypothesis import settings

# Cores are shared: how long an example takes says nothing about the code.
settings.register_profile("shared-cores", deadline=None)
settings.load_profile("shared-cores")

# A shell ignores Ctrl-C for what it starts in the background, and children inherit that; tests send it on purpose.
signal.signal(signal.SIGINT, signal.default_int_handler)
