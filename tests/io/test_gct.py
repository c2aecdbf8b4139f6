"""GCT 1.2 and 1.3."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io

V2 = "#1.2\n2\t2\nName\tDescription\tP1\tP2\n200_at\tISG15\t1\t3\n201_at\tNA\t2\t4\n"
V3 = (
    "#1.3\n2\t2\t2\t2\nid\tpr_gene_symbol\tchip\tP1\tP2\nvisit\t-666\t-666\tweek0\tweek4\nage\t-666\t-666\t41\t-666\n"
    "200_at\tISG15\ta\t1\t3\n201_at\t-666\tb\t-2\t4\n"
)


def put(tmp_path, text):
    path = tmp_path / "m.gct"
    path.write_text(text)
    return path


def test_version_two_keeps_the_description(tmp_path):
    adata = io.read(put(tmp_path, V2), unit="array")
    np.testing.assert_array_equal(adata.X, [[1, 2], [3, 4]])
    assert list(adata.var["Description"]) == ["ISG15", "NA"]


def test_version_three_keeps_annotations_of_rows_and_samples(tmp_path):
    adata = io.read(put(tmp_path, V3), unit="log2_array")
    np.testing.assert_array_equal(adata.X, [[1, -2], [3, 4]])
    assert list(adata.var["pr_gene_symbol"]) == ["ISG15", ""]
    assert list(adata.var["chip"]) == ["a", "b"]
    assert list(adata.obs["visit"]) == ["week0", "week4"]
    assert adata.obs["age"].iloc[0] == 41
    assert np.isnan(adata.obs["age"].iloc[1])


def test_cells_that_a_spreadsheet_added_do_not_matter(tmp_path):
    padded = "\n".join(line + "\t" * (7 - line.count("\t")) for line in V2.splitlines()) + "\n"
    with pytest.raises(errors.TableError):
        io.read(put(tmp_path, padded), unit="array")
    only_head = V2.replace("#1.2\n2\t2\n", "#1.2\t\t\t\n2\t2\t\t\n")
    assert io.read(put(tmp_path, only_head), unit="array").shape == (2, 2)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2\t2\n", "3\t2\n", "says that it has 3 rows, and has 2"),
        ("2\t2\n", "2\t3\n", "3 samples and 1 row annotations, but its header has 4 cells instead of 5"),
        ("2\t2\n", "2\n", "must hold 2 whole numbers"),
        ("2\t2\n", "two\t2\n", "must hold 2 whole numbers"),
        ("\t1\t3", "\tx\t3", "line 4, row '200_at', column 'P1': 'x'"),
        ("\t1\t3", "\t1", "line 4 has 3 instead of 4"),
        ("P2", "P1", "occur more than once: P1"),
        ("\t1\t3", "\t\t3", "gene '200_at' in sample 'P1'"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path, old, new, message):
    with pytest.raises(errors.TableError, match=message):
        io.read(put(tmp_path, V2.replace(old, new, 1)))


def test_sizes_that_no_file_has_are_refused_at_once(tmp_path):
    for sizes in ("2\t2\t2\t99999999999999", "2\t2\t99999999999999\t2", "9" * 30 + "\t2\t2\t2"):
        with pytest.raises(errors.TableError):
            io.read(put(tmp_path, V3.replace("2\t2\t2\t2", sizes)))


def test_another_version_is_of_no_known_format(tmp_path):
    with pytest.raises(errors.TableError, match="first line is not #1.2 or #1.3"):
        io.read(put(tmp_path, V2.replace("#1.2", "#1.1")), format="gct")
