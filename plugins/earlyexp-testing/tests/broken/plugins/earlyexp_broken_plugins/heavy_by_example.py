from pydantic import BaseModel, ConfigDict, Field

from earlyexp_bench.contracts import MethodDefinition
from earlyexp_bench.hooks import hookimpl


class Params(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"rate": 0.1}]})
    rate: float = Field(description="A rate.")


class Light(MethodDefinition):
    name = "heavy-by-example"
    version = "1"
    stages = frozenset()
    Params = Params
    implementation = "nowhere:Heavy"

    def incompatible(self, params, cell):
        import scipy.stats

        return None if scipy.stats.norm.cdf(0) > 0.1 else "never"


@hookimpl
def register_methods(register):
    register(Light())
