process IFNSIG_REPORT {
    tag "$meta.id"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine == 'singularity' && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/ifnsig:0.1.0--pyhdfd78af_0' :
        'biocontainers/ifnsig:0.1.0--pyhdfd78af_0' }"

    input:
    tuple val(meta), path(study), path(inputs, stageAs: 'inputs/*')

    output:
    tuple val(meta), path("${prefix}/report.html"),       emit: html
    tuple val(meta), path("${prefix}/*.tsv"),             emit: tables
    tuple val(meta), path("${prefix}/scored.h5ad"),       emit: h5ad
    tuple val(meta), path("${prefix}/provenance.json"),   emit: provenance
    tuple val(meta), path("${prefix}/reference.npz"),     emit: reference, optional: true
    tuple val(meta), path("${prefix}/normalization.npz"), emit: normalization, optional: true
    path "${prefix}/multiqc/*_mqc.json",                  emit: multiqc
    tuple val("${task.process}"), val('ifnsig'), eval('ifnsig version'), topic: versions, emit: versions_ifnsig

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def quoted = { value -> "'" + value.toString().replace("'", "'\\''") + "'" } // one word of the shell, whatever is in it
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    ifnsig run \\
        --root inputs \\
        --output=${quoted(prefix)} \\
        $args \\
        -- $study
    """

    stub:
    def quoted = { value -> "'" + value.toString().replace("'", "'\\''") + "'" } // one word of the shell, whatever is in it
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p -- ${quoted("${prefix}/multiqc")}
    cd -- ${quoted(prefix)}
    touch report.html scores.tsv scored.h5ad provenance.json reference.npz normalization.npz
    touch ${quoted("multiqc/ifnsig_${prefix}_2_scores_mqc.json")}
    """
}
