"""What the census scripts share: the one reader, the one transformer, and the check of the data's assumptions.

Training and inference both read with `read_raw` and transform with what `make_transformer` fitted, so that a row means
the same to both.
"""
import json
import pathlib

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler

ASSUMPTIONS = json.loads((pathlib.Path(__file__).parent / "assumptions.json").read_text())
TARGET = ASSUMPTIONS["target"]
CLASSES = ASSUMPTIONS["classes"]
BINNED = ["age", "num persons worked for employer"]
SCALED = ["capital gains", "capital losses", "dividends from stocks"]
CATEGORICAL = ["education", "major industry code", "class of worker"]
FEATURES = list(ASSUMPTIONS["columns"])


def check_assumptions(rows: pd.DataFrame) -> None:
    """Fails with an AssertionError that names the column and the values that break an assumption."""
    assert len(rows) >= ASSUMPTIONS["rows_min"], f"{len(rows)} rows, at least {ASSUMPTIONS['rows_min']} are needed"
    for name, rule in ASSUMPTIONS["columns"].items():
        assert name in rows.columns, f"column '{name}' is missing"
        values = rows[name].dropna()
        if rule["type"] == "integer":
            assert pd.api.types.is_numeric_dtype(values), f"column '{name}' holds text, integers are needed"
            assert (values % 1 == 0).all(), f"column '{name}' holds fractions, integers are needed"
            low, high = rule.get("min", -np.inf), rule.get("max", np.inf)
            wrong = values[(values < low) | (values > high)]
            assert wrong.empty, f"column '{name}' is out of [{low}, {high}]: {wrong.unique()[:5].tolist()}"
        else:
            assert not pd.api.types.is_numeric_dtype(values), f"column '{name}' holds numbers, text is needed"
    if TARGET in rows.columns:
        unknown = set(rows[TARGET].dropna().unique()) - set(CLASSES)
        assert not unknown, f"column '{TARGET}' has unknown classes {sorted(unknown)}"


def read_raw(path) -> pd.DataFrame:
    """Rows of the raw CSV at `path`, cleaned: the columns in use, without missing values and duplicates. The target,
    when the file has one, becomes 0 (up to 50,000) or 1 (over 50,000)."""
    header = pd.read_csv(path, nrows=0).columns
    columns = [name for name in FEATURES + [TARGET] if name in header]
    rows = pd.read_csv(path, usecols=columns)[columns]
    check_assumptions(rows)
    rows = rows.dropna().drop_duplicates()
    if TARGET in rows.columns:
        rows[TARGET] = rows[TARGET].map(CLASSES.index).astype(int)
    return rows


def make_transformer() -> ColumnTransformer:
    """The feature transformer, not fitted: 10 quantile bins each of age and employer size, standardized money columns,
    one column for each category. A category that training did not see becomes all zeros."""
    return ColumnTransformer(
        [
            ("binned", KBinsDiscretizer(n_bins=10, encode="onehot-dense"), BINNED),
            ("scaled", StandardScaler(), SCALED),
            ("categorical", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), CATEGORICAL),
        ]
    )


def write_table(data, path) -> None:
    """Writes rows without header or index, making the folder."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(data).to_csv(path, header=False, index=False)


def read_table(path) -> np.ndarray:
    return pd.read_csv(path, header=None).to_numpy()
