"""The same page on paper: tagged, with bookmarks, contents and page numbers, the same bytes each time."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

NO_PANGO = (
    "No PDF: WeasyPrint cannot find the Pango library. Debian or Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0. "
    "macOS: brew install pango. Or open the HTML and print it."
)
FACES = {
    "DejaVuSans.ttf": ("DejaVu Sans", 400, "normal"), "DejaVuSans-Bold.ttf": ("DejaVu Sans", 700, "normal"),
    "DejaVuSans-Oblique.ttf": ("DejaVu Sans", 400, "italic"), "DejaVuSansMono.ttf": ("DejaVu Sans Mono", 400, "normal"),
}  # fmt: skip
"""Fonts of paper, which come with matplotlib: file, then family, weight and style."""


def pdf_available() -> bool:
    """Whether WeasyPrint and the Pango library it needs are here."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            import weasyprint  # noqa: F401
        except (ImportError, OSError):
            return False
    return True


def render_pdf(html: str) -> bytes:
    """A page as PDF. Nothing is fetched: addresses other than ``data:`` are refused."""
    import logging

    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    fonts = FontConfiguration()
    style = weasyprint.CSS(string=_font_faces(), font_config=fonts, url_fetcher=_fetcher())
    document = weasyprint.HTML(string=html, url_fetcher=_fetcher())
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    return document.write_pdf(
        stylesheets=[style],
        font_config=fonts,
        pdf_identifier=identifier,
        pdf_variant="pdf/ua-1",
        pdf_tags=True,
        custom_metadata=True,
    )


def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def _font_faces() -> str:
    rule = '@font-face {{ font-family: "{}"; font-weight: {}; font-style: {}; src: url("{}"); }}'
    return "\n".join(rule.format(*face, (_font_folder() / file).as_uri()) for file, face in FACES.items())


@cache
def _fetcher():
    """A fetcher that knows ``data:`` and our own font files, and nothing else."""
    from weasyprint.urls import URLFetcher

    class LocalFetcher(URLFetcher):
        def fetch(self, url, headers=None):
            if not url.startswith(("data:", _font_folder().as_uri())):
                raise ValueError(f"{url} is not fetched")
            return super().fetch(url, headers)

    return LocalFetcher(allowed_protocols=("data", "file"))
