// The gene score step of nf-core/nanostring: the same inputs (normalised counts with a CodeClass column, a YAML of gene
// sets, the algorithm in ext.args) and the same outputs (signature_scores_mqc.txt, signature_scores_qc_mqc.txt).
process COMPUTE_GENE_SCORES {
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine == 'singularity' && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/ifnsig:0.1.0--pyhdfd78af_0' :
        'biocontainers/ifnsig:0.1.0--pyhdfd78af_0' }"

    input:
    path counts
    path geneset_yaml

    output:
    path "*.txt"        , emit: scores_for_mqc
    path "versions.yml" , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def algorithm = (task.ext.args ?: 'singscore').trim()
    def known = [
        'singscore': '--method singscore --option known_direction=false',
        'ssgsea'   : '--method ssgsea',
        'gsva'     : '--method gsva --reference cohort',
        'plage'    : '--method plage --option sign=raw --reference cohort',
        'plage.dir': '--method plage --reference cohort',
        'mean'     : '--method mean',
        'median'   : '--method median'
    ]
    if (!known.containsKey(algorithm)) {
        error("COMPUTE_GENE_SCORES: ext.args is '${algorithm}'; ifnsig knows ${known.keySet().join(', ')}.")
    }
    """
    awk -F '\\t' -v OFS='\\t' '
        NR == 1 { for (i = 1; i <= NF; i++) { if (\$i == "CodeClass") class = i; if (\$i == "Name") name = i } }
        NR == 1 || \$class == "Endogenous" {
            line = \$name
            for (i = 1; i <= NF; i++) if (i != class && i != name) line = line OFS \$i
            print line
        }
    ' < $counts > endogenous.tsv

    ifnsig score endogenous.tsv \\
        --format table --unit nanostring_counts --orientation genes_in_rows --normalize log2 \\
        --signatures $geneset_yaml \\
        ${known[algorithm]} \\
        --low-coverage skip \\
        --multiqc . > scores.tsv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        ifnsig: \$(ifnsig version)
    END_VERSIONS
    """

    stub:
    """
    touch signature_scores_mqc.txt signature_scores_qc_mqc.txt

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        ifnsig: \$(ifnsig version)
    END_VERSIONS
    """
}
