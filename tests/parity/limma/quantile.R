# Golden values of quantile normalisation with ties. Run in this folder: Rscript quantile.R
suppressMessages(library(limma))
set.seed(20240312)
genes <- paste0("gene", 1:200); samples <- paste0("sample", 1:6)
x <- sapply(1:6, function(j) rnorm(200, 7 + 0.4 * j, 1 + 0.2 * j))
x[, 1:3] <- round(x[, 1:3], 1)   # many ties
x[1:60, 4] <- 4.5                # a floor: sixty genes at one value
x <- round(x, 6)
dimnames(x) <- list(genes, samples)
digits <- function(v) sprintf("%.17g", v)
write <- function(values, name) write.csv(data.frame(gene = genes, apply(values, 2, digits), check.names = FALSE), name,
  row.names = FALSE, quote = FALSE)
write(x, "quantile_input.csv")
write(normalizeQuantiles(x, ties = TRUE), "quantile.csv")
stopifnot(identical(normalizeQuantiles(x), normalizeBetweenArrays(x, method = "quantile")))
writeLines(capture.output(sessionInfo()), "sessionInfo.txt")
