"""A page as one HTML file: no script, no request to anywhere, every figure with its alt text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from .page import Page

TEMPLATES = Path(__file__).parent / "templates"


@cache
def template(name: str) -> jinja2.Template:
    """Return a template of this package; all text put into it is escaped."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    for variable, file in (("css", "report.css"), ("index_css", "index.css")):
        environment.globals[variable] = (TEMPLATES / file).read_text(encoding="utf-8")
    return environment.get_template(name)


def render_html(page: Page) -> str:
    """Return the page as one HTML file."""
    return template("report.html").render(page=page)
