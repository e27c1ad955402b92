"""What a domain is: text with train, validation and test splits, and lm-eval tasks that measure it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
LossOn = Literal["text", "answer"]
HeldOut = Literal["validation", "test"]
HELD_OUT: tuple[HeldOut, ...] = ("validation", "test")


class NoParams(BaseModel):
    """The parameters of a component that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a domain.

    Attributes:
        text: The whole document, prompt included; never empty.
        group: Documents of one group are all in one split.
        answer_start: Characters of ``text`` before the answer; 0 where a document has no prompt.
    """

    text: str
    group: str
    answer_start: int = 0

    def __post_init__(self) -> None:
        if not self.text or not 0 <= self.answer_start < len(self.text):
            raise ValueError(f"a document needs text and an answer inside it, not {self!r}")


class DomainDefinition(BaseModel):
    """The light half of a domain: what planning needs, without reading the data.

    Register it in ``register_domains``. ``implementation`` is imported only in the worker.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str = Field(description="Name within the distribution; the id is `distribution/name`.")
    version: str = Field(description="Raise it whenever the documents or their splits change.")
    implementation: str = Field(description='Heavy half as "package._module:Class", imported in the worker.')
    description: str = Field(description="One sentence for `plugins list` and the board.")
    licence: str = Field(description="SPDX id, or 'public-domain', with the source of the data.")
    content_hash: str | None = Field(
        default=None, description="SHA-256 over all splits (`content_hash`); a mismatch stops the run."
    )
    train_bytes: int | None = Field(default=None, description="UTF-8 bytes of the train split; bounds budgets.")
    loss_on: LossOn = Field(default="text", description="Tokens that are trained on and scored.")
    tasks: tuple[str, ...] = Field(default=(), description="Names of the lm-eval tasks that the heavy half builds.")
    params: type[BaseModel] = Field(default=NoParams, description="Pydantic model of the domain's parameters.")
    hash_inputs: Callable[[BaseModel], dict[str, str]] | None = Field(
        default=None,
        description="For data named by parameters: parameters -> what identifies it (file hashes, a commit sha).",
    )
    located_by: frozenset[str] = Field(
        default=frozenset(),
        description="Parameters that only say where the data lie: in no key, which has `hash_inputs` instead. "
        "A path among them has the type `DataPath`.",
    )
    measure_train_bytes: Callable[[BaseModel], int | None] | None = Field(
        default=None, description="For data named by parameters: parameters -> `train_bytes`, or None if unknown."
    )


class Domain(Protocol):
    """The heavy half of a domain. Constructed with its validated ``params`` as the only argument.

    It may say itself what makes two documents alike: see `FingerprintedDomain`.
    """

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``split``, in the same order in every process."""
        ...

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return lm-eval task configurations by name, each with a ``custom_dataset`` callable.

        ``custom_dataset(**_)`` returns ``{"test": list of dicts}``: no cache, no network.
        """
        ...


@runtime_checkable
class FingerprintedDomain(Domain, Protocol):
    """A domain that knows better than words and characters what makes two of its documents alike.

    A tune in another key shares no characters, two questions share their frame by design. Boards look for twins of its
    test documents in its train split by it, and so does the conformance kit.
    """

    def fingerprint(self, document: Document) -> frozenset[str]:
        """Return the pieces of a document; without any it has no twins.

        Two documents are twins that share more than a quarter of the pieces of the one with fewer. So a piece is what
        both would have if one were the other with changes that make no difference: never the whole text, nor what all
        documents have. Equal documents have equal pieces, in every process.
        """
        ...


def content_hash(domain: Domain) -> str:
    """SHA-256 over every document of every split, in order, as 64 hex digits."""
    total = hashlib.sha256()
    for split in SPLITS:
        total.update(f"\x00{split}\x00".encode())
        for document in domain.documents(split):
            total.update(f"{document.group}\x1f{document.answer_start}\x1f{document.text}\x1e".encode())
    return total.hexdigest()


def split_of(group: str, *, salt: str, validation: float = 0.05, test: float = 0.05) -> Split:
    """Assign a group to a split by its hash, so that adding groups never moves another one.

    The salt is the domain's id, so that two domains do not split alike; what is not held out is trained on.
    """
    number = int.from_bytes(hashlib.sha256(f"{salt}\x1f{group}".encode()).digest()[:8], "big") / 2**64
    if number < test:
        return "test"
    return "validation" if number < test + validation else "train"
