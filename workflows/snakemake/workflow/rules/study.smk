# The study file, its check, and the run that makes tables and report.
localrules:
    study_file,


rule study_file:
    output:
        f"{WORK}/study.json",
    log:
        f"{LOGS}/study_file.log",
    conda:
        "../envs/ifnsig.yaml"
    params:
        text=json.dumps(study_of_this_run(), indent=1),
    script:
        "../scripts/write_text.py"


rule check:
    input:
        study=f"{WORK}/study.json",
        files=files_of_the_study() if SHARDS == 1 else f"{WORK}/scored.h5ad",
    output:
        f"{WORK}/check.tsv",
    log:
        f"{LOGS}/check.log",
    conda:
        "../envs/ifnsig.yaml"
    resources:
        mem_mb=config["mem_mb"],
        runtime=30,
    shell:
        "ifnsig check {input.study} --root . > {output} 2> {log} || {{ cat {output} {log} >&2; rm -f {output}; exit 1; }}"


rule run:
    input:
        study=f"{WORK}/study.json",
        checked=f"{WORK}/check.tsv",
        files=files_of_the_study() if SHARDS == 1 else f"{WORK}/scored.h5ad",
        reference=f"{WORK}/reference.npz" if SHARDS > 1 and COMPARING else [],
    output:
        page=report(
            f"{RESULTS}/report.html",
            caption="../report/report.rst",
            category="Interferon signatures",
            labels={"what": "report"},
        ),
        scores=report(
            f"{RESULTS}/scores.tsv",
            caption="../report/scores.rst",
            category="Interferon signatures",
            labels={"what": "scores"},
        ),
        provenance=f"{RESULTS}/provenance.json",
        multiqc=f"{RESULTS}/multiqc/ifnsig_mqc_versions.yml",
    log:
        f"{LOGS}/run.log",
    conda:
        "../envs/ifnsig.yaml"
    threads: config["threads"]
    resources:
        mem_mb=config["mem_mb"],
        runtime=60,
    shell:
        "ifnsig run {input.study} --root . --output $(dirname {output.page}) > {log} 2>&1 || {{ cat {log} >&2; exit 1; }}"
