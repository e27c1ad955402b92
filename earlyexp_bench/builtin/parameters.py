"""Parameters of the domains that read a user's own data: plain files, and data sets of the Hugging Face hub."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from earlyexp_bench.builtin.formats import Format
from earlyexp_bench.contracts import DataPath


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Separator = Literal["blank-line", "line", "file"]
Patterns = Annotated[tuple[DataPath, ...], BeforeValidator(_as_list)]


class RowParams(BaseModel):
    """How rows become documents, whatever they are read from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_field: str = Field(default="text", description="Column that holds the document.")
    prompt_field: str | None = Field(default=None, description="Column of the prompt; with `answer_field`.")
    answer_field: str | None = Field(default=None, description="Column of the answer; replaces `text_field`.")
    group_field: str | None = Field(default=None, description="Rows of equal value stay in one split.")
    validation_fraction: float = Field(default=0.05, gt=0, lt=1, description="Share of groups, where none is given.")
    test_fraction: float = Field(default=0.05, gt=0, lt=1, description="Share of groups, where none is given.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that documents are made of; no other is read."""
        fields = (self.prompt_field, self.answer_field) if self.prompt_field else (self.text_field,)
        return tuple(dict.fromkeys(name for name in (*fields, self.group_field) if name))

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.prompt_field is None) != (self.answer_field is None):
            raise ValueError("prompt_field and answer_field go together")
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction + test_fraction must leave something to train on")
        return self


class FilesParams(RowParams):
    """Where plain files lie and how they become documents."""

    path: Patterns = Field(default=(), description="Files or globs to split by group; instead of train.")
    train: Patterns = Field(default=(), description="Files or globs of the train split.")
    validation: Patterns = Field(default=(), description="Files or globs; absent: a share of the groups of train.")
    test: Patterns = Field(default=(), description="Files or globs; absent: a share of the groups of train.")
    format: Format | None = Field(default=None, description="Format of the files; absent: by their suffix.")
    document_separator: Separator = Field(default="blank-line", description="What ends a document in a txt file.")
    group_by: Literal["document", "file"] = Field(
        default="document", description="What stays in one split where there is no `group_field`."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.path) == bool(self.train):
            raise ValueError("give either path, to be split by group, or train")
        if self.path and (self.validation or self.test):
            raise ValueError("validation and test go with train, not with path")
        return self


class HubParams(RowParams):
    """A data set of the hub at one commit, or a local directory in the hub's layout."""

    dataset: DataPath = Field(description="Id on the hub (`owner/name`), or a local directory.")
    revision: str | None = Field(
        default=None, pattern="^[0-9a-f]{40}$", description="Commit sha; required unless `dataset` is a directory."
    )
    config: str | None = Field(default=None, description="Configuration of the data set, where it has several.")
    train: str = Field(default="train", description="Name of its train split.")
    validation: str | None = Field(default=None, description="Name of its validation split; absent: a share of train.")
    test: str | None = Field(default=None, description="Name of its test split; absent: a share of train.")
