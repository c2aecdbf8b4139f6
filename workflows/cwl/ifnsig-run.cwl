#!/usr/bin/env cwl-runner
cwlVersion: v1.2
class: CommandLineTool
label: ifnsig run
doc: |
  A whole study: scores, change during treatment, association with clinical response and a report.
  Run: cwltool --no-container ifnsig-run.cwl ifnsig-run.example.yml

baseCommand: [ifnsig, run]

requirements:
  InitialWorkDirRequirement:
    listing:
      - $(inputs.files)
hints:
  DockerRequirement:
    dockerPull: ifnsig:0.1.0
  SoftwareRequirement:
    packages:
      ifnsig:
        version: ["0.1.0"]
  ResourceRequirement:
    coresMin: 1
    ramMin: 4000

inputs:
  study:
    type: File
    doc: Study file (TOML or JSON).
    inputBinding:
      position: 1
  files:
    type:
      type: array
      items: [File, Directory]
    doc: |
      Every file the study names (expression, sample sheet, clinical table, rules, reference ...), by its file name; where
      the study names a file in a folder, that folder.
  strict:
    type: boolean?
    doc: Fatal flags are errors, unless the study acknowledges them.
    inputBinding:
      prefix: --strict

arguments:
  - --root
  - .
  - --output
  - results

outputs:
  results:
    type: Directory
    doc: Tables, report.html, scored.h5ad, references, provenance.json and content for MultiQC.
    outputBinding:
      glob: results
