"""Hand-worked cases for every published form, with their source in the name."""

import numpy as np
import pandas as pd
import pytest

from vpnpolicy.model import disruption as m

GDP_SAUDI_2014 = 756.35e9


def test_oecd_egypt_2011_S296():
    assert m.rate_cost(18_000_000, 5) == 90_000_000


def test_cost_nigeria_day_100_S266():
    assert m.rate_cost(103_170_000, 2_400) == 247_608_000_000
    assert m.rate_cost(250_600, 2_400) == 601_440_000


def test_deloitte_percent_form_S257():
    """365 billion a year is 1 billion a day: 19, 10 and 4 million a day in the three tiers."""
    assert [round(m.share_cost(365e9, 1, s)) for s in (0.019, 0.010, 0.004)] == [19_000_000, 10_000_000, 4_000_000]


def test_deloitte_per_ten_million_people_S287():
    assert [round(m.people_cost(10_000_000, 1, x), 6) for x in (2.36, 0.66, 0.06)] == [23_600_000, 6_600_000, 600_000]


def test_deloitte_forms_are_not_interchangeable_S287():
    """The two forms of the high tier agree only near 45,337 dollars of GDP a head."""
    gdp_a_head = m.people_cost(1, 1, 2.36) / (m.share_cost(1, 1, 0.019))
    assert gdp_a_head == pytest.approx(45_337, abs=1)


def test_brookings_saudi_arabia_S285():
    """465 million over 45 days: 0.49 to 0.51 percent of the GDP of the time, by the vintage of GDP."""
    assert m.share_cost(GDP_SAUDI_2014, 45, 0.005) == pytest.approx(465e6, rel=0.01)


def test_icrier_ten_percent_of_traffic_S250():
    """3.1 percent of GDP for ten percent of traffic, for a day of a GDP of 365 billion: 31 million."""
    assert m.elasticity_cost(365e9, 1, 0.31, 0.1) == pytest.approx(31e6)


def test_user_hours_india_2023_S261():
    assert m.user_hours(59_000_000, 7_966) == pytest.approx(470e9, rel=0.001)


FORMS = {
    "share": (m.share_cost, (365e9, 2.0, 0.01)), "people": (m.people_cost, (1e7, 2.0, 0.66)), "elasticity": (m.elasticity_cost, (365e9, 2.0, 0.31, 0.5)),
    "rate": (m.rate_cost, (18e6, 5.0)), "user-hours": (m.user_hours, (59e6, 8_000.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("at", range(2))
def test_scalar_array_and_series_agree(name, at):
    form, inputs = FORMS[name]
    single = form(*inputs)
    for kind in (np.array, pd.Series):
        many = form(*[kind([v, v]) if n == at else v for n, v in enumerate(inputs)])
        assert isinstance(many, np.ndarray if kind is np.array else pd.Series)
        np.testing.assert_allclose(np.asarray(many), [single, single], rtol=1e-15)
