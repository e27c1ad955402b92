"""The contamination stage: how many test documents of one domain have a twin in what another one trains on."""

from tokenizers import Tokenizer

from earlyexp_bench.contracts import FingerprintedDomain
from earlyexp_bench.contracts.stages import ContaminationInput, ContaminationOutput, TokensOutput
from earlyexp_bench.domains import near_duplicates
from earlyexp_bench.evaluation import load_domain
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.domains import build_domain, paths_as_written
from earlyexp_bench.stages.overlap import contaminated_documents
from earlyexp_bench.training.data import load_split


def run(context: StageContext) -> StageResult:
    """Compare the whole train split of ``trained`` with the whole test split of ``tested``.

    A domain that is compared with itself and knows better what a twin is, by a ``fingerprint(document)`` of its own, is
    compared by that.
    """
    inputs = ContaminationInput.model_validate(context.spec.identity)
    twins = _by_fingerprint(context, inputs) if inputs.trained == inputs.tested else None
    if twins is None:
        twins = _by_tokens(context)
    tested = context.parent_record("tested").output_as(TokensOutput)
    return StageResult(ContaminationOutput(documents=tested.test.documents, twins=twins), outputs=())


def _by_fingerprint(context: StageContext, inputs: ContaminationInput) -> int | None:
    """Count twins by the domain's own fingerprint; None where it has none."""
    with paths_as_written(context.spec):
        domain = build_domain(inputs.trained, context.spec)
        if not isinstance(domain, FingerprintedDomain):
            return None
        context.report({"phase": f"comparing {inputs.trained.id}"})
        tested = load_domain(context.parent_stage("tested")).documents("test")
        return len({twin.text for _, twin, _ in near_duplicates(domain.documents("train"), tested, domain.fingerprint)})


def _by_tokens(context: StageContext) -> int:
    tokenizer = Tokenizer.from_file(str(context.parent("tokenizer") / "tokenizer.json"))
    context.report({"phase": "comparing"})
    train = load_split(context.parent_stage("trained"), "train")
    test = load_split(context.parent_stage("tested"), "test")
    return int(contaminated_documents(train, test, tokenizer).sum())
