"""Traffic series: CSV, Parquet and pandas agree; every fault has its line; memory does not grow with the file."""

import numpy as np
import pandas as pd
import pytest

import vpnpolicy as vp
from vpnpolicy.errors import DataError, UsageError
from vpnpolicy.series import blocks, parquet
from vpnpolicy.series.reader import read_samples

START = "2024-11-01T00:00:00"


def frame(n=600, step="5min", zone="UTC", value=None):
    times = pd.date_range(START, periods=n, freq=step, tz=zone)
    return pd.DataFrame({"timestamp": times, "mbps": np.arange(n, dtype=float) if value is None else value})


def write_csv(path, table):
    table.assign(timestamp=[t.isoformat() for t in table["timestamp"]]).to_csv(path, index=False)
    return path


def test_csv_parquet_frame_and_series_give_the_same_samples(tmp_path):
    table = frame()
    table.to_parquet(tmp_path / "t.parquet")
    ways = [table, table.set_index("timestamp")["mbps"], write_csv(tmp_path / "t.csv", table), tmp_path / "t.parquet"]
    found = [read_samples(w, "rate") for w in ways]
    assert {column for column, _ in found} == {"mbps"}
    for _, samples in found[1:]:
        np.testing.assert_array_equal(samples.rates, found[0][1].rates)
        np.testing.assert_array_equal(samples.starts, found[0][1].starts)


@pytest.mark.slow
@pytest.mark.parametrize("size", [200, 1_000, 7_777])
def test_the_size_of_a_block_changes_nothing(tmp_path, monkeypatch, size):
    table = frame(700, "1min")
    table.loc[300:303, "mbps"] = 0
    table = table.drop(index=range(120, 150))
    path = write_csv(tmp_path / "t.csv", table)
    table.to_parquet(tmp_path / "t.parquet")
    whole = read_samples(table, "rate")[1]
    monkeypatch.setattr(blocks, "CSV_BLOCK", size)
    monkeypatch.setattr(parquet, "BLOCK", size // 100)
    for source in (path, tmp_path / "t.parquet"):
        cut = read_samples(source, "rate")[1]
        np.testing.assert_allclose(cut.rates, whole.rates, rtol=1e-12)
        assert len(cut.problems) == len(whole.problems) == 1


def test_lines_are_those_of_the_file_in_every_block(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "CSV_BLOCK", 500)
    path = write_csv(tmp_path / "t.csv", frame(200))
    lines = path.read_text().splitlines()
    lines[150] = lines[150].split(",")[0] + ",x"
    lines[160] = "2024-13-01T00:00:00+00:00,5"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError) as error:
        read_samples(path, "rate")
    assert [(p.line, p.rule) for p in error.value.problems] == [(151, "number"), (161, "date")]


def test_steps_longer_than_five_minutes_fill_every_sample():
    samples = read_samples(frame(2, "1h", value=[10.0, 20.0]), "rate")[1]
    assert samples.rates.tolist() == [10.0] * 12 + [20.0] * 12


def test_steps_that_do_not_divide_five_minutes_are_weighted_by_time():
    """Steps of four minutes: the first sample is 10 for four minutes and 20 for one."""
    samples = read_samples(frame(5, "4min", value=[10.0, 20, 30, 40, 50]), "rate")[1]
    assert samples.rates[0] == pytest.approx((10 * 4 + 20) / 5)
    assert samples.rates[1] == pytest.approx((20 * 3 + 30 * 2) / 5)


def test_a_total_is_spread_over_its_step():
    samples = read_samples(frame(2, "10min", value=[600.0, 1200.0]), "total")[1]
    assert samples.rates.tolist() == [1.0, 1.0, 2.0, 2.0]


def test_a_counter_is_what_it_grew_by():
    samples = read_samples(frame(4, "5min", value=[100.0, 400.0, 100.0, 700.0]), "counter")[1]
    assert samples.rates.tolist() == [1.0, 100 / 300, 2.0]
    assert [p.rule for p in samples.problems] == ["counter-reset"]


@pytest.mark.parametrize(
    ("kind", "rates", "words"),
    [("counter", [1.0, 1.0, 1.0], "what the counter grew by is spread evenly over it"), ("total", [0.0, 2.0, 3.0], "left empty"), ("rate", [0.0, 600.0, 900.0], "left empty")],
)  # fmt: skip
def test_a_counter_bridges_a_gap_and_nothing_else_does(kind, rates, words):
    table = frame(4, "5min", value=[0.0, 300.0, 600.0, 900.0]).drop(index=[1])
    samples = read_samples(table, kind)[1]
    assert samples.rates.tolist() == rates
    (gap,) = samples.problems
    assert (gap.rule, gap.found) == ("series-gap", "1 point missing, 2024-11-01 00:05 to 00:10 UTC")
    assert words in gap.fix


def test_samples_hold_the_seconds_that_rows_cover():
    table = frame(10, "1min", value=1.0).drop(index=[0, 3, 7])
    samples = read_samples(table, "rate")[1]
    assert (samples.seconds.tolist(), samples.amounts.tolist()) == ([180.0, 240.0], [180.0, 240.0])
    assert samples.rates.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("tail", ["", " PKT"])
@pytest.mark.parametrize("form", ["file", "frame"])
def test_times_that_lack_a_zone_are_one_problem_that_says_how_many(tmp_path, tail, form):
    times = pd.date_range(START, periods=1_500, freq="5min").astype("str") + tail
    table = pd.DataFrame({"timestamp": times, "mbps": [-1.0, *[1.0] * 1_499]})
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(DataError) as error:
        read_samples(tmp_path / "t.csv" if form == "file" else table, "rate")
    zone, value = error.value.problems
    assert (zone.rule, value.rule) == ("time-zone", "minimum")
    assert "1,500 of 1,500 times" in zone.found
    assert ("PKT" in zone.found) if tail else ("--zone Asia/Karachi" in zone.expected)


def test_rows_out_of_order_are_sorted_and_said():
    table = frame(100)
    mixed = table.iloc[np.r_[50:100, 0:50]]
    samples = read_samples(mixed, "rate")[1]
    np.testing.assert_array_equal(samples.rates, read_samples(table, "rate")[1].rates)
    assert [p.rule for p in samples.problems] == ["series-order"]


def test_karachi_summer_time_of_2008_is_named_by_row():
    """Clocks went forward on 1 June 2008 and back on 1 November; nothing is guessed."""
    times = pd.to_datetime(["2008-05-31 23:55", "2008-06-01 00:05", "2008-06-01 01:05"])
    with pytest.raises(DataError, match="row|series:2:1: time-nonexistent"):
        read_samples(pd.DataFrame({"timestamp": times, "mbps": 1.0}), "rate", zone="Asia/Karachi")
    with pytest.raises(DataError, match="time-zone"):
        read_samples(pd.DataFrame({"timestamp": times, "mbps": 1.0}), "rate")


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_numbers_that_cannot_be_traffic(tmp_path, bad):
    table = frame(10)
    table.loc[4, "mbps"] = bad
    table.to_parquet(tmp_path / "t.parquet")
    for source in (table, tmp_path / "t.parquet"):
        with pytest.raises(DataError, match=r":5:2: (minimum|number)"):
            read_samples(source, "rate")


def test_a_file_that_is_no_parquet_and_columns_that_are_not_there(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"no")
    with pytest.raises(DataError, match="not-parquet"):
        read_samples(tmp_path / "t.parquet", "rate")
    with pytest.raises(UsageError, match="Did you mean 'timestamp'"):
        read_samples(frame(), "rate", time="timestmp")
    with pytest.raises(UsageError, match="name the value column"):
        read_samples(frame().assign(other=1), "rate")
    with pytest.raises(UsageError, match="does not exist"):
        read_samples(tmp_path / "none.csv", "rate")


def test_read_series_gives_a_frame_with_lines(tmp_path):
    series = vp.read_series(write_csv(tmp_path / "t.csv", frame(5)), "rate")
    assert series.frame["line"].tolist() == [2, 3, 4, 5, 6]
    assert series.step == pd.Timedelta("5min")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(peak, tmp_path, shell):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "big.parquet"
    schema = pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("bps", pa.float64())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, 5_000_000, 500_000):
            times = (np.arange(start, start + 500_000) + 1_700_000_000) * 1_000_000
            writer.write_batch(pa.record_batch([pa.array(times, schema.types[0]), pa.array(np.full(500_000, 1e9))], schema))
    code = "import sys, vpnpolicy as vp; b = vp.bill(sys.argv[1], 1);print(b.total_usd, " + peak + ")"
    total, most = shell("-c", code, str(path)).stdout.split()
    assert total == "3000.000000"
    assert int(most) < 400 * 1024
