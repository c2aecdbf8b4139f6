# Golden values of median-of-ratios size factors and of the variance-stabilising transformation.
# Run in this folder: Rscript size_factors.R. The counts are those of ../edger/norm_counts.csv, rounded to whole numbers
# for the objects that need them.
suppressMessages(library(DESeq2))
counts <- as.matrix(read.csv("../edger/norm_counts.csv", row.names = "gene", check.names = FALSE))
genes <- rownames(counts)
digits <- function(v) sprintf("%.17g", v)
sf <- estimateSizeFactorsForMatrix(counts)
write.csv(data.frame(sample = colnames(counts), size_factor = digits(sf)), "size_factors.csv", row.names = FALSE,
  quote = FALSE)
shown <- c(1:40, 480:520)
write <- function(values, name) write.csv(data.frame(gene = genes[shown], apply(values[shown, ], 2, digits),
  check.names = FALSE), name, row.names = FALSE, quote = FALSE)
whole <- round(counts); storage.mode(whole) <- "integer"
dds <- DESeqDataSetFromMatrix(whole, data.frame(row.names = colnames(whole), x = 1:8), ~1)
dds <- estimateSizeFactors(dds)
write(assay(normTransform(dds)), "log2_counts.csv")
dds <- estimateDispersions(dds, fitType = "parametric", quiet = TRUE)
vsd <- varianceStabilizingTransformation(dds, blind = FALSE)
write(assay(vsd), "vst.csv")
co <- attr(dispersionFunction(dds), "coefficients")
write.csv(data.frame(sample = colnames(whole), size_factor = digits(sizeFactors(dds))), "vst_size_factors.csv",
  row.names = FALSE, quote = FALSE)
write.csv(data.frame(coefficient = names(co), value = digits(co)), "vst_trend.csv", row.names = FALSE, quote = FALSE)
writeLines(capture.output(sessionInfo()), "sessionInfo.txt")
