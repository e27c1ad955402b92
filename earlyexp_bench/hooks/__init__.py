"""pluggy hook specifications, discovery of plugins, and the registry."""

from earlyexp_bench.hooks.headings import Heading, heading
from earlyexp_bench.hooks.registry import BrokenPlugin, Registered, Registry, load_object, namespace, registry
from earlyexp_bench.hooks.software import CORE, all_code, code, distributions
from earlyexp_bench.hooks.specs import API_VERSION, GROUP, hookimpl

__all__ = [
    "API_VERSION",
    "CORE",
    "GROUP",
    "BrokenPlugin",
    "Heading",
    "Registered",
    "Registry",
    "all_code",
    "code",
    "distributions",
    "heading",
    "hookimpl",
    "load_object",
    "namespace",
    "registry",
]
