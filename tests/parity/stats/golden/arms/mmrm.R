# MMRM of two arms by gls: visit, baseline x visit, arm x visit, covariates; free covariance, REML. Rscript mmrm.R, in this folder.
# Writes mmrm.csv (rounded before the analysis) and mmrm.json.
library(nlme)
library(jsonlite)
set.seed(20262)
made <- do.call(rbind, lapply(list(list("n20", 20, 2), list("n36", 36, 3)), function(s) {
  n <- s[[2]]
  k <- s[[3]]
  arm <- rep(c(1, 0, 0), length.out = n)
  base <- round(rnorm(n, 3, 1), 4)
  age <- round(rnorm(n, 50, 10))
  site <- sample(c("a", "b", "c"), n, replace = TRUE)
  own <- rnorm(n, 0, 0.5)
  d <- expand.grid(visit = seq_len(k), id = seq_len(n))
  d$set <- s[[1]]
  d$arm <- arm[d$id]
  d$base <- base[d$id]
  d$age <- age[d$id]
  d$site <- site[d$id]
  d$followup <- round(1 + 0.5 * d$base - 0.3 * d$visit * d$arm + 0.01 * d$age + own[d$id] + rnorm(nrow(d), 0, 0.3 + 0.1 * d$visit), 4)
  d[runif(nrow(d)) > 0.15, ]
}))
write.csv(made, "mmrm.csv", row.names = FALSE, quote = FALSE)

fit_of <- function(d, right) {
  d$v <- factor(d$visit)
  d$at <- as.integer(d$v)
  gls(as.formula(paste("followup ~ 0 + v + v:base + v:arm", right)), d,
    correlation = corSymm(form = ~ at | id), weights = varIdent(form = ~ 1 | v), method = "REML",
    control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 1000, msMaxIter = 1000, opt = "optim",
      optimMethod = "BFGS")
  )
}
rows_of <- function(fit) {
  t <- summary(fit)$tTable
  at <- grep(":arm$", rownames(t))
  list(est = unname(t[at, 1]), se = unname(t[at, 2]), reml_loglik = as.numeric(logLik(fit)))
}
out <- lapply(split(made, made$set), function(d) {
  list(plain = rows_of(fit_of(d, "")), adjusted = rows_of(fit_of(d, "+ age + site")))
})
versions <- list(R = as.character(getRversion()), nlme = as.character(packageVersion("nlme")))
write(toJSON(list(versions = versions, sets = out), auto_unbox = TRUE, digits = 15, pretty = TRUE), "mmrm.json")
