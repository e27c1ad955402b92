"""Claims as readers meet them: a panel, curves over λ, a file of their own."""

import json
import re

import altair as alt
import pytest

from earlyexp_bench.scoring import ClaimResult, ClaimVerdict, score_board
from earlyexp_bench.site import write_picture, write_results
from earlyexp_bench.site.claims import answers

SHARES = {"recipes": ["baseline", "replay", "early"], "learning_rate": 2e-4}
CLAIMS = (
    {"claim": "R1", **SHARES},
    {"claim": "R2", **SHARES},
    {"claim": "R4", "reference": "baseline", "exposed": "early"},
)


@pytest.fixture
def written(terms, cells, judged, tmp_path):
    """Write a board with claims; returns the folder."""

    def write(kept=lambda cell: True):
        chosen = [cell for cell in cells if kept(cell)]
        board = score_board(terms, chosen)
        claims = judged(board, chosen, *CLAIMS)
        write_results(board, chosen, tmp_path, claims=claims)
        write_picture(board, chosen, tmp_path / "plots.svg", claims=claims)
        return tmp_path

    return write


def charts(folder):
    page = (folder / "index.html").read_text()
    return json.loads(re.search(r'id="charts">(.*?)</script>', page, re.S)[1])["specs"]


def test_verdicts_have_a_file_and_a_panel(written):
    folder = written()
    found = json.loads((folder / "claims.json").read_text())
    assert (found["schema_version"], found["metric_version"], found["benchmark"]) == (1, 3, "mini@1")
    assert [claim["claim"] for claim in found["claims"]] == ["R1", "R2", "R4"]
    page = (folder / "index.html").read_text()
    for claim in found["claims"]:
        reading = claim["reading"].replace("0.0002", "2e-4")
        assert f"{claim['claim']} · {claim['statement']}, {reading}" in page
        assert set(claim["outcomes"]) == {"music→instruct", "music→chemistry"}
    assert "Tests fixed by the benchmark's file; each can come out either way." in page
    assert set(found["claims"][0]) == {"claim", "statement", "reading", "recipes", "outcomes"}
    assert 'href="claims.json"' in page
    assert "level 3: " in page
    assert set(found["claims"][2]["outcomes"]["music→instruct"]["parts"]) == {"level 1", "level 2", "level 3"}
    words = {outcome["word"] for claim in found["claims"] for outcome in claim["outcomes"].values()}
    assert "supported" in words


def test_losses_are_drawn_against_lambda_before_and_after_fine_tuning(written):
    folder = written()
    curves = {name: spec for name, spec in charts(folder).items() if name.startswith("study")}
    assert list(curves) == ["study-0-0", "study-0-1"]  # one study: R1 and R2 read the same losses
    for spec in curves.values():
        alt.LayerChart.from_dict(spec)
        points = spec["data"]["values"]
        assert sorted({point["x"] for point in points}) == [0.0, 0.5, 1.0]
        assert len(points) == 2 * 3
    assert "retained loss after fine-tuning at rate 2e-4" in (folder / "plots.svg").read_text()
    assert "0.0002" not in (folder / "index.html").read_text().split("<script")[0]


def test_a_lambda_with_a_missing_seed_is_not_drawn(written):
    folder = written(lambda cell: (cell.recipe, cell.seed, cell.pipeline) != ("replay", 2, "music→instruct"))
    points = charts(folder)["study-0-1"]["data"]["values"]
    assert len(points) == 2 * 3 - 1
    assert "replay is not complete" in (folder / "index.html").read_text()


def test_a_board_without_claims_says_nothing_of_them(terms, cells, board, tmp_path):
    page = write_results(board, cells, tmp_path).read_text()
    assert "The paper's claims" not in page
    assert not (tmp_path / "claims.json").exists()


def test_a_study_of_which_nothing_has_run_has_a_picture_without_curves(terms, judged, tmp_path):
    board = score_board(terms, [])
    text = write_picture(board, [], tmp_path / "plots.svg", claims=judged(board, [], *CLAIMS)).read_text()
    assert "nats retained more than baseline" in text
    assert "λ" not in text


def test_the_question_of_a_study_is_answered_at_the_top(written):
    page = (written() / "index.html").read_text()
    top = re.sub(r"<[^>]+>", "", page.split("</header>")[0])
    assert re.search(r"R1 the immediate loss hardly moves with λ: \w+ on ", top)
    assert re.search(r"R2 .* λ on average: supported on music→instruct", top)
    assert top.index("R4 ") < top.index("early is better than baseline")


def claim(name, statement, **words):
    outcomes = {pipeline: ClaimVerdict(word, None, 1.0, 1.0, "") for pipeline, word in words.items()}
    return ClaimResult(name, statement, "in hypervolume", ("early", "both"), outcomes)


def test_an_answer_names_the_pipelines_of_each_verdict():
    assert answers(
        [
            claim("R5a", "Replay adds to exposure", x="undecided", y="supported"),
            claim("R5b", "Dropout adds to exposure", x="undecided", y="undecided"),
            claim("R6", "Exposure helps LoRA", **dict.fromkeys("xyz", "contradicted")),
        ]
    ) == [
        ("R5a replay adds to exposure", [("", [("supported", " on y"), ("undecided", " on x")])]),
        ("R5b dropout adds to exposure", [("", [("undecided", " on x and y")])]),
        ("R6 exposure helps LoRA", [("", [("contradicted", " on all 3 pipelines")])]),
    ]
