# R peers, timed in a process of their own.
#   Rscript peers.R has PACKAGE                                            exit status 0: can be loaded
#   Rscript peers.R run WHAT MATRIX.npy SAMPLES GENES SETS.tsv            then commands on stdin: warm N | run | save FILE
# Prints one line of JSON a command. The matrix is float32, samples x genes in C order, so its bytes are genes x samples
# in R's order. SETS.tsv has one line a set: name, then 1-based gene numbers. singscore is the installed package, or
# the package's own R file that holds rankExpr() and singleSingscore(), named by IFNSIG_SINGSCORE_R.
given <- commandArgs(trailingOnly = TRUE)
options(warn = -1)

singscore_file <- Sys.getenv("IFNSIG_SINGSCORE_R")
has <- function(package) {
  if (package == "singscore" && nzchar(singscore_file)) {
    return(requireNamespace("GSEABase", quietly = TRUE) && file.exists(singscore_file))
  }
  requireNamespace(package, quietly = TRUE)
}

if (given[1] == "has") quit(status = if (has(given[2])) 0 else 1)

load_peer <- function(what) {
  if (what != "singscore") {
    suppressPackageStartupMessages(library(GSVA))
  } else if (nzchar(singscore_file)) {
    suppressPackageStartupMessages(library(GSEABase))
    source(singscore_file)
  } else {
    suppressPackageStartupMessages(library(singscore))
  }
}

new_gsva <- function() exists("ssgseaParam", where = asNamespace("GSVA"))

score <- list(
  ssgsea = function(x, sets) {
    if (new_gsva()) {
      return(t(gsva(ssgseaParam(x, sets, minSize = 1, normalize = FALSE), verbose = FALSE)))
    }
    t(gsva(x, sets, method = "ssgsea", ssgsea.norm = FALSE, min.sz = 1, verbose = FALSE))
  },
  gsva = function(x, sets) {
    if (new_gsva()) return(t(gsva(gsvaParam(x, sets, minSize = 1, kcdf = "Gaussian"), verbose = FALSE)))
    t(gsva(x, sets, method = "gsva", kcdf = "Gaussian", min.sz = 1, verbose = FALSE))
  },
  singscore = function(x, sets) {
    if (nzchar(singscore_file)) {
      ranks <- rankExpr(x)
      return(sapply(sets, function(genes) singleSingscore(ranks, GeneSet(genes))$TotalScore))
    }
    ranks <- rankGenes(x)
    sapply(sets, function(genes) simpleScore(ranks, upSet = genes)$TotalScore)
  }
)

read_matrix <- function(path, samples, genes) {
  file <- file(path, "rb")
  on.exit(close(file))
  readBin(file, "raw", 8)
  header <- readBin(file, "integer", 1, size = 2, signed = FALSE, endian = "little")
  readBin(file, "raw", header)
  values <- readBin(file, "numeric", as.numeric(samples) * genes, size = 4, endian = "little")
  matrix(values, genes, samples, dimnames = list(paste0("GENE", seq_len(genes) - 1), paste0("S", seq_len(samples) - 1)))
}

read_sets <- function(path, names) {
  parts <- strsplit(readLines(path), "\t")
  sets <- lapply(parts, function(part) names[as.integer(part[-1])])
  setNames(sets, vapply(parts, `[`, "", 1))
}

memory <- function(what) {
  lines <- tryCatch(readLines("/proc/self/status"), error = function(e) character())
  line <- grep(what, lines, value = TRUE)
  if (length(line)) as.numeric(gsub("[^0-9]", "", line)) / 1024 else NA
}

timed <- function(x, sets) {
  invisible(gc())
  tryCatch(writeLines("5", "/proc/self/clear_refs"), error = function(e) NULL)
  before <- memory("VmRSS")
  sink(nowhere) # progress bars
  on.exit(if (sink.number() > 0) sink())
  start <- proc.time()
  scores <- score[[what]](x, sets)
  spent <- proc.time() - start
  sink()
  list(scores = scores, wall = spent[["elapsed"]], cpu = sum(spent[c(1, 2, 4, 5)]), rise = memory("VmHWM") - before)
}

say <- function(...) {
  cat(sprintf(...), "\n", sep = "")
  flush(stdout())
}

nowhere <- file(nullfile(), "w")
what <- given[2]
importing <- system.time(load_peer(what))
x <- read_matrix(given[3], as.integer(given[4]), as.integer(given[5]))
sets <- read_sets(given[6], rownames(x))
version <- if (what == "singscore" && nzchar(singscore_file)) "file" else {
  as.character(packageVersion(if (what == "singscore") "singscore" else "GSVA"))
}
say('{"import_s": %.4f, "version": "%s (R %s.%s)"}', sum(importing[1:2]), version, R.version$major, R.version$minor)
input <- file("stdin", "r")
last <- NULL
while (length(line <- readLines(input, 1)) == 1) {
  word <- strsplit(line, " ")[[1]]
  if (word[1] == "warm") {
    one <- timed(x[, seq_len(min(ncol(x), as.integer(word[2]))), drop = FALSE], sets)
    say('{"wall_s": %.6f}', one$wall)
  } else if (word[1] == "run") {
    last <- timed(x, sets)
    rise <- if (is.na(last$rise)) "null" else sprintf("%.1f", last$rise)
    say('{"wall_s": %.6f, "cpu_s": %.6f, "rss_rise_mb": %s}', last$wall, last$cpu, rise)
  } else if (word[1] == "save") {
    out <- file(word[2], "wb")
    writeBin(as.vector(t(last$scores[, names(sets), drop = FALSE])), out, size = 8, endian = "little")
    close(out)
    say("{}")
  }
}
