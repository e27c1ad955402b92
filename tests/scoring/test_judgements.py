import pytest

from earlyexp_bench.scoring.judgements import judge

GAINS = [0.30, 0.35, 0.32, 0.28, 0.31]


@pytest.mark.parametrize(
    ("gains", "word"),
    [
        (GAINS, "better"),
        ([-gain for gain in GAINS], "worse"),
        ([0.3, -0.2, 0.1, -0.1, 0.05], "not told apart"),
        ([0.3] * 5, "none"),
        ([0.3], "none"),
        ([], "none"),
    ],
)
def test_the_interval_decides_and_what_has_none_says_why(gains, word):
    judged = judge(gains, "baseline", pipelines=2, primary=True)
    assert judged.word == word
    assert bool(judged.reason) == (word == "none")
    assert (judged.own is None) == (not gains)


def test_a_row_without_a_place_is_shown_by_itself():
    judged = judge(GAINS, "baseline", pipelines=2, placed=False)
    assert (judged.word, judged.interval, judged.detectable) == ("none", None, None)
    assert judged.own.mean == pytest.approx(0.312)
    assert "family is full" in judged.reason


def test_what_is_barred_keeps_its_interval_and_says_why():
    judged = judge(GAINS, "baseline", pipelines=2, barred="early is an oracle")
    assert (judged.word, judged.reason) == ("none", "early is an oracle")
    assert judged.interval.low > 0


def test_the_primary_contrast_has_more_of_the_five_per_cent_than_another_row():
    primary, other = (judge(GAINS, "baseline", pipelines=2, primary=primary) for primary in (True, False))
    assert other.interval.low < primary.interval.low < primary.own.low
    assert primary.detectable < other.detectable
