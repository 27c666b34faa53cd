"""Writes data/: small Parquet and Arrow files and what is in them, scikit-learn's folds and class weights.
Run by hand: python make_data_goldens.py"""

import json
from pathlib import Path

import numpy
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import sklearn
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

FOLDER = Path(__file__).with_name("data")
ROWS = 64


def table():
    texts = [f"text {i} é😀" if i % 7 else None for i in range(ROWS)]
    return pyarrow.table(
        {
            "text": pyarrow.array(texts),
            "label": pyarrow.array([i % 3 for i in range(ROWS)], pyarrow.int64()),
            "score": pyarrow.array([i / 8 if i % 5 else None for i in range(ROWS)]),
            "flag": pyarrow.array([i % 2 == 0 for i in range(ROWS)]),
            "labels": pyarrow.array([list(range(i % 4)) for i in range(ROWS)], pyarrow.list_(pyarrow.int32())),
            "kind": pyarrow.array(["ham" if i % 4 else "spam" for i in range(ROWS)]).dictionary_encode(),
            "meta": pyarrow.array([{"id": i, "tag": str(i)} for i in range(ROWS)]),
        }
    )


def write_parquet(rows):
    for codec in ["snappy", "gzip", "brotli", "zstd", "lz4", "none"]:
        pyarrow.parquet.write_table(rows, FOLDER / f"{codec}.parquet", compression=codec, row_group_size=40)
    plain = rows.drop_columns(["kind", "labels", "meta"])
    for version in ["1.0", "2.0"]:
        for dictionary in [True, False]:
            name = f"v{version[0]}_{'dictionary' if dictionary else 'plain'}.parquet"
            options = {"data_page_version": version, "use_dictionary": dictionary, "compression": "snappy"}
            pyarrow.parquet.write_table(plain, FOLDER / name, **options)
    encodings = {"label": "DELTA_BINARY_PACKED", "text": "DELTA_LENGTH_BYTE_ARRAY", "score": "BYTE_STREAM_SPLIT"}
    options = {"use_dictionary": False, "column_encoding": encodings}
    pyarrow.parquet.write_table(plain, FOLDER / "delta.parquet", **options)


def write_arrow(rows):
    for name, make in [("file.arrow", pyarrow.ipc.new_file), ("stream.arrows", pyarrow.ipc.new_stream)]:
        with pyarrow.OSFile(str(FOLDER / name), "wb") as sink, make(sink, rows.schema) as writer:
            writer.write_table(rows, max_chunksize=40)
    views = pyarrow.table({"text": rows["text"].cast(pyarrow.string_view()), "label": rows["label"]})
    pyarrow.feather.write_feather(views, FOLDER / "views.feather", compression="uncompressed")
    for codec in ["lz4", "zstd"]:
        pyarrow.feather.write_feather(rows, FOLDER / f"{codec}.feather", compression=codec, chunksize=40)
        options = pyarrow.ipc.IpcWriteOptions(compression=codec)
        # Long enough for blocks that refer to those before them.
        texts = [f"{i} the quick brown fox {i * 7} jumps over the lazy dog. " * 700 for i in range(6)]
        long = pyarrow.table({"id": pyarrow.array(range(6)), "text": pyarrow.array(texts)})
        with pyarrow.OSFile(str(FOLDER / f"long_{codec}.arrows"), "wb") as sink:
            with pyarrow.ipc.new_stream(sink, long.schema, options=options) as writer:
                writer.write_table(long)


def folds():
    cases = []
    generator = numpy.random.default_rng(7)
    for rows, k in [(10, 3), (23, 5), (40, 4)]:
        labels = generator.permutation(numpy.arange(rows) % 3)
        groups = generator.integers(0, 9, rows)
        case = {"k": k, "labels": labels.tolist(), "groups": groups.tolist()}
        for name, splitter, given in [
            ("plain", KFold(k), None),
            ("stratified", StratifiedKFold(k), None),
            ("grouped", GroupKFold(k), groups),
        ]:
            parts = splitter.split(numpy.zeros(rows), labels, given)
            case[name] = [test.tolist() for _, test in parts]
        cases.append(case)
    return cases


def weights():
    cases = []
    for labels in [[0, 0, 1], [3, 1, 3, 3, 2], ["b", "a", "b", "c", "b", "a"], [5]]:
        classes = numpy.unique(labels)
        cases.append(
            {
                "labels": labels,
                "classWeight": compute_class_weight("balanced", classes=classes, y=numpy.array(labels)).tolist(),
                "sampleWeight": compute_sample_weight("balanced", labels).tolist(),
            }
        )
    return cases


def main():
    FOLDER.mkdir(exist_ok=True)
    rows = table()
    write_parquet(rows)
    write_arrow(rows)
    golden = {
        "pyarrow": pyarrow.__version__,
        "sklearn": sklearn.__version__,
        "rows": rows.to_pylist(),
        "folds": folds(),
        "weights": weights(),
    }
    (FOLDER / "data_goldens.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
