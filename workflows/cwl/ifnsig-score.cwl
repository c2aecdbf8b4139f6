#!/usr/bin/env cwl-runner
cwlVersion: v1.2
class: CommandLineTool
label: ifnsig score
doc: |
  Score published interferon signatures in every sample of an expression matrix.
  Run: cwltool --no-container ifnsig-score.cwl ifnsig-score.example.yml

baseCommand: [ifnsig, score]

requirements:
  InlineJavascriptRequirement: {}
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
    type: File
    doc: Expression matrix (see `ifnsig formats`).
    inputBinding:
      position: 1
  signatures:
    type: string
    doc: Signature ids, comma-separated.
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
  normalize:
    type: string?
    doc: Make log expression first (see `ifnsig normalize --help`).
    inputBinding:
      prefix: --normalize
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
