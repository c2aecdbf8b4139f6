# The whole job as a script of data.table, edgeR, GSVA, singscore and pROC: what one writes without ifnsig.
#   Rscript benchmarks/whole/peer.R FOLDER OUT METHOD...
# FOLDER holds counts.tsv, samples.tsv and sets.gmt; OUT gets scores.tsv, changes.tsv and associations.tsv.
suppressPackageStartupMessages({
  library(data.table)
  library(edgeR)
  library(GSVA)
  library(pROC)
})
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]
out <- given[2]
methods <- given[-(1:2)]
primary <- "rice2013_6"

counts <- as.matrix(fread(file.path(folder, "counts.tsv"), nThread = 1), rownames = 1)
samples <- read.delim(file.path(folder, "samples.tsv"), row.names = 1)[colnames(counts), ]
lines <- strsplit(readLines(file.path(folder, "sets.gmt")), "\t")
sets <- setNames(lapply(lines, function(line) intersect(line[-(1:2)], rownames(counts))), sapply(lines, `[`, 1))
expression <- cpm(counts, log = TRUE, prior.count = 2)

scoring <- list(
  zscore = function() {
    healthy <- expression[, samples$group == "healthy"]
    z <- (expression - rowMeans(healthy)) / apply(healthy, 1, sd)
    sapply(sets, function(genes) colMeans(z[genes, , drop = FALSE][is.finite(z[genes, 1]), , drop = FALSE]))
  },
  singscore = function() {
    ranks <- singscore::rankGenes(expression)
    sapply(sets, function(genes) singscore::simpleScore(ranks, upSet = genes)$TotalScore)
  },
  ssgsea = function() {
    t(gsva(expression, sets, method = "ssgsea", ssgsea.norm = FALSE, min.sz = 1, verbose = FALSE))
  },
  gsva = function() t(gsva(expression, sets, method = "gsva", kcdf = "Gaussian", min.sz = 1, verbose = FALSE))
)
if (packageVersion("GSVA") >= "1.50") { # its calls have another form since
  scoring$ssgsea <- function() t(gsva(ssgseaParam(expression, sets, minSize = 1, normalize = FALSE), verbose = FALSE))
  scoring$gsva <- function() t(gsva(gsvaParam(expression, sets, minSize = 1, kcdf = "Gaussian"), verbose = FALSE))
}
if (!requireNamespace("singscore", quietly = TRUE)) methods <- setdiff(methods, "singscore")
scores <- lapply(setNames(methods, methods), function(method) {
  table <- scoring[[method]]()[, names(sets)]
  rownames(table) <- colnames(counts)
  table
})
tsv <- function(table, name) fwrite(table, file.path(out, name), sep = "\t", na = "", nThread = 1)
tsv(rbindlist(lapply(methods, function(method) {
  data.table(
    sample = rownames(scores[[method]]), method = method,
    signature = rep(names(sets), each = nrow(samples)), score = as.vector(scores[[method]])
  )
})), "scores.tsv")

before <- samples[samples$group == "patient" & samples$visit == "week0", ]
after <- samples[samples$group == "patient" & samples$visit == "week4", ]
after <- after[match(before$patient, after$patient), ]
changes <- rbindlist(lapply(methods, function(method) {
  rbindlist(lapply(names(sets), function(name) {
    change <- scores[[method]][rownames(after), name] - scores[[method]][rownames(before), name]
    t <- t.test(change)
    data.table(
      signature = name, method = method, estimate = t$estimate, ci_low = t$conf.int[1], ci_high = t$conf.int[2],
      p = t$p.value, p_rank = wilcox.test(change)$p.value, primary = name == primary && method == methods[1]
    )
  }))
}))
changes[primary == FALSE, q := p.adjust(p, "BH"), by = method]
tsv(changes, "changes.tsv")

table <- scores[[methods[1]]]
better <- before$better == "yes"
compare <- function(outcome, score, name, values, cases) {
  found <- roc(cases, values, levels = c(FALSE, TRUE), direction = "<", quiet = TRUE)
  data.table(
    outcome = outcome, score = score, signature = name, estimate = as.numeric(auc(found)),
    se = sqrt(var(found, method = "delong")), p = wilcox.test(values[cases], values[!cases])$p.value,
    given_estimate = NA_real_, given_p = NA_real_, primary = name == primary && score %in% c("sample", "change")
  )
}
associations <- rbindlist(lapply(names(sets), function(name) {
  first <- table[rownames(before), name]
  last <- table[rownames(after), name]
  healthy <- table[samples$group == "healthy", name]
  change <- compare("better", "change", name, last - first, better)
  fit <- coef(summary(glm(better ~ I(last - first) + first, family = binomial)))
  change[, c("given_estimate", "given_p") := list(fit[2, 1], fit[2, 4])]
  rbind(
    compare("group", "sample", name, c(first, healthy), rep(c(TRUE, FALSE), c(length(first), length(healthy)))),
    compare("better", "baseline", name, first, better), compare("better", "followup", name, last, better), change
  )
}))
associations[primary == FALSE, q := p.adjust(fcoalesce(given_p, p), "BH"), by = outcome]
tsv(associations, "associations.tsv")
