"""A contaminated pipeline says which texts, by which rule, and what to do."""

from dataclasses import replace

from earlyexp_bench.cli.summary import print_board
from earlyexp_bench.scoring import Contamination, score_board
from earlyexp_bench.site import write_results


def told(terms, cells, out, capsys, *found):
    """The page and what is printed of a board both of whose pipelines have these near-duplicates."""
    terms = replace(terms, pipelines=tuple(replace(p, contamination=found) for p in terms.pipelines))
    board = score_board(terms, cells)
    page = write_results(board, cells, out).read_text(encoding="utf-8")
    print_board(board)
    return page, capsys.readouterr().out


def test_a_domain_that_repeats_itself_is_advised_to_say_what_a_near_duplicate_is(terms, cells, tmp_path, capsys):
    for said in told(terms, cells, tmp_path, capsys, Contamination("mine", "mine", 200, 9)):
        assert "9 of 200 test documents of mine (4.5%) have a near-duplicate in the training text of mine" in said
        assert said.count("fingerprint(document) of its own, which says what makes two documents one") == 1
        assert "runs of 13 tokens" in said and "one of the two" not in said


def test_two_domains_that_share_text_are_not_advised_a_fingerprint_which_would_not_help(terms, cells, tmp_path, capsys):
    for said in told(terms, cells, tmp_path, capsys, Contamination("web", "mine", 200, 9)):
        assert "9 of 200 test documents of mine (4.5%) have a near-duplicate in the training text of web" in said
        assert said.count("Leave these documents out of one of the two.") == 1
        assert "fingerprint" not in said


def test_a_clean_board_advises_nothing(terms, cells, tmp_path, capsys):
    for said in told(terms, cells, tmp_path, capsys, Contamination("mine", "mine", 200, 2)):
        assert "fingerprint" not in said and "ontaminated" not in said.replace("Contamination", "")
