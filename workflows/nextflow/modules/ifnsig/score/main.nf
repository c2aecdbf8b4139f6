process IFNSIG_SCORE {
    tag "$meta.id"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine == 'singularity' && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/ifnsig:0.1.0--pyhdfd78af_0' :
        'biocontainers/ifnsig:0.1.0--pyhdfd78af_0' }"

    input:
    tuple val(meta), path(expression), path(samples)
    tuple val(meta2), path(reference)
    val signatures
    val method

    output:
    tuple val(meta), path("${prefix}.scores.tsv"),   emit: scores
    tuple val(meta), path("${prefix}.coverage.tsv"), emit: coverage
    tuple val(meta), path("*_mqc.txt"),              emit: multiqc, optional: true
    tuple val("${task.process}"), val('ifnsig'), eval('ifnsig version'), topic: versions, emit: versions_ifnsig

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def quoted = { value -> "'" + value.toString().replace("'", "'\\''") + "'" } // one word of the shell, whatever is in it
    prefix = task.ext.prefix ?: "${meta.id}"
    def sheet = samples ? "--samples $samples" : ''
    def frozen = reference ? "--reference $reference" : ''
    def multiqc = method.toString().contains(',') ? '' : '--multiqc .'
    """
    ifnsig score \\
        $sheet \\
        $frozen \\
        --signatures=${quoted(signatures)} \\
        --method=${quoted(method)} \\
        --threads $task.cpus \\
        --output=${quoted("${prefix}.scores.tsv")} \\
        --coverage=${quoted("${prefix}.coverage.tsv")} \\
        $multiqc \\
        $args \\
        -- $expression
    """

    stub:
    def quoted = { value -> "'" + value.toString().replace("'", "'\\''") + "'" } // one word of the shell, whatever is in it
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    touch -- ${quoted("${prefix}.scores.tsv")}
    touch -- ${quoted("${prefix}.coverage.tsv")}
    touch -- ${quoted("${prefix}.signature_scores_mqc.txt")}
    """
}
