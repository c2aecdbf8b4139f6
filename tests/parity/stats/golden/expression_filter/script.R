# Which genes edgeR::filterByExpr keeps, and the consensus correlation and moderated t of limma with genes that never vary.
# Run in this folder: Rscript script.R; writes inputs.csv, cases.json and versions into expected.json.
suppressPackageStartupMessages({library(edgeR); library(limma); library(jsonlite)})
set.seed(20)
genes <- 120
samples <- 30
size <- round(exp(runif(samples, log(.4), log(3))), 2)  # unequal libraries
level <- exp(rnorm(genes, 2.2, 1.2))
counts <- matrix(rpois(genes * samples, outer(level, size)), genes, samples)
counts[1, ] <- 0
counts[2, ] <- c(200, rep(0, samples - 1))
rownames(counts) <- paste0("G", seq_len(genes) - 1)
colnames(counts) <- paste0("S", seq_len(samples) - 1)
write.csv(counts, "inputs.csv", quote = FALSE)

keep <- function(cols, ...) as.vector(filterByExpr(counts[, cols], ...))
patient <- factor(rep(1:6, 2)); visit <- factor(rep(c("w0", "w4"), each = 6))
paired <- model.matrix(~ patient + visit)
many <- factor(rep(c("w0", "w4"), c(16, 14)))
uneven <- factor(rep(c("a", "b", "c"), c(3, 5, 4)))
slope <- cbind(0:11)
cases <- list(
  groups = list(samples = 12, groups = as.character(uneven), keep = keep(1:12, group = uneven)),
  paired_design = list(samples = 12, design = unname(paired), keep = keep(1:12, design = paired)),
  slope_without_intercept = list(samples = 12, design = unname(slope), keep = keep(1:12, design = slope)),
  large_groups = list(samples = 30, groups = as.character(many), keep = keep(1:30, group = many)),
  one_group_beyond_large = list(samples = 30, keep = keep(1:30, group = rep(1, 30))),
  one_group_at_large = list(samples = 10, keep = keep(1:10, group = rep(1, 10))),
  given_libraries = list(samples = 12, groups = as.character(visit), library_sizes = 1000 * (1:12), keep = keep(1:12, group = visit, lib.size = 1000 * (1:12))),
  other_numbers = list(samples = 30, groups = as.character(many), min_count = 4, min_total = 200, large = 6, share = .5,
    keep = keep(1:30, group = many, min.count = 4, min.total.count = 200, large.n = 6, min.prop = .5))
)
# edges: 8 patients of two visits, 1 / leverage is 16/9: a gene in 2 samples is kept, in 1 it is not; 10 reads are enough and 9 are
# not; with min.count 1 a total of 15 is enough and 14 is not
edge <- matrix(0, 7, 16)
edge[1, 1:2] <- 10; edge[2, 1] <- 500; edge[3, 1:2] <- c(8, 7); edge[4, 1:2] <- c(10, 9); edge[5, 1:2] <- c(10, 5); edge[6, 1:2] <- 7
edge[7, ] <- 1e6 - colSums(edge)
p8 <- factor(rep(1:8, 2)); v8 <- factor(rep(1:2, each = 8))
d8 <- model.matrix(~ p8 + v8)
cell <- model.matrix(~ 0 + factor(rep(1:8, 2)))  # 1 / leverage is 2 up to rounding: the tolerance decides
edges <- list(counts = unname(edge), paired = list(design = unname(d8), keep = as.vector(filterByExpr(edge, design = d8))),
  total = list(design = unname(d8), min_count = 1, keep = as.vector(filterByExpr(edge, design = d8, min.count = 1))),
  cell_means = list(design = unname(cell), keep = as.vector(filterByExpr(edge, design = cell))))

# genes that never vary: log values of two genes without reads, between others; three visits with gaps
n <- 8
who <- rep(1:n, each = 3); when <- rep(0:2, n)
y <- t(sapply(1:40, function(g) rnorm(n, 0, .8)[who] + rnorm(3 * n, 5 + .3 * when, exp(rnorm(1, -.6, .5)))))
y <- round(y, 4)
y[c(7, 19, 33), ] <- c(.5, 2, 0)
kept <- setdiff(seq_len(3 * n), c(5, 12, 24))
y <- y[, kept]; who <- who[kept]; when <- when[kept]
x <- model.matrix(~ factor(when))
vary <- apply(y, 1, sd) > 0
dup <- duplicateCorrelation(y[vary, ], x, block = who)
all <- tryCatch(suppressWarnings(duplicateCorrelation(y, x, block = who)$consensus), error = function(e) NA)
fit <- eBayes(lmFit(y[vary, ], x, block = who, correlation = dup$consensus), trend = TRUE)
constant <- list(y = y, patients = who, visits = when, varies = as.vector(vary), consensus = dup$consensus, consensus_of_all = all,
  t = unname(fit$t[, 2:3]), prior_df = fit$df.prior)
write(toJSON(list(cases = cases, edges = edges, constant = constant,
  versions = list(R = R.version.string, edgeR = as.character(packageVersion("edgeR")), limma = as.character(packageVersion("limma")))),
  auto_unbox = TRUE, digits = 15), "expected.json")
