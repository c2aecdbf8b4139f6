# What several rules share: names of places, and the study with the inputs of this run.
import json

RESULTS = config["results"]
WORK = f"{RESULTS}.work"
LOGS = f"{RESULTS}.logs"
SHARDS = config["shards"]
STUDY = config["study"]
INPUT = STUDY["input"]
SCORES = STUDY["scores"]
DESIGN = STUDY.get("design", {})
METHODS = SCORES.get("methods", ["zscore"])
PARTS = [f"{part:03d}" for part in range(1, SHARDS + 1)]
NORMALIZE = INPUT.get("normalize") or {"counts": "log_cpm"}.get(
    INPUT.get("unit"), "log2"
)
NORMALIZED = SHARDS > 1 and NORMALIZE != "none"
REFERENCE = SCORES.get("reference", "controls")
NEEDS_REFERENCE = config["reference_methods"]
COMPARING = [name for name in METHODS if name in NEEDS_REFERENCE]


def files_of_the_study():
    """Every input file or folder that the study names: the run waits for them, and runs again when one is newer."""
    named = [
        INPUT.get(key)
        for key in ("expression", "scores", "samples", "probe_map", "normalization")
    ]
    named.append(INPUT.get("options", {}).get("tx2gene"))
    return [
        name
        for entry in named
        if entry
        for name in (entry if isinstance(entry, list) else [entry])
    ]


def study_of_this_run():
    """The study as ifnsig reads it; with shards its scores come from the merged ones."""
    if SHARDS == 1:
        return STUDY
    merged = {"scores": f"{WORK}/scored.h5ad"}
    kept = {key: INPUT[key] for key in ("platform",) if key in INPUT}
    frozen = {"reference": f"{WORK}/reference.npz"} if COMPARING else {}
    return {**STUDY, "input": {**merged, **kept}, "scores": {**SCORES, **frozen}}


def options(**named):
    """Command line options of those that have a value."""
    words = []
    for name, value in named.items():
        if value is not None:
            words.append(f"--{name.replace('_', '-')} {json.dumps(str(value))}")
    return " ".join(words)


def reading():
    """How the expression is read, as options of `ifnsig score`."""
    given = INPUT.get("options", {})
    extra = " ".join(
        f"--read-option {json.dumps(f'{name}={value}')}"
        for name, value in given.items()
    )
    named = options(
        format=INPUT.get("format"),
        unit=INPUT.get("unit"),
        orientation=INPUT.get("orientation"),
        missing=INPUT.get("missing"),
        organism=INPUT.get("organism"),
        probe_map=INPUT.get("probe_map"),
        sample_column=DESIGN.get("sample"),
    )
    return f"{named} {extra}"


def controls():
    """Reference samples as `ifnsig fit-reference` takes them; nothing where no method compares."""
    if not COMPARING:
        return ""
    if REFERENCE == "cohort":
        return "cohort"
    chosen = (
        REFERENCE
        if isinstance(REFERENCE, dict)
        else {"column": DESIGN["group"], "value": DESIGN["controls"]}
    )
    return f"{chosen['column']}={chosen['value']}"


def signatures():
    """Ids, and the file of the study's own sets."""
    own = [f"{WORK}/own.json"] if SCORES.get("own") else []
    return ",".join([*SCORES.get("signatures", []), *own])
