# Golden values of ComBat with an effect to keep. Run in this folder: Rscript combat.R
suppressMessages(library(sva))
set.seed(20240313)
batch <- rep(c("b1", "b2", "b3"), c(6, 5, 7)); visit <- rep(c("pre", "post"), 9)
x <- matrix(rnorm(80 * 18, 7, 0.8), 80) + outer(rnorm(80), c(b1 = 0, b2 = 1, b3 = -1)[batch])
x[1:10, visit == "post"] <- x[1:10, visit == "post"] + 2
x <- round(x, 5)
dimnames(x) <- list(paste0("gene", 1:80), paste0("sample", 1:18))
digits <- function(v) sprintf("%.17g", v)
write <- function(values, name) write.csv(data.frame(gene = rownames(x), apply(values, 2, digits), check.names = FALSE),
  name, row.names = FALSE, quote = FALSE)
write(x, "combat_input.csv")
write.csv(data.frame(sample = colnames(x), batch, visit), "combat_samples.csv", row.names = FALSE, quote = FALSE)
write(suppressMessages(ComBat(x, batch, mod = model.matrix(~visit), par.prior = TRUE)), "combat.csv")
writeLines(capture.output(sessionInfo()), "sessionInfo.txt")
