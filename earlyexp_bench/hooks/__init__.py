"""pluggy hook specifications, discovery of plugins, and the registry."""

from earlyexp_bench.hooks.published import published_records
from earlyexp_bench.hooks.registry import BrokenPlugin, Registered, load_object, namespace, registry
from earlyexp_bench.hooks.software import CORE, all_code, code, distributions
from earlyexp_bench.hooks.specs import API_VERSION, GROUP, hookimpl

__all__ = [
    "API_VERSION",
    "CORE",
    "GROUP",
    "BrokenPlugin",
    "Registered",
    "all_code",
    "code",
    "distributions",
    "hookimpl",
    "load_object",
    "namespace",
    "published_records",
    "registry",
]
