import pytest

import census


def test_reader_keeps_only_the_columns_in_use_and_maps_the_classes(raw_file):
    rows = census.read_raw(raw_file)
    assert list(rows.columns) == census.FEATURES + [census.TARGET]
    assert set(rows[census.TARGET]) == {0, 1}
    assert not rows.duplicated().any()


def test_reader_takes_rows_without_a_target(raw_rows, tmp_path):
    path = tmp_path / "unlabelled.csv"
    raw_rows.drop(columns="income").to_csv(path, index=False)
    assert list(census.read_raw(path).columns) == census.FEATURES


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age", 130, "column 'age' is out of"),
        ("age", 1.5, "column 'age' holds fractions"),
        ("num persons worked for employer", 9, "out of"),
        ("capital losses", -1, "out of"),
        ("income", " 1000000+.", "unknown classes"),
    ],
)
def test_assumption_on_values_is_checked(raw_rows, column, value, message):
    rows = raw_rows.astype({"age": float})
    rows.loc[3, column] = value
    with pytest.raises(AssertionError, match=message):
        census.check_assumptions(rows)


def test_assumption_on_column_presence_is_checked(raw_rows):
    with pytest.raises(AssertionError, match="column 'education' is missing"):
        census.check_assumptions(raw_rows.drop(columns="education"))


def test_assumption_on_types_is_checked(raw_rows):
    with pytest.raises(AssertionError, match="column 'age' holds text"):
        census.check_assumptions(raw_rows.astype({"age": str}))
    with pytest.raises(AssertionError, match="column 'education' holds numbers"):
        census.check_assumptions(raw_rows.assign(education=1))


def test_assumption_on_row_count_is_checked(raw_rows):
    with pytest.raises(AssertionError, match="at least 100 are needed"):
        census.check_assumptions(raw_rows.head(10))


def test_an_unknown_category_becomes_zeros(raw_file):
    rows = census.read_raw(raw_file)
    transformer = census.make_transformer().fit(rows)
    strange = rows.head(1).assign(education=" Never seen")
    names = list(transformer.get_feature_names_out())
    education = [index for index, name in enumerate(names) if "education" in name]
    assert education and transformer.transform(strange)[0, education].sum() == 0


def test_tables_read_back_as_written(tmp_path):
    census.write_table([[1.5, 0.1], [2, 3]], tmp_path / "new" / "table.csv")
    assert census.read_table(tmp_path / "new" / "table.csv").tolist() == [[1.5, 0.1], [2, 3]]
