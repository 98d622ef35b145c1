"""The three tables of a report, as a careful analyst makes them with pandas.

It reads the table of requests that candor imports, and writes table1.csv (requests by country and
category), table2.csv (technical expertise: approved and rejected) and table3.csv (user data: the
same) for one period: what candor's numbers and its speed are compared with.

    python3 tables.py requests.csv 2020-01-01 2020-12-31 out/
"""

import pathlib
import sys

import pandas as pd

COLUMNS = ["received_on", "country", "category", "demand", "outcome"]


def read(path, first, last):
    """The requests of the cohort: received in the period and counted in the sum."""
    requests = pd.read_csv(
        path,
        usecols=COLUMNS,
        dtype={name: "category" for name in COLUMNS[1:]} | {"received_on": "string"},
        # Namibia's code is no missing value.
        keep_default_na=False,
    )
    # ISO dates sort as text.
    in_period = requests["received_on"].between(first, last)
    # Requests to preserve and nothing else have a number of their own.
    in_sum = requests["demand"] != "preservation"
    return requests[in_period & in_sum]


def percent(count, of):
    """Whole percent, half up; of nothing it is 0."""
    return ((200 * count + of) // (2 * of).where(of > 0, 1)).where(of > 0, 0)


def with_total(table):
    total = table.sum().to_frame("TOTAL").T
    return pd.concat([total, table.sort_index()])


def main():
    source, first, last, out = sys.argv[1:]
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    requests = read(source, first, last)

    by_category = pd.crosstab(requests["country"], requests["category"])
    by_category.index = by_category.index.astype(str)
    by_category = by_category.reindex(columns=["user_data", "technical_expertise"], fill_value=0)
    by_category = by_category[by_category.sum(axis="columns") > 0]
    table1 = with_total(by_category)
    table1.insert(0, "all", table1.sum(axis="columns"))
    table1.columns = ["all", "user_data", "technical"]
    table1.to_csv(out / "table1.csv", index_label="country")

    decided = requests["outcome"].map({
        "approved": "approved",
        "approved_in_part": "approved",
        "rejected": "rejected",
    })
    for name, category in [("table2", "technical_expertise"), ("table3", "user_data")]:
        of_category = requests["category"] == category
        counts = pd.crosstab(requests["country"][of_category], decided[of_category])
        counts.index = counts.index.astype(str)
        counts = counts.reindex(
            index=by_category.index, columns=["approved", "rejected"], fill_value=0
        )
        counts = with_total(counts)
        table = pd.DataFrame({
            "approved": counts["approved"],
            "approved_pct": percent(counts["approved"], table1["all"]),
            "rejected": counts["rejected"],
            "rejected_pct": percent(counts["rejected"], table1["all"]),
        })
        table.to_csv(out / f"{name}.csv", index_label="country")


if __name__ == "__main__":
    main()
