"""What each feature means, and that no unexpected change of the transformation passes these tests."""
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, OneHotEncoder, StandardScaler

import census


def check_features(rows):
    """Fails unless the features of `rows` are what make_transformer's documentation says, worked out here by hand."""
    features = census.make_transformer().fit_transform(rows)
    column = 0
    for name in census.BINNED:
        values = rows[name].to_numpy()
        edges = np.unique(np.quantile(values, np.linspace(0, 1, 11), method="averaged_inverted_cdf"))
        bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
        np.testing.assert_array_equal(features[:, column : column + len(edges) - 1], np.eye(len(edges) - 1)[bins], err_msg=name)
        column += len(edges) - 1
    for name in census.SCALED:
        values = rows[name].to_numpy()
        np.testing.assert_allclose(features[:, column], (values - values.mean()) / values.std(), atol=1e-12, err_msg=name)
        column += 1
    for name in census.CATEGORICAL:
        for category in sorted(rows[name].unique()):
            np.testing.assert_array_equal(features[:, column], rows[name] == category, err_msg=f"{name} {category}")
            column += 1
    assert column == features.shape[1]


def transformer(binned=None, scaled=None, categorical=None, scaled_columns=census.SCALED):
    return ColumnTransformer(
        [
            ("binned", binned or KBinsDiscretizer(n_bins=10, encode="onehot-dense"), census.BINNED),
            ("scaled", scaled or StandardScaler(), scaled_columns),
            ("categorical", categorical or OneHotEncoder(sparse_output=False, handle_unknown="ignore"), census.CATEGORICAL),
        ]
    )


def test_each_feature_means_what_is_documented(raw_file):
    check_features(census.read_raw(raw_file))


@pytest.mark.parametrize("mutant", [
    transformer(binned=KBinsDiscretizer(n_bins=9, encode="onehot-dense")),
    transformer(binned=KBinsDiscretizer(n_bins=10, encode="onehot-dense", strategy="uniform")),
    transformer(binned=KBinsDiscretizer(n_bins=10, encode="ordinal")),
    transformer(scaled=StandardScaler(with_mean=False)),
    transformer(scaled=StandardScaler(with_std=False)),
    transformer(scaled=MinMaxScaler()),
    transformer(scaled_columns=census.SCALED[::-1]),
    transformer(scaled_columns=census.SCALED[1:]),
    transformer(categorical=OneHotEncoder(sparse_output=False, drop="first")),
    transformer(categorical=OneHotEncoder(sparse_output=False, min_frequency=150)),
])  # fmt: skip
def test_an_unexpected_change_of_the_transformation_is_noticed(raw_file, monkeypatch, mutant):
    monkeypatch.setattr(census, "make_transformer", lambda: mutant)
    with pytest.raises(AssertionError):
        check_features(census.read_raw(raw_file))
