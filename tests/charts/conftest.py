"""What holds of every chart: its words can be read."""

from itertools import combinations

import pytest

from vpnpolicy.charts.style import text_boxes


@pytest.fixture
def check_words():
    """Check that no text of a chart covers another or leaves the figure; its texts."""

    def check(ax) -> list:
        ax.figure.draw_without_rendering()
        boxes, frame = text_boxes(ax), ax.figure.bbox.padded(1)
        for text, box in boxes:
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1, text.get_text()
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1, text.get_text()
        for (a, one), (b, other) in combinations(boxes, 2):
            assert not one.padded(-1).overlaps(other.padded(-1)), (a.get_text(), b.get_text())
        return [text for text, _ in boxes]

    return check
