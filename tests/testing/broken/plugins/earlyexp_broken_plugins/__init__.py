"""Light halves that are each broken in one way, a plugin each. `EXPECTED` names the check that must catch it."""

EXPECTED = {
    "sound": None,
    "heavy": "plugin-imports",
    "heavy_in_hook": "plugin-imports",
    "heavy_in_needs": "plugin-imports",
    "slow": "plugin-seconds",
    "misspelled": "plugin-hooks",
    "misspelled_unmarked": "plugin-hooks",
    "unmarked": "plugin-hooks",
    "other_argument": "plugin-hooks",
    "registers_nothing": "plugin-hooks",
    "raises": "plugin-loads",
    "exits": "plugin-loads",
    "newer": "plugin-loads",
    "network": "plugin-network",
    "ends_its_process": "plugin-hooks",
}
