"""Tables as plain text: columns where they fit, else row by row; nothing is cut, nothing grows out of hand."""

from vpnpolicy.charts.table import text_table


def test_a_header_too_long_for_the_width_stands_alone_and_the_text_stays_small():
    long = "a" * 40_000
    text = text_table([long, "n"], [[long, "-5"], ["x", "2"]], [False, True], width=100)
    assert text.count("a") == 3 * 40_000
    assert len(text) < 200_000
    assert max(map(len, text.splitlines())) <= 100


def test_rows_are_parted_and_an_empty_cell_is_a_dash():
    text = text_table(
        ["first column", "second column"], [["Mbps-month-long", "plausible-long"], ["b", ""]], [False] * 2, width=24
    )
    assert text.split("\n\n")[1].split() == ["first", "column", "b", "second", "column", "–"]
