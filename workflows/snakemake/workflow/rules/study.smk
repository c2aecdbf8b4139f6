# The study file, its check, its shards, and the run that makes tables and report.
localrules:
    study_file,


rule study_file:
    output:
        f"{WORK}/study.json",
    log:
        f"{LOGS}/study_file.log",
    params:
        text=lambda wildcards: json.dumps(config["study"], indent=1),
    run:
        Path(output[0]).write_text(params.text, encoding="utf-8")


rule check:
    input:
        study=f"{WORK}/study.json",
        files=files_of_the_study,
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
        "ifnsig check --root . -- {input.study:q} > {output:q} 2> {log:q}"
        " || {{ cat -- {output:q} {log:q} >&2; exit 1; }}"


rule shard:
    input:
        study=f"{WORK}/study.json",
        checked=f"{WORK}/check.tsv",
        files=files_of_the_study,
    output:
        f"{WORK}/shards/{{number}}_of_{SHARDS}.npz",
    log:
        f"{LOGS}/shard/{{number}}_of_{SHARDS}.log",
    conda:
        "../envs/ifnsig.yaml"
    threads: config["threads"]
    resources:
        mem_mb=config["mem_mb"],
        runtime=60,
    params:
        share=lambda wildcards: f"{wildcards.number}/{SHARDS}",
    shell:
        "ifnsig shard --root . --output={output:q} -- {input.study:q} {params.share:q} > {log:q} 2>&1"
        " || {{ cat -- {log:q} >&2; exit 1; }}"


rule run:
    input:
        study=f"{WORK}/study.json",
        checked=f"{WORK}/check.tsv",
        shards=[f"{WORK}/shards/{number}_of_{SHARDS}.npz" for number in NUMBERS],
        files=files_of_the_study,
    output:
        # the folder is one output: whatever tables a study has, they are replaced or removed together
        folder=directory(RESULTS),
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
        "ifnsig run --root . --output={output.folder:q} -- {input.study:q} {input.shards:q} > {log:q} 2>&1"
        " || {{ cat -- {log:q} >&2; exit 1; }}"


refuse_foreign_files(rules.run.output.folder)
