"""What all pages of a site share: the plotting script, the style and the page's own script."""

import functools
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import vl_convert

from earlyexp_bench.store import write_atomic

SNIPPET = "window.vegaEmbed = vegaEmbed;"
TEMPLATES = files("earlyexp_bench.site") / "templates"
SHARED = {"style.css": "style.css.j2", "page.js": "page.js.j2"}


def write_assets(folder: Path) -> None:
    """Write everything that the pages of a site share into a folder of it; made if absent."""
    folder.mkdir(parents=True, exist_ok=True)
    write_plotting(folder / "vega.js")
    for name, source in SHARED.items():
        write_atomic(folder / name, (TEMPLATES / source).read_bytes(), durable=False)


def write_plotting(path: Path) -> None:
    """Write Vega, Vega-Lite and Vega-Embed in one script.

    Bundling takes seconds, so a script of the version at hand is left as it is.
    """
    head = _head().encode()
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(head)) == head:
                return
    write_atomic(path, _plotting(), durable=False)


@functools.cache
def _plotting() -> bytes:
    return f"{_head()}\n{vl_convert.javascript_bundle(SNIPPET)}\n".encode()


def _head() -> str:
    """First line of the script, which says what it was made from."""
    return f"/* Vega, Vega-Lite, Vega-Embed, bundled by vl-convert-python {version('vl-convert-python')} */"
