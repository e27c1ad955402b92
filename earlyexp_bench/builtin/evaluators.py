"""Light half of the built-in evaluators."""

from earlyexp_bench.contracts import EvaluatorDefinition

EVALUATORS: tuple[EvaluatorDefinition, ...] = (
    EvaluatorDefinition(
        name="loss",
        version="1",
        implementation="earlyexp_bench.builtin._evaluators:Loss",
        description="Loss on held-out documents: nats per token, and bits per byte to compare tokenizers.",
        higher_is_better=False,
        range=(0.0, None),
        splits=("validation", "test"),
    ),
    EvaluatorDefinition(
        name="answer-loss",
        version="1",
        implementation="earlyexp_bench.builtin._evaluators:AnswerLoss",
        description="Loss on the answers alone, given their prompts: nats per answer token.",
        higher_is_better=False,
        range=(0.0, None),
        splits=("validation", "test"),
    ),
    EvaluatorDefinition(
        name="domain-tasks",
        version="1",
        implementation="earlyexp_bench.builtin._evaluators:DomainTasks",
        description="The tasks that a domain brings, such as multiple choice, scored as lm-eval scores them.",
        higher_is_better=True,
        range=(0.0, 1.0),
        splits=("test",),
    ),
)
