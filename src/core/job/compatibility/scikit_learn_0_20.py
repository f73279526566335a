"""What scripts written for scikit-learn 0.20 and the pandas and numpy of its time rely on, on top of today's releases.

Loaded at the start of every Python process of a job whose runtime says `compatibility: scikit-learn-0.20`. Nothing is
imported here that the script does not import itself: each patch runs right after its module was loaded.

Not brought back: chained assignment (`frame["a"].fillna(0, inplace=True)` leaves `frame` as it is since pandas 3), and
reading pickles that scikit-learn 0.20 wrote.
"""
import functools
import importlib.machinery
import sys


def patch_numpy(numpy):
    """numpy 1.24 took away its names for Python's own types."""
    for builtin in (int, float, complex, object, str):
        setattr(numpy, builtin.__name__, builtin)


def patch_externals(externals):
    """scikit-learn 0.23 took away sklearn.externals.joblib."""
    import joblib

    externals.joblib = joblib
    sys.modules["sklearn.externals.joblib"] = joblib


def patch_preprocessing(preprocessing):
    """OneHotEncoder: `sparse` is named `sparse_output` since 1.2; get_feature_names became get_feature_names_out."""
    encoder = preprocessing.OneHotEncoder
    init = encoder.__init__

    @functools.wraps(init)  # estimators are copied by the signature of their __init__
    def __init__(self, *arguments, **options):
        if "sparse" in options:
            options["sparse_output"] = options.pop("sparse")
        init(self, *arguments, **options)

    encoder.__init__ = __init__
    encoder.get_feature_names = lambda self, input_features=None: self.get_feature_names_out(input_features)


def patch_compose(compose):
    """make_column_transformer took (columns, transformer) until 0.21, (transformer, columns) since."""
    make = compose.make_column_transformer

    def is_transformer(value):
        return value in ("drop", "passthrough") if isinstance(value, str) else hasattr(value, "fit")

    @functools.wraps(make)
    def make_column_transformer(*transformers, **options):
        turned = [(b, a) if is_transformer(b) and not is_transformer(a) else (a, b) for a, b in transformers]
        return make(*turned, **options)

    compose.make_column_transformer = make_column_transformer


def patch_pandas(pandas):
    """Texts are objects, `replace` finds the type of what it made, frames and series can be appended to."""
    import warnings

    warnings.filterwarnings("ignore", category=pandas.errors.Pandas4Warning)  # no news for a script of years ago
    pandas.set_option("future.infer_string", False)
    pandas.Series.append = append_to_series
    pandas.DataFrame.append = append_to_frame
    for kind in (pandas.Series, pandas.DataFrame):
        kind.replace = replace_and_infer(kind.replace)


def append_to_series(self, to_append, ignore_index=False, verify_integrity=False):
    """Series.append, which pandas 2 took away."""
    import pandas

    others = list(to_append) if isinstance(to_append, (list, tuple)) else [to_append]
    return pandas.concat([self, *others], ignore_index=ignore_index, verify_integrity=verify_integrity)


def append_to_frame(self, other, ignore_index=False, verify_integrity=False, sort=False):
    """DataFrame.append, which pandas 2 took away: of frames, or of rows as dictionaries or named series."""
    import pandas

    others = list(other) if isinstance(other, (list, tuple)) else [other]
    frames = []
    for one in others:
        if isinstance(one, pandas.DataFrame):
            frames.append(one)
            continue
        row = pandas.Series(one) if isinstance(one, dict) else one
        if not ignore_index and (isinstance(one, dict) or row.name is None):
            raise TypeError("Can only append a Series if ignore_index=True or if the Series has a name")
        frames.append(pandas.DataFrame([list(row)], index=[row.name], columns=row.index, dtype=object).infer_objects())
    return pandas.concat([self, *frames], ignore_index=ignore_index, verify_integrity=verify_integrity, sort=sort)


def replace_and_infer(replace):
    """`replace`, after which a column of objects that holds only numbers is one of numbers, as before pandas 3."""

    @functools.wraps(replace)
    def replace_objects(self, *arguments, **options):
        result = replace(self, *arguments, **options)
        if not options.get("inplace"):
            return result.infer_objects()
        inferred = self.infer_objects()
        if self.ndim == 1:
            self._update_inplace(inferred)
        else:
            for place, (before, after) in enumerate(zip(self.dtypes, inferred.dtypes)):
                if before != after:
                    self.isetitem(place, inferred.iloc[:, place])
        return result

    return replace_objects


PATCHES = {
    "numpy": patch_numpy,
    "pandas": patch_pandas,
    "sklearn.compose": patch_compose,
    "sklearn.externals": patch_externals,
    "sklearn.preprocessing": patch_preprocessing,
}


class Patcher:
    """Finds the modules named above as always, and patches each as soon as it has run."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patch = PATCHES.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if patch else None
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            patch(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Patcher)
