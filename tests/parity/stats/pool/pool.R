# Random-effects meta-analyses by metafor, for ifnsig.stats.pooling. Run: Rscript pool.R (writes pool.json beside it).
suppressPackageStartupMessages({library(metafor); library(jsonlite)})
sets <- list(
  # published log relative risks of the BCG trials (metafor's dat.bcg), rounded before the analysis
  bcg = local({d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg); list(y = round(as.numeric(d$yi), 6), se = round(sqrt(as.numeric(d$vi)), 6))}),
  three = list(y = c(-1.2, -0.4, -0.9), se = c(0.35, 0.22, 0.41)),
  alike = list(y = c(-0.81, -0.79, -0.80, -0.82), se = c(0.30, 0.25, 0.41, 0.28)),
  five = list(y = c(-1.31, -0.22, -0.95, 0.15, -1.9), se = c(0.31, 0.27, 0.52, 0.24, 0.66)))
out <- list(meta = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor"))))
for (name in names(sets)) { s <- sets[[name]]; r <- s
  for (m in c("REML", "DL")) {
    f <- rma(s$y, sei = s$se, method = m, test = "knha", control = list(threshold = 1e-12, maxiter = 1000)); p <- predict(f); z <- rma(s$y, sei = s$se, method = m, control = list(threshold = 1e-12, maxiter = 1000))
    q <- confint(f)$random
    r[[m]] <- list(estimate = as.numeric(f$beta), se = f$se, ci = c(f$ci.lb, f$ci.ub), p = f$pval, tau2 = f$tau2, i2 = f$I2, h2 = f$H2, q = f$QE, q_p = f$QEp, prediction = c(p$pi.lb, p$pi.ub), weights = as.numeric(weights(f)), se_z = z$se, tau2_ci = as.numeric(q["tau^2", 2:3])) }
  out[[name]] <- r }
write_json(out, "pool.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
