import pathlib
import sys

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "scripts"))


@pytest.fixture
def raw_rows():
    """400 rows that keep every assumption, drawn with a fixed seed; the target depends on age and gains."""
    random = np.random.default_rng(7)
    count = 400
    age = random.integers(0, 91, count)
    gains = random.choice([0, 0, 0, 5013, 99999], count)
    over = (age / 90 + gains / 99999 + random.normal(0, 0.2, count)) > 0.8
    return pd.DataFrame(
        {
            "age": age,
            "education": random.choice([" Children", " High school graduate", " Masters degree(MA MS MEng MEd MSW MBA)"], count),
            "major industry code": random.choice([" Construction", " Education"], count),
            "class of worker": random.choice([" Private", " Not in universe"], count),
            "num persons worked for employer": random.integers(0, 7, count),
            "capital gains": gains,
            "capital losses": random.choice([0, 0, 1902], count),
            "dividends from stocks": random.choice([0, 0, 120], count),
            "year": random.choice([94, 95], count),
            "income": np.where(over, " 50000+.", " - 50000."),
        }
    )


@pytest.fixture
def raw_file(raw_rows, tmp_path):
    path = tmp_path / "raw" / "census.csv"
    path.parent.mkdir()
    raw_rows.to_csv(path, index=False)
    return path
