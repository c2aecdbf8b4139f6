# Golden values of log2 counts per million. Run in this folder: Rscript logcpm.R
# R 4.2.2, edgeR 3.40.2 (Debian r-bioc-edger). Libraries differ 40-fold in size, counts include zeros and fractions.
suppressMessages(library(edgeR))
set.seed(20240307)
genes <- paste0("gene", 1:40)
depth <- c(0.2, 0.5, 1, 1.7, 4, 8)
counts <- sapply(depth, function(d) rnbinom(40, mu = d * rexp(40, 1 / 60), size = 2))
counts[3, ] <- 0
counts[5, 2] <- 72.999
dimnames(counts) <- list(genes, paste0("sample", seq_along(depth)))
write.csv(data.frame(gene = genes, counts, check.names = FALSE), "counts.csv", row.names = FALSE, quote = FALSE)
write <- function(values, name) {
  text <- apply(values, 2, function(x) sprintf("%.17g", x))
  write.csv(data.frame(gene = genes, text, check.names = FALSE), name, row.names = FALSE, quote = FALSE)
}
write(cpm(counts, log = TRUE, prior.count = 2), "logcpm.csv")
# one sample alone: the prior count is then not scaled
alone <- cpm(counts[, 4, drop = FALSE], log = TRUE, prior.count = 2)
write(alone, "logcpm_sample4_alone.csv")
cat(R.version.string, "edgeR", as.character(packageVersion("edgeR")), "\n")
