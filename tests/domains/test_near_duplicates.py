"""Near duplicates are found by what documents share, whatever their order and frame."""

import random

from earlyexp_bench.contracts import Document
from earlyexp_bench.domains import default_fingerprint, near_duplicates

WORDS = [f"word{number}" for number in range(5000)]


def document(text, group="g"):
    return Document(text, group)


def prose(seed, words=100):
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def test_unrelated_texts_are_no_near_duplicates():
    assert near_duplicates(map(document, map(prose, range(5))), map(document, map(prose, range(5, 9)))) == []


def test_a_passage_taken_over_makes_a_near_duplicate_and_a_short_one_does_not():
    own, other = prose(1), prose(2)
    half = document(" ".join(own.split()[:50] + other.split()[50:]))
    tenth = document(" ".join(own.split()[:10] + other.split()[10:]))
    [(left, right, share)] = near_duplicates([document(own)], [tenth, half])
    assert (left.text, right) == (own, half)
    assert 0.4 < share < 0.5


def test_an_excerpt_is_a_near_duplicate_of_the_long_text_it_comes_from():
    whole = document(prose(1, words=1000))
    excerpt = document(" ".join(whole.text.split()[300:330]))
    assert near_duplicates([whole], [excerpt]) == [(whole, excerpt, 1.0)]


def test_short_items_are_compared_by_characters():
    left = document("Fracture of lower end of the left radius")
    longer = document("Closed fracture of lower end of the left radius")
    other = document("Fracture of the shaft of the right femur")
    assert near_duplicates([left], [other, longer]) == [(left, longer, 1.0)]


def test_case_and_spacing_do_not_hide_a_near_duplicate():
    left, right = document("Tetramethyl Octane"), document("tetramethyl \n octane")
    assert near_duplicates([left], [right]) == [(left, right, 1.0)]


def test_exactly_a_quarter_is_allowed_and_more_is_not():
    def letters(d):
        return frozenset(d.text)

    assert near_duplicates([document("abcd")], [document("axyz")], letters) == []
    assert len(near_duplicates([document("abcd")], [document("abyz")], letters)) == 1


def test_a_document_without_pieces_has_no_near_duplicates():
    same = document("same")
    assert near_duplicates([same], [same], lambda _: frozenset()) == []


def test_the_default_pieces_of_running_text_are_word_runs():
    assert "word1 word2 word3 word4 word5 word6 word7 word8" in default_fingerprint(document(" ".join(WORDS[1:60])))
