"""Early exposure where it can be solved: a two-layer linear network in three stages, in double precision.

**Network.** An input is a matrix X, the output the number f(X) = ⟨X, W₂W₁⟩ = Σ Xᵢⱼ (W₂W₁)ᵢⱼ. All weights are trained by
full-batch gradient descent on squared loss.

**Tasks.** The inputs of all three tasks share their singular vectors: X = Σᵢ xᵢ uᵢvᵢᵀ. A *feature* is one such pair
(uᵢ, vᵢ), its activation xᵢ a singular value of the input, its *strength* pᵢ = uᵢᵀW₂W₁vᵢ. So f(X) = Σ xᵢpᵢ. The three:

| feature | general corpus | target | downstream |
|---|---|---|---|
| invariant | active, asks for p = s | the same | the same |
| inconsistent | active, asks for p = α | only seen with the specialised one: sum β | active, asks for p = δ |
| specialised | off | active | off |

**Modes.** From aligned and balanced weights, W₁ = Σ √pᵢ qᵢvᵢᵀ and W₂ = Σ √pᵢ uᵢqᵢᵀ with orthonormal qᵢ, every gradient
∂L/∂W = Σ gᵢ uᵢvᵢᵀ is diagonal in the same vectors, so the weights stay so and each strength follows its own equation,
dpᵢ/dt = −2 pᵢ ∂L/∂pᵢ: fast where a feature is there already, slow where it is not (Saxe et al. 2014, arXiv:1312.6120;
for inputs with common singular vectors Gunasekar et al. 2017, arXiv:1705.09280). ``closed_forms`` solves them.

**What follows.** Post-training grows the inconsistent and the specialised feature in proportion to what is there of
each. Without exposure the specialised one is hardly there, so the inconsistent one takes the whole correction, and
fine-tuning, whose gradient on the specialised feature is 0, takes it away again. With exposure pretraining has to fit
α and β at once, and only the specialised feature can reconcile them; post-training finds nothing left to do.
"""

from earlyexp_theory.closed_forms import after_posttraining, front_area, logistic, matched_gap, retained_loss
from earlyexp_theory.network import Basis, Network, Trained, aligned, descend, draw_basis
from earlyexp_theory.study import PIPELINES, RECIPES, Settings, Study, Upstream, finetune, run_study, train_upstream
from earlyexp_theory.tasks import FEATURES, Strengths, Task, downstream, draw_strengths, general, mixture, target

__all__ = [
    "FEATURES",
    "PIPELINES",
    "RECIPES",
    "Basis",
    "Network",
    "Settings",
    "Strengths",
    "Study",
    "Task",
    "Trained",
    "Upstream",
    "after_posttraining",
    "aligned",
    "descend",
    "downstream",
    "draw_basis",
    "draw_strengths",
    "finetune",
    "front_area",
    "general",
    "logistic",
    "matched_gap",
    "mixture",
    "retained_loss",
    "run_study",
    "target",
    "train_upstream",
]
