"""qPCR exports: the table of wells is found in what each instrument writes, and wells become samples x targets."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io, keys

ROWS = [
    ("P1", "ISG15", "UNKNOWN", "21.0"), ("P1", "ISG15", "UNKNOWN", "22.0"), ("P1", "ACTB", "UNKNOWN", "16.5"),
    ("P2", "ISG15", "UNKNOWN", "Undetermined"), ("P2", "ACTB", "UNKNOWN", "17"),
    ("", "ISG15", "NTC", "Undetermined"), ("std 1", "ISG15", "STANDARD", "12.0"),
]  # fmt: skip
NAN = float("nan")
EXPECTED = [[21.5, 16.5], [NAN, 17]]


def quantstudio(ct: str = "CT") -> str:
    head = "* Block Type = 96-Well\n* Experiment Type = Comparative C\u0442 (\u0394\u0394C\u0442)\n\n"
    setup = "[Sample Setup]\nWell\tSample Name\tTarget Name\tTask\n1\tP1\tISG15\tUNKNOWN\n\n"
    lines = [
        f"Well\tWell Position\tOmit\tSample Name\tTarget Name\tTask\tReporter\t{ct}\tQuantity\tTarget Name\tTask"
    ]
    lines += [
        f"{i}\tA{i}\tfalse\t{s}\t{t}\t{k}\tFAM\t{c}\t100,000,000.000\t{t}\t{k}"
        for i, (s, t, k, c) in enumerate(ROWS, 1)
    ]
    return (
        f"{head}{setup}[Results]\n"
        + "\n".join([*lines, "8\tA8\ttrue\tP1\tACTB\tUNKNOWN\tFAM\t33\t\tACTB\tUNKNOWN"])
        + ("\n\n[Melt]\nWell\tTemp\n1\t60\n")
    )


def cfx() -> str:
    content = {"UNKNOWN": "Unkn", "NTC": "NTC", "STANDARD": "Std"}
    lines = [",Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Cq Mean"]
    lines += [
        f",A{i:02d},FAM,{t},{content[k]},{s},set,{'NaN' if c == 'Undetermined' else c},0"
        for i, (s, t, k, c) in enumerate(ROWS, 1)
    ]
    return "\n".join(lines) + "\n"


def lines(head: str, row: str) -> str:
    body = [
        row.format(i=i, s=s, t=t, k=k, c=c, d=c.replace(".", ",")) for i, (s, t, k, c) in enumerate(ROWS, 1)
    ]
    return "\n".join([head, *body]) + "\n"


EXPORTS = {
    "QuantStudio": quantstudio(),
    "QuantStudio with a Cyrillic letter": quantstudio("C\u0442"),
    "Bio-Rad CFX": cfx(),
    "StepOne": lines("Well,Sample Name,Target Name,Task,Reporter,C\u0422", "{i},{s},{t},{k},FAM,{c}"),
    "ABI 7500": lines("Well,Sample Name,Detector,Task,Ct,StdDev Ct", "{i},{s},{t},{k},{c},0"),
    "LightCycler 96": lines("Well\tSample Name\tGene Name\tCq\tSample Type", "{i}\t{s}\t{t}\t{c}\t{k}"),
    "plain with decimal commas": lines("sample;target;task;ct", "{s};{t};{k};{d}"),
    "quoted": lines('"Sample","Target","Task","Cq"', '"{s}","{t}","{k}","{c}"'),
    "comments above": "# exported\n#\n" + lines("Well,Sample,Target,Task,Cq", "{i},{s},{t},{k},{c}"),
}


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_gives_the_same_matrix(tmp_path, export):
    path = tmp_path / "plate.txt"
    path.write_text(EXPORTS[export], encoding="utf-8")
    adata = io.read(path)
    assert keys.read_field(adata, "source")["format"] == "qpcr"
    assert list(adata.obs_names) == ["P1", "P2"]
    assert list(adata.var_names) == ["ISG15", "ACTB"]
    np.testing.assert_array_equal(adata.X, EXPECTED)
    assert keys.unit_of(adata) == "ct"


def long_export() -> str:
    """An export whose results stand below sections that no first part of a file reaches."""
    head, results = quantstudio().split("[Results]\n")
    amplified = "".join(f"{1 + i // 40}\tA1\t{1 + i % 40}\tACTB\t1,234.5\t0.01\n" for i in range(4000))
    section = f"[Amplification Data]\nWell\tWell Position\tCycle\tTarget Name\tRn\tDelta Rn\n{amplified}\n"
    return f"{head}{section}[Results]\n{results}"


def test_results_are_found_however_long_the_sections_above_them(tmp_path):
    path = tmp_path / "plate.txt"
    path.write_text(long_export(), encoding="utf-8")
    assert path.read_text(encoding="utf-8").find("[Results]") > 64 * 1024
    adata = io.read(path)
    np.testing.assert_array_equal(adata.X, EXPECTED)
    path.write_text(long_export().replace("\t12.0\t", "\tx\t"), encoding="utf-8")
    assert io.read(path).shape == (2, 2)  # a standard
    path.write_text(long_export().replace("\t17\t", "\tx\t"), encoding="utf-8")
    line = (
        path.read_text(encoding="utf-8")
        .split("\n")
        .index("5\tA5\tfalse\tP2\tACTB\tUNKNOWN\tFAM\tx\t100,000,000.000\tACTB\tUNKNOWN")
    )
    with pytest.raises(errors.TableError, match=rf"1 wells.*line {line + 1}: 'x' is no cycle"):
        io.read(path)


def workbook(tmp_path, *, sheets=("Results",), ct="Cq"):
    """As Design & Analysis writes it: a line for each property of the run, then the wells."""
    import openpyxl

    made = openpyxl.Workbook()
    made.active.title = "Sample Setup"
    made.active.append(["Well", "Well Position", "Sample", "Target"])
    for title in sheets:
        sheet = made.create_sheet(title)
        for row in (["File Name", "plate.eds"], ["Block Type", "96-Well 0.2-mL Block"], []):
            sheet.append(row)
        sheet.append(
            [
                "Well",
                "Well Position",
                "Omit",
                "Sample",
                "Target",
                "Task",
                "Reporter",
                "Amp Status",
                ct,
                "Cq Mean",
            ]
        )
        for at, (sample, target, task, cycle) in enumerate(ROWS, 1):
            number = float(cycle) if cycle[0].isdigit() else cycle.upper()
            sheet.append([at, f"A{at}", False, sample or None, target, task, "FAM", "Amp", number, None])
        sheet.append([8, "A8", True, "P1", "ACTB", "UNKNOWN", "FAM", "Amp", 33.0, None])
        sheet.append([])
        sheet.append(["Analysis", "ends"])
    made.save(tmp_path / "plate.xlsx")
    return tmp_path / "plate.xlsx"


def test_a_workbook_of_design_and_analysis_is_read(tmp_path):
    adata = io.read(workbook(tmp_path))
    assert keys.read_field(adata, "source")["format"] == "qpcr"
    assert list(adata.obs_names) == ["P1", "P2"]
    np.testing.assert_array_equal(adata.X, EXPECTED)
    assert io.read(workbook(tmp_path, sheets=("Replicates", "Results"))).shape == (2, 2)
    with pytest.raises(errors.TableError, match="several worksheets of wells: Run 1, Run 2"):
        io.read(workbook(tmp_path, sheets=("Run 1", "Run 2")))
    with pytest.raises(errors.TableError, match="Excel workbook. Save the sheet"):
        io.read(workbook(tmp_path, ct="Value"))
    with pytest.raises(errors.TableError, match="no row of a worksheet names a column of samples"):
        io.read(workbook(tmp_path, ct="Value"), format="qpcr")
    (tmp_path / "plate.xlsx").write_bytes((tmp_path / "plate.xlsx").read_bytes()[:-100])
    with pytest.raises(errors.TableError):
        io.read(tmp_path / "plate.xlsx")


def test_wells_without_signal_may_stand_for_a_cycle(tmp_path):
    path = tmp_path / "plate.csv"
    path.write_text("sample,target,ct\nP1,ISG15,30\nP1,ISG15,Undetermined\nP2,ISG15,0\n")
    np.testing.assert_array_equal(io.read(path, undetermined=40).X, [[35], [40]])
    for wrong in (0, -1, 1000):
        with pytest.raises(errors.ParameterError, match="undetermined must be a cycle"):
            io.read(path, undetermined=wrong)


def test_means_over_the_detected_wells_alone_are_told(tmp_path, caplog):
    path = tmp_path / "plate.csv"
    path.write_text("sample,target,ct\nP1,ISG15,30\nP1,ISG15,Undetermined\n")
    np.testing.assert_array_equal(io.read(path).X, [[30]])
    assert "ISG15 in P1" in caplog.text


def test_a_plate_that_names_no_target_needs_the_target_of_each_dye(tmp_path):
    path = tmp_path / "plate.csv"
    path.write_text(",Well,Fluor,Target,Content,Sample,Cq\n,A1,FAM,,Unkn,P1,21\n,A1,VIC,,Unkn,P1,16\n")
    with pytest.raises(
        errors.TableError, match=r"2 wells.*line 2 has no target.*targets=\{'FAM': '...', 'VIC': '...'\}"
    ):
        io.read(path)
    adata = io.read(path, targets={"FAM": "ISG15", "VIC": "ACTB"})
    assert list(adata.var_names) == ["ISG15", "ACTB"]


def test_plates_are_joined_and_replicates_averaged_across_them(tmp_path, caplog):
    for plate, text in {"1": "P1,ISG15,20\nP2,ISG15,22\n", "2": "P1,ISG15,21\nP3,ISG15,23\n"}.items():
        (tmp_path / f"{plate}.csv").write_text("sample,target,ct\n" + text)
    adata = io.read(tmp_path)
    assert list(adata.obs_names) == ["P1", "P2", "P3"]
    np.testing.assert_array_equal(adata.X[:, 0], [20.5, 22, 23])
    assert "1 targets of samples are on several plates" in caplog.text
    assert "ISG15 in P1." in caplog.text
    caplog.clear()
    io.read(tmp_path / "1.csv")
    assert "several plates" not in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "sample,target,ct\nP1,ISG15,abc\n,ACTB,20\n",
            "2 wells.*line 2: 'abc' is no cycle, line 3 has no sample",
        ),
        ("sample,target,ct\nP1,ISG15,-3\n", "'-3' is no cycle"),
        ("sample,target,ct\nP1,ISG15,45321\nP1,ACTB,100\n", "1 wells.*line 2: '45321' is no cycle"),
        ("sample,target,ct\nP1,ISG15\n", "1 rows end before the cycles: lines 2"),
        ("sample,target,ct\n", "a header and no well"),
        ("sample,target,task,ct\nP1,ISG15,NTC,20\n", "all are standards, controls, omitted or empty"),
        ("sample,gene\nP1,ISG15\n", r"no table of wells.*samples \(sample name, sample"),
    ],
)
def test_a_bad_plate_is_refused_with_its_lines(tmp_path, text, message):
    path = tmp_path / "plate.csv"
    path.write_text(text)
    with pytest.raises(errors.TableError, match=message):
        io.read(path, format="qpcr")


def test_a_matrix_of_cycles_is_a_table(tmp_path):
    path = tmp_path / "ct.csv"
    path.write_text("gene,P1,P2\nISG15,21,22\nACTB,16,17\n")
    assert keys.unit_of(io.read(path, unit="ct")) == "ct"


def test_sample_ids_come_from_the_plate(tmp_path):
    path = tmp_path / "plate.csv"
    path.write_text("sample,target,ct\nP1,ISG15,30\n")
    with pytest.raises(errors.ParameterError, match="sample ids from the plate"):
        io.read({"P1": path})
