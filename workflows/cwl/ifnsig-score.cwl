#!/usr/bin/env cwl-runner
cwlVersion: v1.2
class: CommandLineTool
label: ifnsig score
doc: |
  Score published interferon signatures in every sample of an expression matrix.
  Run: cwltool --no-container ifnsig-score.cwl ifnsig-score.example.yml

baseCommand: [ifnsig, score]

hints:
  DockerRequirement:
    dockerPull: ifnsig:0.1.0
  SoftwareRequirement:
    packages:
      ifnsig:
        version: ["0.1.0"]
  ResourceRequirement:
    coresMin: 1
    ramMin: 2000

inputs:
  expression:
    type:
      - File
      - Directory
      - type: array
        items: [File, Directory]
    doc: Expression file, folder (10x, zarr, nf-core/rnaseq, one file a sample) or a list of them (see `ifnsig formats`).
    inputBinding:
      position: 1
  signatures:
    type: string?
    doc: Signature ids, comma-separated; or give gene_sets.
    inputBinding:
      prefix: --signatures
  method:
    type: string
    doc: Scoring methods, comma-separated (see `ifnsig methods`).
    inputBinding:
      prefix: --method
  samples:
    type: File?
    doc: Sample sheet.
    inputBinding:
      prefix: --samples
  unit:
    type: string?
    doc: Unit of the values, where the format cannot say.
    inputBinding:
      prefix: --unit
  format:
    type: string?
    doc: Format, where the content does not tell.
    inputBinding:
      prefix: --format
  tx2gene:
    type: File?
    doc: Table of transcript and gene, for salmon and kallisto.
    inputBinding:
      prefix: --read-option
      valueFrom: tx2gene=$(self.path)
  probe_map:
    type: File?
    doc: Table of array probes and gene symbols.
    inputBinding:
      prefix: --probe-map
  gene_sets:
    type: File?
    doc: GMT, JSON, YAML or TOML file of gene sets, instead of signatures.
    inputBinding:
      prefix: --signatures
  normalize:
    type: string?
    doc: Make log expression first (see `ifnsig normalize --help`).
    inputBinding:
      prefix: --normalize
  normalization:
    type: File?
    doc: normalization.npz of an earlier cohort, instead of normalize.
    inputBinding:
      prefix: --normalization
  controls:
    type: string?
    doc: Reference samples, as COLUMN=VALUE.
    inputBinding:
      prefix: --controls
  reference:
    type: File?
    doc: Frozen reference (.npz).
    inputBinding:
      prefix: --reference
  low_coverage:
    type:
      - "null"
      - type: enum
        symbols: [raise, skip]
    doc: Signatures with too few genes.
    inputBinding:
      prefix: --low-coverage

arguments:
  - --threads
  - $(runtime.cores)
  - --output
  - scores.tsv
  - --coverage
  - coverage.tsv

outputs:
  scores:
    type: File
    doc: One row a sample, method and signature.
    outputBinding:
      glob: scores.tsv
  coverage:
    type: File
    doc: Genes of each signature found and missing.
    outputBinding:
      glob: coverage.tsv
