# Golden values of TMM and upper-quartile scaling. Run in this folder: Rscript norm_factors.R
# The first libraries differ in composition (a tenth of the genes raised in some), all have many small counts, so that
# ties meet the trimming limits; the last two are fractional estimates.
suppressMessages(library(edgeR))
set.seed(20240311)
n_genes <- 1000
base <- rexp(n_genes, 1 / 12)
depth <- c(0.3, 0.6, 1, 1, 1.6, 2.5, 4, 1.2)
counts <- sapply(seq_along(depth), function(j) {
  mu <- depth[j] * base
  if (j %in% c(2, 5, 7)) mu[1:100] <- mu[1:100] * 8
  rnbinom(n_genes, mu = mu, size = 4)
})
counts[c(3, 500), ] <- 0
counts[, 7:8] <- round(counts[, 7:8] * 1.013, 3)
genes <- paste0("gene", seq_len(n_genes)); samples <- paste0("sample", seq_along(depth))
dimnames(counts) <- list(genes, samples)
write.csv(data.frame(gene = genes, counts, check.names = FALSE), "norm_counts.csv", row.names = FALSE, quote = FALSE)
digits <- function(x) sprintf("%.17g", x)
tmm <- calcNormFactors(DGEList(counts), method = "TMM")
uq <- calcNormFactors(DGEList(counts), method = "upperquartile")
write.csv(data.frame(sample = samples, lib_size = digits(tmm$samples$lib.size), tmm = digits(tmm$samples$norm.factors),
  upper_quartile = digits(uq$samples$norm.factors)), "norm_factors.csv", row.names = FALSE, quote = FALSE)
shown <- c(1:40, 480:520)
write <- function(values, name) {
  text <- apply(values[shown, ], 2, digits)
  write.csv(data.frame(gene = genes[shown], text, check.names = FALSE), name, row.names = FALSE, quote = FALSE)
}
write(cpm(tmm), "tmm_cpm.csv")
write(cpm(tmm, log = TRUE, prior.count = 2), "tmm_logcpm.csv")
write(cpm(uq, log = TRUE, prior.count = 2), "upper_quartile_logcpm.csv")
write(cpm(counts), "cpm.csv")
writeLines(capture.output(sessionInfo()), "sessionInfo.txt")
