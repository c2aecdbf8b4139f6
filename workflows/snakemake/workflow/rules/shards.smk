# Scatter and gather: what is learned from all samples is learned once, parts of the sheet are scored apart and merged.
localrules:
    split_sheet,
    own_signatures,


rule split_sheet:
    input:
        INPUT.get("samples", []),
    output:
        expand(f"{WORK}/sheet/{{part}}.tsv", part=PARTS),
    log:
        f"{LOGS}/split_sheet.log",
    conda:
        "../envs/ifnsig.yaml"
    script:
        "../scripts/split_sheet.py"


rule own_signatures:
    output:
        f"{WORK}/own.json",
    log:
        f"{LOGS}/own_signatures.log",
    conda:
        "../envs/ifnsig.yaml"
    params:
        text=json.dumps(SCORES.get("own", {})),
    script:
        "../scripts/write_text.py"


rule fit_normalization:
    input:
        expression=INPUT.get("expression", []),
        samples=INPUT.get("samples", []),
    output:
        f"{WORK}/normalization.npz",
    log:
        f"{LOGS}/fit_normalization.log",
    conda:
        "../envs/ifnsig.yaml"
    resources:
        mem_mb=config["mem_mb"],
        runtime=60,
    params:
        reading=reading(),
        method=NORMALIZE,
    shell:
        "ifnsig normalize {input.expression} --samples {input.samples} {params.reading}"
        " --method {params.method} --save {output} 2> {log}"


rule fit_reference:
    input:
        expression=INPUT.get("expression", []),
        samples=INPUT.get("samples", []),
        normalization=f"{WORK}/normalization.npz" if NORMALIZED else [],
    output:
        f"{WORK}/reference.npz",
    log:
        f"{LOGS}/fit_reference.log",
    conda:
        "../envs/ifnsig.yaml"
    resources:
        mem_mb=config["mem_mb"],
        runtime=60,
    params:
        reading=reading(),
        normalization=f"--normalization {WORK}/normalization.npz" if NORMALIZED else "",
        controls=controls(),
        methods=",".join(COMPARING),
    shell:
        "ifnsig fit-reference {input.expression} --samples {input.samples} {params.reading} {params.normalization}"
        " --controls {params.controls:q} --method {params.methods} --output {output} 2> {log}"


rule score_shard:
    input:
        expression=INPUT.get("expression", []),
        samples=f"{WORK}/sheet/{{part}}.tsv",
        normalization=f"{WORK}/normalization.npz" if NORMALIZED else [],
        reference=f"{WORK}/reference.npz" if COMPARING else [],
        own=f"{WORK}/own.json" if SCORES.get("own") else [],
    output:
        f"{WORK}/scored/{{part}}.h5ad",
    log:
        f"{LOGS}/score_shard/{{part}}.log",
    conda:
        "../envs/ifnsig.yaml"
    threads: config["threads"]
    resources:
        mem_mb=config["mem_mb"],
        runtime=60,
    params:
        reading=reading(),
        normalization=f"--normalization {WORK}/normalization.npz" if NORMALIZED else "",
        reference=f"--reference {WORK}/reference.npz" if COMPARING else "",
        signatures=signatures(),
        methods=",".join(METHODS),
    shell:
        "ifnsig score {input.expression} --samples {input.samples} --extra drop {params.reading}"
        " {params.normalization} {params.reference} --signatures {params.signatures:q} --method {params.methods}"
        " --low-coverage skip --threads {threads} --output {output} 2> {log}"


rule merge:
    input:
        expand(f"{WORK}/scored/{{part}}.h5ad", part=PARTS),
    output:
        f"{WORK}/scored.h5ad",
    log:
        f"{LOGS}/merge.log",
    conda:
        "../envs/ifnsig.yaml"
    resources:
        mem_mb=config["mem_mb"],
        runtime=30,
    shell:
        "ifnsig merge {input} --output {output} 2> {log}"
