"""pluggy hook specifications, discovery of plugins, and the registry."""

from earlyexp_bench.hooks.registry import BrokenPlugin, Registered, Registry, load_object, namespace, registry
from earlyexp_bench.hooks.specs import API_VERSION, GROUP, hookimpl

__all__ = [
    "API_VERSION",
    "GROUP",
    "BrokenPlugin",
    "Registered",
    "Registry",
    "hookimpl",
    "load_object",
    "namespace",
    "registry",
]
