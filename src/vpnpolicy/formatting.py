"""Numbers, ids and tables as they are printed: rounded half up, escaped, safe in a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import math
import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from numbers import Number
from typing import Any

FINDINGS = "application/vnd.vpnpolicy.findings+json"
"""The MIME type under which findings travel from a notebook to a report."""

ASSESSMENTS = {
    "plausible": "fits market prices",
    "unlikely": "far from market prices",
    "impossible": "cannot be right",
}
"""The ``plausibility`` of an interpretation of a price, in words."""

_WIDE = Context(prec=400)
_WORDS = ((12, "trillion"), (9, "billion"), (6, "million"))


def to_decimal(value: Any) -> Decimal:
    """Return a number as `Decimal`, exact or to 30 digits."""
    if isinstance(value, Fraction):
        return Context(prec=30).divide(Decimal(value.numerator), Decimal(value.denominator))
    return (
        value
        if isinstance(value, Decimal)
        else Decimal(repr(float(value)) if not isinstance(value, int) else value)
    )


def round_significant(value: Any, digits: int = 3) -> Decimal:
    """Round ``value`` half up to so many significant digits.

    >>> str(round_significant(1368.925, 4))
    '1369'
    """
    number = to_decimal(value)
    if not number:
        return Decimal(0)
    step = Decimal(1).scaleb(number.adjusted() - digits + 1)
    return number.quantize(step, rounding=ROUND_HALF_UP, context=Context(prec=max(60, digits + 1)))


def format_number(value: Any, digits: int = 4) -> str:
    """Format a number: thousands grouped, at most ``digits`` significant digits.

    >>> format_number(7_500_000), format_number(22.8155), format_number(0.00133333)
    ('7,500,000', '22.82', '0.001333')
    """
    if _is_unknown(value):
        return "unknown"
    number = to_decimal(value)
    whole_digits = number.adjusted() + 1 if number else 1
    rounded = round_significant(number, max(digits, whole_digits))
    return f"{_trim(rounded):,f}"


def format_rounded(value: Any, digits: int = 3) -> str:
    """Format a number that is not known to more digits than these.

    >>> format_rounded(406783.2), format_rounded(0.012345)
    ('407,000', '0.0123')
    """
    if _is_unknown(value):
        return "unknown"
    return format_number(round_significant(value, digits), digits)


def _is_unknown(value: Any) -> bool:
    return bool(value is None or value != value or value in (math.inf, -math.inf))


def _trim(number: Decimal) -> Decimal:
    """Drop zeros after the decimal point; keep whole numbers of any size in full."""
    return Decimal(int(number)) if number == number.to_integral_value() else number.normalize(_WIDE)


def format_size(value: Any, digits: int = 4) -> str:
    """Format a number, with a word for its magnitude from a million on.

    >>> format_size(1_620_000_000), format_size(999_999), format_size(-18_170_000)
    ('1.62 billion', '999,999', '-18.17 million')
    """
    if _is_unknown(value):
        return "unknown"
    for power, word in _WORDS:
        if abs(to_decimal(value)) >= Decimal(10) ** power:
            return f"{format_number(to_decimal(value) / Decimal(10) ** power, digits)} {word}"
    return format_number(value, digits)


def format_money(value: Any, currency: str = "USD", digits: int = 4) -> str:
    """Format an amount of money, with a word for its magnitude.

    >>> format_money(1_620_000_000), format_money(600_000), format_money(1.5, "PKR")
    ('USD 1.62 billion', 'USD 600,000', 'PKR 1.5')
    """
    text = format_size(value, digits)
    return text if text == "unknown" else f"{currency} {text}"


def plain_number(value: Any) -> int | float:
    """Return an exact number for JSON: an int where it is whole, else the nearest float.

    >>> plain_number(Fraction(600000)), plain_number(Fraction(1, 4))
    (600000, 0.25)
    """
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)


def plural(n: int, noun: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "claim"), plural(1200, "claim")
    ('1 claim', '1,200 claims')
    """
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"


def ordinal(number: float) -> str:
    """Return a number as an ordinal.

    >>> ordinal(95), ordinal(91.0), ordinal(12), ordinal(99.5)
    ('95th', '91st', '12th', '99.5th')
    """
    ends: dict[float, str] = {1: "st", 2: "nd", 3: "rd"}
    end = ends.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number:g}{end}"


def split_ids(cells: str | Iterable[Any]) -> list[str]:
    """Split ids out of text or any iterable of text, each once, in order.

    >>> split_ids(["S001;S006", "S001", None])
    ['S001', 'S006']
    """
    parts = [cells] if isinstance(cells, str) else list(cells)
    found = [i for p in parts if isinstance(p, str) for i in re.split(r"[;,\s]+", p) if i]
    return list(dict.fromkeys(found))


STARTS = tuple("=+-@\t\n\0＝＋－＠")
"""First characters that make some spreadsheet read a text as a formula."""


def safe_cell(value: object) -> object:
    """Put an apostrophe before text that starts like a formula; numbers stay numbers.

    A carriage return becomes a line feed: `csv` does not quote it, so it would start a row.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell(-5)
    ("'=HYPERLINK(1)", -5)
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    return f"'{text}" if text.startswith(STARTS) else text


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Write rows as CSV with safe cells; a missing value is an empty cell.

    >>> to_csv(["a", "b"], [["=1", None]])
    "a,b\n'=1,\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(["" if c is None else safe_cell(c) for c in row] for row in [header, *rows])
    return out.getvalue()


EMPTY = "–"
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
TABLE_STYLE = (
    "<style>.vp-table.vp-table caption{text-align:left;font-weight:bold}"
    "table.vp-table.vp-table :is(td,th){text-align:left}"
    ".vp-table.vp-table tbody :is(td,th){vertical-align:top;font-weight:normal}"
    ".vp-table.vp-table .n.n{text-align:right}</style>"
)
"""Align text left in notebooks, too: a doubled class outweighs their rules."""


def shown(value: Any) -> str:
    """Format a cell for readers: numbers grouped, a missing value as a dash.

    >>> shown(None), shown(True), shown(2_500_000), shown("a")
    ('–', 'yes', '2.5 million', 'a')
    """
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_size(value) if isinstance(value, Number) else str(value)


def table_html(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    numeric: Sequence[bool] = (),
) -> str:
    """Write a table with caption, headers and escaped cells; ``numeric`` columns align right.

    >>> table_html("T", ["a"], [["<"]]).partition("<tbody>")[2]
    '<tr><th scope="row">&lt;</th></tr></tbody></table>'
    """
    classes = [' class="n"' if n else "" for n in (numeric or [False] * len(headers))]
    head = "".join(
        f'<th scope="col"{c}>{html.escape(h)}</th>' for h, c in zip(headers, classes, strict=True)
    )
    body = "".join(f"<tr>{_row(row, classes)}</tr>" for row in rows)
    return (
        f'<table class="vp-table"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(row: Sequence[Any], classes: Sequence[str]) -> str:
    first, *rest = [_text(shown(v)) for v in row]
    return f'<th scope="row">{first}</th>' + "".join(
        f"<td{c}>{v}</td>" for v, c in zip(rest, classes[1:], strict=True)
    )


def _text(text: str) -> str:
    """Escape a cell; long addresses may break after a slash, dates never at a hyphen."""
    escaped = html.escape(text).replace("/", "/<wbr>")
    return f'<span class="k">{escaped}</span>' if _DATE.fullmatch(text) else escaped


def note_html(kind: str, headline: str, lines: Iterable[str], role: str = "") -> str:
    """Write a headline with its remarks as a list, every text escaped.

    >>> note_html("vp-estimate", "1 < 2", ["a"])
    '<div class="vp-estimate"><p><strong>1 &lt; 2</strong></p><ul><li>a</li></ul></div>'
    """
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    heard = f' role="{role}"' if role else ""
    return (
        f'<div class="{kind}"{heard}><p><strong>{html.escape(headline)}</strong></p>'
        + (f"<ul>{items}</ul>" if items else "")
        + "</div>"
    )


def slug(text: str, length: int = 60) -> str:
    """Return a name that is safe as an anchor and as a file.

    >>> slug("What is not known?")
    'what-is-not-known'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].rstrip("-") or "part"


def short_name(name: str) -> str:
    """Return a name of at most 80 characters; a longer one is cut and ends with its hash.

    >>> len(short_name("a" * 300))
    80
    """
    if len(name) <= 80:
        return name
    return f"{name[:71]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
