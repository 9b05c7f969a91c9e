"""Bills, disruptions, the balance, the audit and quoted prices on the command line: text, JSON, CSV, exit codes, one-line errors."""

import csv
import io
import json

import pandas as pd
import pytest

import vpnpolicy as vp


@pytest.fixture
def traffic(tmp_path):
    """A day of 10 Mbps in Karachi."""
    times = pd.date_range("2024-11-01", periods=288, freq="5min", tz="Asia/Karachi")
    pd.DataFrame({"timestamp": [t.isoformat() for t in times], "mbps": 10.0}).to_csv(tmp_path / "traffic.csv", index=False)
    return str(tmp_path / "traffic.csv")


@pytest.fixture
def table(tmp_path):
    """Three rows, the last of which is wrong."""
    (tmp_path / "table.csv").write_text(
        "id,quantity,value,unit,relation,refers_to\na,cost,1.2,USD,,\nb,cost,2.3,USD,,\nt,cost,9.9,USD,sum of,a;b\n"
    )
    return str(tmp_path / "table.csv")


def as_json(run, *args):
    code, out, err = run(*args, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def as_csv(run, *args):
    code, out, err = run(*args, "--csv")
    assert (code, err) == (0, "")
    return list(csv.DictReader(io.StringIO(out)))


# bill


def test_a_bill_as_text(run, traffic):
    code, out, err = run("bill", traffic, "--price-usd-per-mbps-month", "2")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "USD 20.00 (PKR 5,574.40) for 1 calendar month in Asia/Karachi"
    assert "288  8,640" in out
    assert "95th percentile by nearest rank at 2 USD/Mbps/month" in out


@pytest.mark.parametrize(
    ("options", "usd"),
    [
        (["--price-usd-per-mbps-month", "0.1"], "1.000000"),
        (["--price", "1 USD/Mbps/month"], "10.000000"),
        (["--price", "2787.2 PKR/Mbps/month"], "100.000000"),
        (["--scheme", "volume", "--price-usd-per-gb", "1"], "108.000000"),
        (["--scheme", "volume", "--price", "5 USD/TB"], "0.540000"),
        (["--scheme", "flat", "--price-usd-per-month", "500"], "500.000000"),
        (["--price", "1", "--commit", "4", "--burst-price", "3"], "22.000000"),
        (["--price", "1", "--percentile", "50"], "10.000000"),
        (["--price", "1", "--unit", "Gbps"], "10000.000000"),
    ],
)  # fmt: skip
def test_a_bill_as_json_keeps_every_digit(run, traffic, options, usd):
    found = as_json(run, "bill", traffic, *options)
    assert (found["schema"], found["total_usd"]) == ("vpnpolicy.bill/1", usd)
    assert found["months"][0]["month"] == "2024-11"


def test_a_bill_as_csv_and_in_utc(run, traffic):
    (row,) = as_csv(run, "bill", traffic, "--price", "1")
    assert (row["month"], row["cost_usd"], row["samples"]) == ("2024-11", "10.000000", "288")
    assert [r["month"] for r in as_csv(run, "bill", traffic, "--price", "1", "--months-in", "UTC")] == ["2024-10", "2024-11"]


def test_a_bill_names_what_is_wrong_with_the_series(run, traffic, tmp_path):
    lines = (tmp_path / "traffic.csv").read_text().splitlines()
    (tmp_path / "gap.csv").write_text("\n".join(lines[:50] + lines[60:]) + "\n")
    code, out, _ = run("bill", "gap.csv", "--price", "1")
    assert code == 0
    assert "gap.csv:51:1: series-gap: found 10 points missing" in out
    (tmp_path / "bad.csv").write_text("\n".join([*lines[:50], "yesterday,5", *lines[51:], "2024-11-09T00:00:00+05:00,x"]) + "\n")
    code, out, err = run("bill", "bad.csv", "--price", "1")
    assert (code, out) == (65, "")
    assert "bad.csv:51:1: time" in err
    assert "bad.csv:290:2: number" in err


# disruption


def test_a_disruption_as_text(run):
    code, out, err = run(
        "disruption", "2011-01-28", "2011-02-01", "--country", "Egypt", "--method", "published-rate", "--method", "netloss"
    )
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "Egypt, 2011-01-28 to 2011-02-01, national"
    assert "90 million" in out
    assert "closed: parameters" in out


def test_a_disruption_as_json_is_that_of_the_function(run):
    found = as_json(run, "disruption", "2023-05-09", "2023-05-12")
    assert found["schema"] == "vpnpolicy.disruption/1"
    frame = vp.disruption_cost("Pakistan", "2023-05-09", "2023-05-12")
    assert [r["method_id"] for r in found["rows"]] == frame["method_id"].tolist()
    assert [r["central"] for r in found["rows"] if r["central"] is not None] == pytest.approx(frame["central"].dropna().tolist())
    assert {r["method_id"] for r in found["rows"] if r["central"] is None} == {"cost", "netloss", "cipesa"}


@pytest.mark.parametrize(
    ("options", "central"),
    [
        (["--hours", "12"], 0.5), (["--affected-share", "0.25"], 0.25), (["--hours", "6", "--affected-share", "0.5"], 0.125),
    ],
)  # fmt: skip
def test_options_of_a_disruption_reach_the_function(run, options, central):
    whole = as_json(run, "disruption", "2023-05-09", "--method", "oecd")["rows"][0]["central"]
    assert as_json(run, "disruption", "2023-05-09", "--method", "oecd", *options)["rows"][0]["central"] == pytest.approx(
        whole * central
    )


def test_users_of_ones_own_and_another_scope(run):
    (row,) = as_json(
        run, "disruption", "2021-06-05", "--country", "NGA", "--scope", "app", "--method", "user-hours", "--users", "1e6"
    )["rows"]
    assert (row["central"], row["unit"]) == (24e6, "user-hour")


def test_the_spread_of_a_disruption(run):
    found = as_json(run, "disruption", "2023-05-09", "--spread")
    assert found["schema"] == "vpnpolicy.spread/1"
    assert [r["factor"] for r in found["rows"]] == ["method", "parameter", "GDP vintage", "exchange rate", "together"]
    code, out, _ = run("disruption", "2023-05-09", "2023-05-12", "--spread")
    assert code == 0
    assert out.startswith("Where the spread comes from, Pakistan, 2023-05-09 to 2023-05-12, national\n")
    assert "0.000000" not in out


def test_a_spread_of_one_method_is_a_sentence(run):
    code, out, _ = run("disruption", "2023-05-09", "--spread", "--method", "oecd")
    assert (code, out) == (0, "Fewer than two methods give a sum of money here, so there is no spread.\n")


def test_a_disruption_as_csv(run):
    rows = as_csv(run, "disruption", "2023-05-09")
    assert len(rows) == len(vp.disruption_cost("PAK", "2023-05-09"))
    assert rows[0]["method_id"] == "brookings"
    assert list(rows[0]) == list(vp.disruption_cost("PAK", "2023-05-09"))


# balance


def test_the_balance_as_text_and_json(run):
    code, out, err = run("balance", "2024-12-01")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Pakistan, 2024-12-01: what blocking saves [USD], and its sign by 11 methods"
    assert lines[2].split() == ["Interpretation", "Assessment", "Low", "Central", "High", "Saves", "Costs", "Either"]
    assert "mbps-month      plausible           8,532         13,730         18,743      0     11       0" in lines
    assert "3.708 million   9.27 million  17.61 million     675.2      2      2       2" in out
    assert lines[-1] == "All 66 pairs: --csv or --json."
    assert len(lines) < 60
    assert max(map(len, lines)) <= 100
    assert len(as_csv(run, "balance", "2024-12-01")) == 66
    found = as_json(run, "balance", "2024-12-01")
    assert found["schema"] == "vpnpolicy.balance/1"
    assert {r["sign"] for r in found["rows"] if r["interpretation"] == "mbps-month"} == {"costs"}


def test_options_of_the_balance_reach_the_function(run):
    rows = as_json(run, "balance", "2024-12-01", "--vpn-gbps", "100", "--hours", "12")["rows"]
    saved = next(r["saving_usd"] for r in rows if r["interpretation"] == "mbps-month")
    assert saved == pytest.approx(70_000 / 30.4375 / 2)


# audit


def test_the_audit_of_a_table_as_text_json_and_csv(run, table):
    code, out, err = run("audit", table)
    assert (code, err) == (0, "")
    assert out.startswith("3 checks: 2 cannot tell, 1 contradiction")
    found = as_json(run, "audit", table)
    assert found["schema"] == "vpnpolicy.audit/1"
    assert [r["id"] for r in found["rows"]] == ["a", "b", "t"]
    assert [r["verdict"] for r in as_csv(run, "audit", table)] == ["cannot tell", "cannot tell", "contradiction"]


@pytest.mark.parametrize(("verdict", "n"), [("match", 0), ("contradiction", 1), ("cannot tell", 2)])
def test_one_verdict_of_an_audit(run, table, verdict, n):
    assert len(as_json(run, "audit", table, "--verdict", verdict)["rows"]) == n


def test_a_relation_on_the_command_line(run, table):
    rows = as_json(run, "audit", table, "--relation", "b = difference of a; a")["rows"]
    assert [r["rule"] for r in rows] == ["none", "difference of", "sum of"]


def test_the_revisions_of_the_record(run):
    found = as_json(run, "audit", "--revisions")
    assert found["schema"] == "vpnpolicy.revisions/1"
    assert max(r["ratio"] for r in found["rows"]) > 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "2 figures, none with a relation: nothing can be recomputed."),
        (["--verdict", "match"], "None of 2 checks is 'match' (2 cannot tell)."),
        (["--revisions"], "No figure was published again with another value."),
    ],
)
def test_an_audit_that_finds_nothing_is_one_sentence(run, tmp_path, options, words):
    (tmp_path / "plain.csv").write_text("id,quantity,value,unit\na,cost,1.2,USD\nb,loss,2.3,USD\n")
    assert run("audit", "plain.csv", *options) == (0, words + "\n", "")
    assert as_csv(run, "audit", "plain.csv", "--revisions") == []
    assert as_json(run, "audit", "plain.csv", "--revisions")["rows"] == []


# read


def test_a_quoted_price_as_text(run):
    code, out, err = run("cost", "--quote", "$10,000 per minute for every 1 Tbps")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "$10,000 per minute for every 1 Tbps"
    assert "438.3" in out
    assert "unlikely" in out


@pytest.mark.parametrize("claim", ["$1 per MB", "F007"])
def test_a_quoted_price_as_json(run, claim):
    found = as_json(run, "cost", "--quote", claim)
    assert found["schema"] == "vpnpolicy.meanings/1"
    assert [r["plausibility"] for r in found["rows"]] == ["impossible", "impossible", "unlikely", "plausible"]


def test_options_of_a_quoted_price_reach_the_function(run):
    (a,), (b,) = (
        as_json(run, "cost", "--quote", "Rs 300 per Mbps per month", "--as-of", day)["rows"][:1] for day in ("2014", "2025-01-08")
    )
    assert (a["usd_per_mbps_month"], b["usd_per_mbps_month"]) == pytest.approx((300 / 101.1, 300 / 278.72))
    (kenya,) = as_json(run, "cost", "--quote", "$1 million an hour", "--country", "Kenya")["rows"]
    assert "the GDP of Kenya" in kenya["why"]
    (egypt,) = as_json(run, "cost", "--quote", "$500000 per Mbps per month", "--country", "Egypt")["rows"][:1]
    assert (egypt["plausibility"], egypt["yearly_bill_usd"]) == ("unlikely", None)
    assert "no VPN traffic of Egypt, Arab Rep." in egypt["why"]


# mistakes


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["bill"], "Missing argument"),
        (["bill", "none.csv", "--price", "1"], "none.csv does not exist"),
        (["bill", "traffic.csv"], "give one price: --price-usd-per-mbps-month N, or --price TEXT."),
        (["bill", "traffic.csv", "--price", "1", "--price-usd-per-mbps-month", "1"], "give one price"),
        (
            ["bill", "traffic.csv", "--price-usd-per-gb", "1"],
            "--price-usd-per-gb is no price for p95; give --price-usd-per-mbps-month.",
        ),
        (["bill", "traffic.csv", "--price", "300 PKR/GB"], "is no price for p95: expected PKR/Mbps/month."),
        (["bill", "traffic.csv", "--price", "-1"], "range: the price is -1;"),
        (["bill", "traffic.csv", "--price-usd-per-mbps-month", "cheap"], "'cheap' is not a price."),
        (["bill", "traffic.csv", "--price", "1", "--scheme", "p99"], "is not one of 'p95', 'volume', 'flat'"),
        (["bill", "traffic.csv", "--price", "1", "--commit", "nan"], "commit must be a finite number"),
        (["bill", "traffic.csv", "--price", "1", "--percentile", "0"], "range: percentile is 0;"),
        (["bill", "traffic.csv", "--price", "1", "--months-in", "PKT"], "expected a place such as Asia/Karachi"),
        (["bill", "traffic.csv", "--price", "1", "--value", "mbsp"], "Did you mean 'mbps'?"),
        (["bill", "traffic.csv", "--price", "1", "--kind", "counter"], "'Mbps' is no unit of a counter"),
        (["disruption"], "Missing argument"),
        (["disruption", "soon"], "'soon' is not a date"),
        (["disruption", "1999"], "period: the record has GDP of Pakistan for 2010 to 2023; found 1999."),
        (["disruption", "2023", "--country", "Egipt"], "Did you mean 'Egypt'?"),
        (["disruption", "2023", "--country", "Saudi"], "'Saudi'. Did you mean 'Saudi Arabia'? 36 countries can be named"),
        (
            ["bill", "traffic.csv", "--price", "1", "--burst-price", "5"],
            "a burst price is for traffic above a commitment. Give commit",
        ),
        (["disruption", "2023", "--method", "brookins"], "Did you mean 'brookings'?"),
        (["disruption", "2023", "--scope", "apps"], "is not one of 'national', 'mobile', 'app', 'vpn'"),
        (["disruption", "2023", "--hours", "nan"], "hours must be a finite number"),
        (["disruption", "2023-05-09", "2023-05-01"], "Write the earlier date first."),
        (["disruption", "2023-05-09", "2023-05-09", "--hours", "25"], "range: hours is 25; expected 0 to 24."),
        (["disruption", "2023", "--affected-share", "2"], "range: affected_share is 2; expected 0 to 1."),
        (["disruption", "2023", "--spread", "--hours", "0"], "taken in logarithms"),
        (["balance"], "Missing argument"),
        (["balance", "2024-12-01", "--vpn-gbps", "-5"], "range: vpn_gbps is -5;"),
        (
            ["balance", "2016", "--country", "Kenya"],
            "the record has no VPN traffic of Kenya. Give it: vpn_gbps (--vpn-gbps) in Gbps.",
        ),
        (["audit", "none.csv"], "none.csv does not exist"),
        (["audit", "table.csv", "--verdict", "wrong"], "is not one of 'match', 'contradiction', 'cannot tell'"),
        (["audit", "words.csv"], "found no column quantity, value, unit; expected columns quantity, value and unit"),
        (["audit", "table.csv", "--relation", "t = sums a"], "found 'sums a'; expected one of sum of"),
        (["cost", "--quote", "cheap"], "'cheap' is not a price."),
        (["cost", "--quote", "$1"], "does not say what it is per"),
        (["cost", "--quote", "$5 per 0 GB"], "is per nothing"),
        (["cost", "--quote", "F999"], "there is no claim 'F999'. Did you mean"),
        (["cost", "--quote", "$1 per MB", "--as-of", "31/12/2024"], "Did you mean 2024-12-31?"),
        (["cost", "--quote", "$1 per MB", "--country", "Kenia"], "Did you mean 'Kenya'?"),
    ],
)
def test_a_mistake_is_one_clear_line_and_code_2(run, traffic, table, tmp_path, args, word):
    (tmp_path / "words.csv").write_text("country,remark\nA,none\n")
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith("vpnpolicy: ")
    assert err.count("\n") == 1
    assert word in err
