"""The data set of the data kit's benchmarks: ROWS x 20 mixed columns, the same for a seed. bench_data_sets.py ROWS FOLDER writes
mixed-ROWS.csv and mixed-ROWS.parquet (needs numpy, pandas and pyarrow) unless they are there."""
import pathlib
import sys


def mixed_frame(rows, seed=7):
    """Numbers (normal, skewed, with missing values, small integers, identifiers), categories, dates and texts."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    cities = np.array([f"city {i:03}" for i in range(200)])
    with_missing = rng.normal(50, 12, rows).round(2)
    with_missing[rng.random(rows) < 0.05] = np.nan
    segments = rng.choice(["gold", "silver", "bronze", "none yet"], rows, p=[0.1, 0.2, 0.3, 0.4]).astype(object)
    segments[rng.random(rows) < 0.02] = None
    seconds = rng.integers(0, 3 * 365 * 86400, rows)
    columns = {
        "id": np.arange(rows),
        "age": rng.integers(18, 95, rows),
        "income": rng.lognormal(10, 0.8, rows).round(2),
        "score": rng.random(rows).round(6),
        "balance": rng.normal(0, 1000, rows).round(4),
        "visits": rng.poisson(3, rows),
        "clicks": np.where(rng.random(rows) < 0.7, 0, rng.integers(1, 500, rows)),
        "height": rng.normal(170, 10, rows).round(1),
        "weight": with_missing,
        "rate": rng.exponential(0.2, rows).round(5),
        "amount": rng.gamma(2.0, 30.0, rows).round(2),
        "ratio": rng.beta(2, 5, rows).round(8),
        "active": rng.random(rows) < 0.8,
        "city": cities[rng.zipf(1.5, rows) % 200],
        "segment": segments,
        "country": rng.choice(["DE", "FR", "IT", "ES", "US", "GB", "PL", "NL"], rows),
        "code": [f"{a}-{b:05}" for a, b in zip(rng.choice(["AX", "BQ", "CR"], rows), rng.integers(0, 100_000, rows))],
        "joined": pd.to_datetime(seconds + 1_577_836_800, unit="s").strftime("%Y-%m-%d"),
        "seen_at": pd.to_datetime(seconds + 1_600_000_000, unit="s").strftime("%Y-%m-%d %H:%M:%S"),
        "note": [f"order {a} of {b}" for a, b in zip(rng.integers(0, 10**6, rows), rng.integers(0, 1000, rows))],
    }
    return pd.DataFrame(columns)


def write_mixed(rows, folder, parquet=True):
    """The paths of the CSV and Parquet files; large sets are made a million rows at a time."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    csv, packed = folder / f"mixed-{rows}.csv", folder / f"mixed-{rows}.parquet"
    if not csv.exists():
        part = csv.with_suffix(".part")
        part.unlink(missing_ok=True)
        for number, first in enumerate(range(0, rows, 1_000_000)):
            frame = mixed_frame(min(1_000_000, rows - first), seed=7 + number)
            frame["id"] += first
            frame.to_csv(part, index=False, mode="a", header=first == 0)
        part.rename(csv)
    if parquet and not packed.exists():
        mixed_frame(rows).to_parquet(packed, index=False)
    return csv, packed


if __name__ == "__main__":
    print(*write_mixed(int(sys.argv[1]), sys.argv[2]))
