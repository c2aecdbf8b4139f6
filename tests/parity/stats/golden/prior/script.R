# The variance that genes lend each other (limma's eBayes), with a trend and without, at each number of genes where the trend
# gets one more curve (3, 6, 30) and one gene before; a gene whose variance is nearly 0; genes that vary
# alike, and those of which every second varies 2.5 times as much.
# Run in this folder: Rscript script.R; writes inputs.csv and expected.json.
suppressPackageStartupMessages({library(limma); library(jsonlite)})
set.seed(41)
genes <- 30; patients <- 5
spread <- exp(rnorm(genes, 0, .8))
d <- matrix(rnorm(genes * patients, .4, 1), genes) * spread
d[2, ] <- .3 + d[2, ] * 1e-4
mean_expression <- round(runif(genes, 2, 12), 2)
d <- round(d, 6)
alike <- t(scale(t(matrix(rnorm(8 * patients), 8)))) * c(1, 1.02, 1.04, 1.06, 1.08, 1.1, 1.12, 1.3) + .5
alike <- round(alike, 6)
write.csv(cbind(mean_expression, d, rbind(alike, matrix(NA, genes - 8, patients))), "inputs.csv", row.names = FALSE, quote = FALSE)
found <- function(y, trend) {
  fit <- eBayes(lmFit(y, matrix(1, patients)), trend = trend)
  list(genes = nrow(y), trend = !identical(trend, FALSE), prior = unname(fit$s2.prior), prior_df = unname(fit$df.prior)[1],
    t = as.vector(fit$t), p = as.vector(fit$p.value))
}
cases <- c(
  lapply(c(2, 3, 5, 6, 29, 30), function(n) found(d[1:n, ], mean_expression[1:n])),
  lapply(c(2, 3, 30), function(n) found(d[1:n, ], FALSE)),
  list(c(found(alike, FALSE), factor = 1), c(found(alike, mean_expression[1:8]), factor = 1),
    c(found(alike * c(1, 2.5), FALSE), factor = 2.5))
)
write_json(list(cases = cases, versions = c(R = as.character(getRversion()), limma = as.character(packageVersion("limma")))),
  "expected.json", digits = 12, auto_unbox = TRUE)
