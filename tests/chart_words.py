"""Where the words of a chart lie, for tests of overlap."""

import matplotlib

from vpnpolicy.plot.style import _renderer


def text_boxes(ax):
    """Window extents of every visible text of a figure, for tests of overlap [px]."""
    renderer = _renderer(ax.figure)
    unseen = {label for one in ax.figure.axes for axis in (one.xaxis, one.yaxis) for label in _out_of_view(axis)}
    texts = [t for t in ax.figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text().strip() and t not in unseen]
    return [(t, t.get_window_extent(renderer)) for t in texts]


def _out_of_view(axis):
    """Labels of ticks beyond the ends of an axis, which matplotlib keeps but does not draw."""
    low, high = sorted(axis.get_view_interval())
    slack = (high - low) * 1e-9
    ticks = [t for t in axis.get_major_ticks() if not low - slack <= t.get_loc() <= high + slack]
    return [label for t in ticks for label in (t.label1, t.label2)]
