"""A board for readers: one static page, JSON, CSV and Parquet, and a picture."""

from earlyexp_bench.site.claims import claims_dict
from earlyexp_bench.site.picture import write_picture
from earlyexp_bench.site.wording import headline
from earlyexp_bench.site.write import write_results

__all__ = ["claims_dict", "headline", "write_picture", "write_results"]
