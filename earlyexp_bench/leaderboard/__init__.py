"""A board for readers: one static page, JSON, CSV and Parquet, and a picture."""

from earlyexp_bench.leaderboard.claims import claims_dict
from earlyexp_bench.leaderboard.picture import write_picture
from earlyexp_bench.leaderboard.wording import headline
from earlyexp_bench.leaderboard.write import write_results

__all__ = ["claims_dict", "headline", "write_picture", "write_results"]
