#!/usr/bin/env nextflow
// Runs the modules and the subworkflow. In a pipeline of your own, include them as below.
nextflow.preview.topic = true // Nextflow before 25.04; later versions warn that it is no longer needed

include { IFNSIG_RNASEQ       } from './subworkflows/ifnsig_rnaseq/main'
include { COMPUTE_GENE_SCORES } from './modules/ifnsig/nanostringscores/main'

workflow {
    if (!params.counts || !params.samples) {
        error('Give --counts (an expression file) and --samples (a sample sheet); -profile test runs the example cohort of the repository.')
    }
    IFNSIG_RNASEQ(
        channel.of([[id: params.id], file(params.counts, checkIfExists: true)]),
        channel.of([[id: params.id], file(params.samples, checkIfExists: true)]),
        params.study ? channel.of([[id: params.id], file(params.study, checkIfExists: true)]) : channel.empty(),
        params.files ? channel.of([[id: params.id], files(params.files, checkIfExists: true)]) : channel.empty(),
        [[:], []],
        params.signatures,
        params.method,
    )
    if (params.nanostring_counts) {
        COMPUTE_GENE_SCORES(file(params.nanostring_counts, checkIfExists: true), file(params.gene_sets, checkIfExists: true))
    }
    channel.topic('versions').unique().map { row -> row.join('\t') }.collectFile(name: 'versions.tsv', storeDir: params.outdir, newLine: true)
}
