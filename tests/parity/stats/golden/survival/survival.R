# Rscript survival.R: reads inputs.csv, writes expected.json. coxph is stopped tighter than by default (1e-9).
suppressPackageStartupMessages({library(survival); library(jsonlite)})
d <- read.csv("inputs.csv")
tight <- coxph.control(eps = 1e-11, toler.chol = 1e-12, iter.max = 100, timefix = FALSE)
numbers <- function(f) {
  out <- list(coef = unname(coef(f)), se = unname(sqrt(diag(if (is.null(f$naive.var)) f$var else f$naive.var))), loglik = f$loglik)
  if (!is.null(f$naive.var)) out$robust_se <- unname(sqrt(diag(f$var)))
  out
}
fits <- function(one) {
  both <- c("x", if (length(unique(one$z)) > 1) "z")
  out <- list()
  for (ties in c("efron", "breslow")) {
    form <- function(right) as.formula(paste("Surv(start, stop, event) ~", right))
    fit <- function(right) {
      endless <- FALSE
      f <- withCallingHandlers(coxph(form(right), one, ties = ties, control = tight), warning = function(w) {
        if (!grepl("may be infinite", conditionMessage(w))) stop(w)
        endless <<- TRUE
        invokeRestart("muffleWarning")
      })
      if (endless) list(endless = TRUE) else numbers(f)
    }
    out[[paste0(ties, "_x")]] <- fit("x")
    if (length(both) > 1) out[[paste0(ties, "_xz")]] <- fit("x + z")
    if (anyDuplicated(one$id)) out[[paste0(ties, "_x_by_id")]] <- fit("x + cluster(id)")
    if (length(unique(one$stratum)) > 1) {
      out[[paste0(ties, "_xz_strata")]] <- fit("x + z + strata(stratum)")
      out[[paste0(ties, "_xz_strata_by_id")]] <- fit("x + z + strata(stratum) + cluster(id)")
    }
  }
  out
}
cox <- lapply(split(d, d$case), fits)
curve <- function(one) {
  f <- survfit(Surv(stop, event) ~ 1, one, conf.type = "log-log")
  s <- f$n.event > 0
  at <- c(0, 1, 3, 5, 8)
  list(time = f$time[s], at_risk = f$n.risk[s], events = f$n.event[s], survival = f$surv[s], ci_low = f$lower[s],
       ci_high = f$upper[s], median = unname(summary(f)$table["median"]),
       grid = at, grid_at_risk = summary(f, times = at, extend = TRUE)$n.risk)
}
curves <- lapply(c("lognormal51", "lognormal85"), function(name) {
  one <- d[d$case == name, ]
  one$high <- one$x > median(one$x)
  one$third <- cut(rank(one$x), 3, labels = FALSE)
  two <- survdiff(Surv(stop, event) ~ high, one); three <- survdiff(Surv(stop, event) ~ third, one)
  list(case = name, low = curve(one[!one$high, ]), high = curve(one[one$high, ]), chi2 = two$chisq,
       p = pchisq(two$chisq, 1, lower.tail = FALSE), chi2_thirds = three$chisq)
})
versions <- list(R = R.version.string, survival = as.character(packageVersion("survival")))
write_json(list(versions = versions, cox = cox, curves = curves), "expected.json", auto_unbox = TRUE, digits = NA, na = "null", pretty = TRUE)
