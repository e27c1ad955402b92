"""What a check of a domain advises is enough: a domain that fails it, changed so and no further, passes."""

from dataclasses import replace

import pytest

from earlyexp_bench.contracts import SPLITS, Document, NoParams
from earlyexp_bench.domains import split_documents, without_near_duplicates
from earlyexp_bench.hooks import load_object
from earlyexp_bench.spec.models import Scoring
from earlyexp_testing.conformance import domain_contamination
from earlyexp_testing.conformance.domain_checks import findings
from earlyexp_testing.conformance.domain_data import DomainData
from earlyexp_testing.conformance.domain_trial import DomainTrial


def splits_of(definition):
    domain = load_object(definition.implementation)(NoParams())
    return {split: tuple(domain.documents(split)) for split in SPLITS}


def complaints(definition, splits):
    """By check; too small a test split aside, of which enough is left in a domain of a usual size."""
    domain = load_object(definition.implementation)(NoParams())
    found = findings(DomainTrial(DomainData(definition, domain, splits)))
    return {check: messages for check, messages in found.items() if messages and check not in ("domain-size",)}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("duplicate", {}),
        ("overlap-exact", {}),
        ("overlap-case", {}),
        ("overlap-space", {}),
        ("near-words-changed", {}),
        ("near-appended", {}),
        ("near-validation", {}),
        ("near-runs", {"runs": True}),
        ("flagged-passages", {"boards": True}),
    ],
)
def test_leaving_out_what_is_repeated_is_enough_where_it_is_advised(broken_domains, name, advice):
    definitions, expected = broken_domains
    splits = splits_of(definitions[name])
    [message] = complaints(definitions[name], splits)[expected[name]]
    assert "`earlyexp_bench.domains.without_near_duplicates" in message
    kept = without_near_duplicates(splits, **advice)
    assert complaints(definitions[name], kept) == {}
    assert len(kept["train"]) >= 0.99 * len(splits["train"])
    assert all(set(kept[split]) <= set(splits[split]) for split in SPLITS)


def test_a_frame_that_boards_would_count_needs_a_fingerprint_as_advised(broken_domains):
    definitions, _ = broken_domains
    splits = splits_of(definitions["flagged-frame"])
    [message] = complaints(definitions["flagged-frame"], splits)["domain-contamination"]
    assert "give the domain a `fingerprint(document)` without it" in message
    assert complaints(definitions["sound-frame-fingerprint"], splits) == {}


def test_a_domain_with_a_fingerprint_is_advised_to_go_by_it(broken_domains):
    class Anagrams:
        """Alike is what has the same letters in each word, in whatever order."""

        def fingerprint(self, document):
            return frozenset("".join(sorted(word)) for word in document.text.split())

    definition = broken_domains[0]["sound"]
    splits = splits_of(definition)
    backwards = [Document(" ".join(word[::-1] for word in row.text.split()), row.group) for row in splits["train"][:9]]
    spoilt = {**splits, "test": (*splits["test"], *(replace(row, group=f"back {row.group}") for row in backwards))}

    def near(splits):
        return DomainTrial(DomainData(definition, Anagrams(), splits)).near_overlap

    [message] = near(spoilt)
    assert "`earlyexp_bench.domains.without_near_duplicates(splits, self.fingerprint)` does" in message
    assert near(without_near_duplicates(spoilt))
    assert not near(without_near_duplicates(spoilt, Anagrams().fingerprint))


def test_sound_splits_lose_nothing(broken_domains):
    definitions, _ = broken_domains
    for name in ("sound", "sound-templates", "sound-frame"):
        splits = splits_of(definitions[name])
        assert without_near_duplicates(splits) == splits


def test_twins_of_a_fingerprint_are_left_out_and_texts_that_differ_in_case_are_not_equal():
    tunes = {"train": ["CDE", "cde"], "validation": ["EDC D"], "test": ["D CDE", "GGG", "GGG "]}
    splits = {split: [Document(text, text) for text in texts] for split, texts in tunes.items()}

    def notes(document):
        return frozenset(document.text.split())

    kept = without_near_duplicates(splits, notes)
    assert {split: [d.text for d in documents] for split, documents in kept.items()} == {
        "train": ["CDE", "cde"],
        "validation": ["EDC D"],
        "test": ["GGG"],
    }


def with_words_changed(text):
    return " ".join("other" if place % 6 == 4 else word for place, word in enumerate(text.split()))


def test_split_documents_and_without_near_duplicates_make_a_domain_of_a_pile_with_copies(broken_domains):
    definitions, _ = broken_domains
    rows = [row for documents in splits_of(definitions["sound"]).values() for row in documents]
    copies = [Document(row.text.upper() + " !", f"copy of {row.group}") for row in rows[::9]]
    changed = [Document(with_words_changed(row.text), f"change of {row.group}") for row in rows[::7]]
    splits = split_documents([*rows, *copies, *changed], "test/pile")
    assert complaints(definitions["sound"], splits.documents).keys() >= {"domain-documents", "domain-near-overlap"}
    assert complaints(definitions["sound"], without_near_duplicates(splits)) == {}


def test_what_the_kit_allows_is_what_boards_allow():
    assert Scoring.model_fields["contamination_threshold"].default == domain_contamination.ALLOWED
