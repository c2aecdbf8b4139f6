// After nf-core/rnaseq: its merged gene counts, a sample sheet and whatever else the study names become scores and a report.
include { IFNSIG_SCORE  } from '../../modules/ifnsig/score/main'
include { IFNSIG_REPORT } from '../../modules/ifnsig/report/main'

workflow IFNSIG_RNASEQ {
    take:
    ch_counts     // channel: [ val(meta), path(salmon.merged.gene_counts.tsv) ]
    ch_samples    // channel: [ val(meta), path(sample sheet) ]
    ch_study      // channel: [ val(meta), path(study file) ], or empty for scores alone
    ch_files      // channel: [ val(meta), [ path(file), ... ] ]: the other files that the study names (clinical table, rules,
                  //          reference, normalisation, probe map, tx2gene, more matrices ...), or empty
    ch_reference  // channel: [ val(meta), path(reference.npz) ], or [ [:], [] ]
    signatures    // string: signature ids, comma-separated
    method        // string: scoring methods, comma-separated

    main:
    ch_expression = ch_counts.join(ch_samples)
    IFNSIG_SCORE(ch_expression, ch_reference, signatures, method)

    ch_inputs = ch_study
        .join(ch_expression)
        .join(ch_files, remainder: true)
        .map { row ->
            if (!row[1]) {
                error("IFNSIG_RNASEQ: files came for ${row[0]}, and no study, counts and samples.")
            }
            def (meta, study, counts, samples, files) = row
            [meta, study, [counts, samples, files ?: []].flatten()]
        }
    IFNSIG_REPORT(ch_inputs)

    ch_versions = IFNSIG_SCORE.out.versions_ifnsig.mix(IFNSIG_REPORT.out.versions_ifnsig).unique()
    ch_multiqc = IFNSIG_SCORE.out.multiqc.map { _meta, files -> files }.mix(IFNSIG_REPORT.out.multiqc).flatten()

    emit:
    scores        = IFNSIG_SCORE.out.scores         // channel: [ val(meta), path(tsv) ]
    coverage      = IFNSIG_SCORE.out.coverage       // channel: [ val(meta), path(tsv) ]
    html          = IFNSIG_REPORT.out.html          // channel: [ val(meta), path(html) ]
    tables        = IFNSIG_REPORT.out.tables        // channel: [ val(meta), [ path(tsv) ] ]
    provenance    = IFNSIG_REPORT.out.provenance    // channel: [ val(meta), path(json) ]
    reference     = IFNSIG_REPORT.out.reference     // channel: [ val(meta), path(npz) ]
    normalization = IFNSIG_REPORT.out.normalization // channel: [ val(meta), path(npz) ]
    multiqc       = ch_multiqc                      // channel: path(*_mqc.*)
    versions      = ch_versions                     // channel: [ val(process), val(tool), val(version) ]
}
