"""``music/tunes`` keeps what a domain promises."""

from dataclasses import replace

import pytest

from earlyexp_bench.contracts import Document, NoParams, UserError
from earlyexp_bench.domains import near_duplicates
from earlyexp_music._domain import COLLECTIONS, Tunes
from earlyexp_music.abc import key_name, staff_steps, tunes
from earlyexp_testing import conformance_tests

test_conformance = pytest.mark.slow(conformance_tests("earlyexp-music"))


@pytest.fixture(scope="module")
def domain():
    return Tunes(NoParams())


def test_a_tune_in_another_key_or_mode_is_its_own_twin(domain):
    in_g = Document("M:4/4\nL:1/8\nK:G\nG2BG d2BG|cAFD GABc|d2BG dgfe|dcAF G4|", "a")
    in_a = Document("M:C|\nL:1/8\nK:Am\nA2 cA e2 cA|dBGE ABcd|{f}e2cA ea^gf|edBG A4|]", "b")
    assert near_duplicates([in_g], [in_a], domain.fingerprint) == [(in_g, in_a, 1.0)]


def test_tunes_keep_only_metre_unit_and_key(domain):
    lines = [line for tune in domain.documents("train") for line in tune.text.splitlines()]
    fields = {line[0] for line in lines if line[0].isalpha() and line[1:2] == ":"}
    assert fields == {"M", "L", "K"}


def test_an_abc_file_is_read_as_music_without_its_apparatus():
    text = """% A book

X:1
T:The Tune
M:6/8
L:1/8
Z:Somebody % a comment
K:E Minor
"Slow" uG3 | {a}vB2 !sf!d :|\\
w: la la
c3 `B3 |]

X:2
V:1
V:2
K:C
CDE
"""
    assert list(tunes(text)) == ["M:6/8\nL:1/8\nK:Em\nG3|{a}B2 d :|\nc3 B3|]"]


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("E Minor", "Em"),
        ("DMix", "Dmix"),
        ("A Mixolydian % comment", "Amix"),
        ("Bb", "Bb"),
        ("G", "G"),
        ("D Major", "D"),
    ],
)
def test_keys_have_one_name(written, short):
    assert key_name(written) == short


def test_steps_count_lines_and_spaces_of_the_staff():
    assert staff_steps("K:C\nC D c, | c' [CEG] ^G,") == [1, -1, 14, -14, -3]


def test_another_release_of_the_data_is_refused():
    with pytest.raises(UserError, match=r"music21 10\.5\.1"):
        replace(COLLECTIONS, patterns=COLLECTIONS.patterns[:1]).files()
