from earlyexp_bench.contracts import MethodDefinition, Needs
from earlyexp_bench.hooks import hookimpl


class Light(MethodDefinition):
    name = "heavy-in-needs"
    version = "1"
    stages = frozenset()
    implementation = "nowhere:Heavy"

    def needs(self, params, stage):
        import scipy.stats

        return Needs(tokens=frozenset({"general"} if scipy.stats.norm.cdf(0) > 0.1 else ()))


@hookimpl
def register_methods(register):
    register(Light())
